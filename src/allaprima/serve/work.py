"""What the worker's program does: looks at what was sent, and paints films; said by lines as it goes."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import cast

import numpy as np

from allaprima.config import PreserveColor, Temporal, VideoOptions
from allaprima.curves import constant
from allaprima.errors import Interrupted, SinkError, SourceError
from allaprima.serve.job import Job
from allaprima.serve.limits import PROBE_BYTES, Limits
from allaprima.serve.shelf import Shelf, Upload, UploadKind
from allaprima.serve.worker import say
from allaprima.sizes import Size

LARGEST_STYLE_PX = 2048
TOLD_SECONDS = 0.2
LOCK_SECONDS = 90.0  # that a program of a killed server may take to end
MOST_FPS = 240       # counted with where a film does not tell its rate


def held_to_memory() -> None:
    """Holds this program to so much memory where the system can: a file may claim to need any."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = PROBE_BYTES if hard == resource.RLIM_INFINITY else min(PROBE_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def looked_at(shelf: Shelf, name: str, kind: UploadKind, shown: str, limits: Limits) -> Upload:
    """What was sent, kept where it is a film, or a picture, within the limits; raises ``AllaprimaError`` otherwise."""
    path = shelf.raw_path(name)
    upload = film_in(path, name, shown, limits) if kind == "film" else picture_in(shelf, name, shown, limits)
    shelf.keep_upload(upload)
    return upload


def film_in(path: Path, name: str, shown: str, limits: Limits) -> Upload:
    """What a film is, by its header and its first picture."""
    from allaprima.io.film.source import VideoSource

    with VideoSource(path, max_pixels=limits.film_pixels) as source:
        info = source.info
    seconds = None if not info.frame_rate or info.frame_count is None else float(info.frame_count / info.frame_rate)
    if seconds is not None and seconds > 60 * limits.minutes:
        raise SourceError(f"the film runs for {seconds / 60:.0f} minutes, and {limits.minutes:g} are allowed here",
                          "send a shorter part of it")
    return Upload(name, "film", shown, info.width, info.height, info.frame_count, seconds)


def picture_in(shelf: Shelf, name: str, shown: str, limits: Limits) -> Upload:
    """What a picture is; it is written anew, by us, no larger than styles need, and what was sent is removed."""
    from allaprima.io.outputs import written_file
    from allaprima.io.still.cutouts import shown_of
    from allaprima.io.still.picture import as_uint8
    from allaprima.io.still.reading import read_image
    from allaprima.sheets import fitted
    from allaprima.sheets.png import encode_png

    raw = shelf.raw_path(name)
    picture = as_uint8(shown_of(read_image(raw, max_pixels=limits.picture_pixels), shown))
    small = np.ascontiguousarray(fitted(picture, LARGEST_STYLE_PX, LARGEST_STYLE_PX))
    with written_file(shelf.picture_path(name), overwrite=True) as file:
        file.write(encode_png(small, level=3))
    raw.unlink()
    return Upload(name, "picture", shown, small.shape[1], small.shape[0])


def paint(shelf: Shelf, job: Job, limits: Limits, stop: threading.Event) -> None:
    """Paints a film, a sheet of three frames first; goes on from where an earlier try was ended. Runs in the folder."""
    from allaprima.engines import engine_for
    from allaprima.pipeline.jobs.films import paint_film
    from allaprima.pipeline.jobs.preview import write_preview
    from allaprima.pipeline.looks.tracks import load_track
    from allaprima.runtimes import runtime_for

    upload = shelf.upload(job.upload, "film")
    folder = shelf.job_folder(job.id)
    path, result, sheet = shelf.raw_path(job.upload), folder / job.result, folder / "preview.png"
    wait_for_lock(result, stop)
    engine = engine_for(job.model, runtime_for("auto"))
    options = VideoOptions(size=None if job.size is None else Size(shorter=job.size), resume=True,
                           max_pixels=limits.film_pixels, temporal=cast(Temporal, job.temporal))
    track = load_track([shelf.style_spec(job.style)], engine, constant(job.strength),
                       color=cast(PreserveColor, job.preserve_color))
    if not sheet.exists():
        write_preview(path, sheet, engine, track, options, timed=False)
        say(preview=True)
    progress = Progress(longest_frames(upload, limits))
    try:
        paint_film(path, result, engine, track, options, progress.begin, progress.painted,
                   should_stop=lambda: stop.is_set() or progress.too_long)
    except Interrupted:
        if progress.too_long:
            raise SourceError(f"the film is longer than the {limits.minutes:g} minutes that are allowed here",
                              "send a shorter part of it") from None
        raise


def wait_for_lock(result: Path, stop: threading.Event) -> None:
    """Returns once nothing else writes that result: the program of a killed server takes a moment to end."""
    from allaprima.io.locks import OutputLock

    ends = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            with OutputLock(result):
                return
        except SinkError:
            if stop.wait(TOLD_SECONDS) or time.monotonic() > ends:
                raise


def longest_frames(upload: Upload, limits: Limits) -> int:
    """How many frames a film may have, whatever its header says."""
    rate = MOST_FPS if not upload.frames or not upload.seconds else upload.frames / upload.seconds
    return round(60 * limits.minutes * min(rate, MOST_FPS)) + 1


class Progress:
    """Says how far the painting is; ``too_long`` is whether there were more frames than may be."""

    def __init__(self, most_frames: int) -> None:
        self.too_long = False
        self._most, self._done, self._of = most_frames, 0, 0
        self._began = self._told = time.monotonic()

    def begin(self, frames: int | None) -> None:
        """So many frames will come."""
        self._of, self._began = frames or 0, time.monotonic()
        say(done=0, of=frames)

    def painted(self, frames: int) -> None:
        """So many more are done."""
        self._done += frames
        self.too_long = self._done > self._most
        now = time.monotonic()
        if now - self._told > TOLD_SECONDS or self._done == self._of:
            self._told = now
            left = (now - self._began) * (self._of / self._done - 1) if self._of else None
            say(done=self._done, of=self._of or None, left=None if left is None else max(0.0, left))


def said_upload(upload: Upload) -> None:
    """Says what an upload is."""
    say(upload=asdict(upload))

