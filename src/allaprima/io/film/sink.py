"""A film written from frames: encoded in segments that survive a kill, joined with the input's streams at the end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from itertools import count
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

from allaprima.config import Audio, Codec
from allaprima.errors import AllaprimaError, Interrupted, SinkError
from allaprima.frames import ColorTags, Frame, Source
from allaprima.io.film.captions import KEEP_CAPTIONS
from allaprima.io.film.counting import frames_shown
from allaprima.io.film.encoding import EDITING, keeps_alpha, muxer_for, settings_for
from allaprima.io.film.joining import Joined, held, join, worst_error
from allaprima.io.film.marks import UNFINISHED, mark_of, run_name
from allaprima.io.film.parts_folder import parts_beside
from allaprima.io.film.report import SinkReport
from allaprima.io.film.segment_encoder import SEGMENT_FRAMES, Encoded, SegmentEncoder
from allaprima.io.film.segments import Arrays, SegmentFolder
from allaprima.io.film.source import VideoSource
from allaprima.io.film.stream_copying import FilmPart
from allaprima.io.film.streams import plan_streams
from allaprima.io.locks import OutputLock
from allaprima.io.outputs import beside, check_output, move_into_place, writing
from allaprima.io.sequence.manifests import file_hash
from allaprima.plurals import counted

_FREE_RUNNING = ("mpegts", "mpeg")
"""Containers whose clock starts anywhere: their films are moved to begin at zero."""


class VideoSink:
    """Writes the frames of ``source``, stylised, to a film at ``path``; its suffix names the container.

    inputs: other files that the run reads, none of which is ever written over.
    width, height: of the frames that will come (default: the source's). crf: the codec's quality scale. pix_fmt: an
    FFmpeg name, or "auto" to keep the source's depth and, where the codec has it, alpha. audio: see ``VideoOptions``;
    the source film's other streams are carried along, with "none" all but its sound. resume: go on from the segments
    that an earlier run with the same settings (``run_settings`` are the caller's own) left behind; ``frames_kept`` need
    not come again. segment_frames: the most that a kill can cost. finished: the film that is asked for stands there,
    whole, from an earlier run with the same settings that is resumed: nothing is left to write.

    Left without error, the film stands under its final name, complete. Left with ``KeyboardInterrupt`` or
    ``Interrupted``, what was written is a playable film at ``partial_path``. Left with another error, nothing
    stands under the final name; whole segments stay for a resume in ``parts_path``. Raises ``SinkError`` where that
    cannot be done, where another run is writing there, and where an unfinished one lies there and neither
    ``resume`` nor ``overwrite`` is given; ``OptionError`` for choices that do not fit together; all before the
    first frame where possible.
    """

    def __init__(self, path: str | PathLike[str], source: Source, *, inputs: Iterable[Path] = (),
                 width: int | None = None, height: int | None = None, codec: Codec = "h264", crf: int = 18,
                 pix_fmt: str = "auto", audio: Audio = "auto", overwrite: bool = False, resume: bool = False,
                 run_settings: Mapping[str, str] | None = None, segment_frames: int = SEGMENT_FRAMES,
                 back: Callable[[Frame], Frame] | None = None) -> None:
        self.path = Path(path)
        self.partial_path: Path | None = None
        self._resume = resume
        self._film = source if isinstance(source, VideoSource) else None
        self._segments = SegmentFolder(parts_beside(self.path))
        self._lock = OutputLock(self.path)
        with self._lock:  # another run says so at once, whatever else could be said
            self._segments.parts.tidy()
        # A run that was killed between giving the film its name and removing its parts is resumed like any other.
        self._replaces = overwrite or (resume and self._segments.parts.made(file_hash(self.path)))
        read = inputs if self._film is None else (self._film.path, *inputs)
        marked = mark_of(self.path) if resume and self.path.is_file() else None
        check_output(self.path, read, overwrite=self._replaces or marked is not None)
        self._muxer = muxer_for(self.path, codec)
        self._size = width or source.info.width, height or source.info.height
        self._alpha_comes = source.info.has_alpha
        self._settings = settings_for(source.info, self._size, codec, crf, pix_fmt)
        self._settings.open()
        self._shift = Fraction(0) if self._film is None else _shift_of(self._film)
        self._input = held(self._settings, self._muxer, None if self._film is None else _input_of(
            self._film, self._muxer, audio, codec), self._shift, self.path)
        self._fingerprint = {**_identity_of(self._film), "encoder": repr(self._settings), **(run_settings or {})}
        self._name = run_name({**self._fingerprint, "audio": audio})
        self.finished = marked == self._name and self._segments.parts.settings is None
        if not self.finished:
            check_output(self.path, read, overwrite=self._replaces)
        self._overwrite = overwrite
        self._segments.parts.refuse(self._fingerprint, resume=resume, overwrite=overwrite)
        self._kept = 0
        self._encoded = Encoded(self._settings, self._size, self._alpha_comes, self._film, back, segment_frames,
                                self.path)
        self._encoding = SegmentEncoder(self._encoded, self._segments)
        self._worst_error: Fraction | None = None
        self._written: Path | None = None
        self._joined = Joined(0, ())
        self._sha256: str | None = None
        if self.finished:
            self._written, self._sha256 = self.path, file_hash(self.path)
            self._kept = frames_shown(self.path)
            self._encoding = SegmentEncoder(self._encoded, self._segments, frames=self._kept)

    def __enter__(self) -> Self:
        with ExitStack() as on_error:
            on_error.enter_context(self._lock)
            kept = self._segments.begin(self._fingerprint, resume=self._resume, overwrite=self._overwrite)
            self._kept = sum(kept)
            self._encoding = SegmentEncoder(self._encoded, self._segments, len(kept), self._kept)
            on_error.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        with ExitStack() as ending:
            ending.push(self._lock)
            if kind is None:
                try:
                    self.end_segment()
                    self._finish(self.path, replaces=self._replaces)
                finally:
                    self._abandon()
                self._segments.discard()
            elif issubclass(kind, (KeyboardInterrupt, Interrupted)):
                self._keep_what_is_there()
            else:
                self._abandon()

    @property
    def frames_kept(self) -> int:
        """How many frames, from the first, an earlier run left whole, once entered; for the source's ``skip``."""
        return self._kept

    @property
    def remembered(self) -> Arrays | None:
        """What an earlier run remembered of the last frame that is kept, once entered; None where it did not."""
        return self._segments.kept() if self._kept else None

    @property
    def planes(self) -> ColorTags | None:
        """The colours of planes that are encoded as they are; None where only RGB is taken."""
        return self._encoded.planes

    def remember(self, arrays: Callable[[], Arrays]) -> None:
        """Keeps, where a segment ends with the latest frame, what a resume after it needs: asked for only then."""
        self._encoding.remember(arrays)

    @property
    def parts_path(self) -> Path | None:
        """The folder of segments that an unfinished run leaves, None where there is none."""
        return self._segments.folder if self._segments.folder.exists() else None

    @property
    def report(self) -> SinkReport:
        """What was decided and written; complete once the sink is left."""
        settings = self._settings
        return SinkReport(
            path=None if self._written is None else str(self._written), container=self._muxer, codec=settings.codec,
            pix_fmt=settings.pix_fmt, width=settings.width, height=settings.height, frames=self._encoding.frames,
            frames_resumed=self._kept, color=settings.color,
            streams=() if self._input is None else self._input.decisions, chapters=self._joined.chapters,
            shift_seconds=float(self._shift),
            worst_timestamp_error_seconds=None if self._worst_error is None else float(self._worst_error),
            bytes_written=None if self._written is None else self._written.stat().st_size,
            sha256=self._sha256, notes=tuple(self._notes()))

    def write(self, frame: Frame) -> None:
        """Encodes one frame: of the announced size, shown after the one before. Planes are taken for its picture."""
        self._encoding.write(frame)

    def begin_shot(self) -> None:
        """The next frame begins a shot; where that is worth a segment of its own, it gets one."""
        self._encoding.begin_shot()

    def adopt(self, segments: SegmentFolder) -> None:
        """Takes segments that were written elsewhere with the same settings, once entered, in place of frames."""
        with writing(self.path):
            self._segments.take(segments)
        kept = self._segments.frames()
        self._encoding = SegmentEncoder(self._encoded, self._segments, len(kept), sum(kept))

    def end_segment(self) -> None:
        """Ends the segment being written, so that a resume can start after the latest frame."""
        self._encoding.end_segment()

    def _finish(self, target: Path, until: Fraction | None = None, *, replaces: bool) -> None:
        """Joins what was written to ``target``, checks it, and moves it into place."""
        if not self._encoding.frames:
            raise SinkError(f"nothing was written to {self.path}: no frame came")
        joined = self._segments.folder / f"joined{self.path.suffix}"
        film = self._input if until is None or self._input is None else replace(self._input, end=until)
        try:
            with writing(target):
                self._joined = join(self._segments, self._settings, joined, self._muxer, film, self._shift,
                                    self._name if until is None else UNFINISHED)
                self._worst_error = worst_error(self._segments, self._settings, joined, self._shift)
                with joined.open("rb") as file:
                    os.fsync(file.fileno())
                    self._sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                check_output(target, overwrite=replaces)
                self._segments.parts.note_result(self._sha256)
                move_into_place(joined, target, overwrite=replaces)
        finally:
            joined.unlink(missing_ok=True)
        self._written = target

    def _keep_what_is_there(self) -> None:
        """After Ctrl-C: a playable film of the frames so far, under a name that says so, and segments for a resume."""
        if self._encoding.cut_short:  # packets may have been lost between the encoder and the segment
            self._abandon()
        try:
            self.end_segment()
            if self._encoding.frames:
                partial, replaces = self._partial()
                self._finish(partial, self._encoding.until_seconds, replaces=replaces)
                self.partial_path = partial
        except (AllaprimaError, KeyboardInterrupt):  # the segments are kept in any case
            self._abandon()
        if not len(self._segments):
            self._segments.discard()

    def _partial(self) -> tuple[Path, bool]:
        """A name for the frames so far, and whether it replaces what an earlier run of ours left there."""
        for number in count(1):
            ending = ".partial" if number == 1 else f".partial-{number}"
            path = beside(self.path.with_suffix(""), ending + self.path.suffix)
            if not os.path.lexists(path):
                return path, False
            if not path.is_symlink() and self._segments.parts.made(file_hash(path)):
                return path, True
        raise AssertionError

    def _abandon(self) -> None:
        """Drops the segment being written; a folder without any whole one goes too."""
        self._encoding.abandon()
        if not len(self._segments):
            self._segments.discard()

    def _notes(self) -> Iterator[str]:
        settings, (width, height) = self._settings, self._size
        if (settings.width, settings.height) != self._size:
            yield (f"{settings.codec} in {settings.pix_fmt} cannot hold {width}x{height}: the last column or row was "
                   f"repeated to make {settings.width}x{settings.height}")
        if self._alpha_comes and not keeps_alpha(settings.pix_fmt):
            yield (f"the picture was laid on white: {settings.codec} in {settings.pix_fmt} has no transparency; prores "
                   "and ffv1 keep it")
        if settings.codec == "h264" and "10" in settings.pix_fmt:
            yield "H.264 with 10 bits is played by few devices; --codec hevc plays on more, --pix-fmt yuv420p on all"
        if self._shift:
            yield f"all times were moved by {float(-self._shift):g} s, so that the film begins at zero"
        if self._film is not None:
            yield from self._film.presentation.lost_in(self._muxer)
            captioned = self._film.captions.frames
            if captioned and settings.codec not in KEEP_CAPTIONS:
                yield (f"{counted(captioned, 'frame')} carried closed captions, which are not kept in "
                       f"{settings.codec}; h264 and hevc keep them")
        yield from self._joined.notes


def _input_of(film: VideoSource, muxer: str, audio: Audio, codec: Codec) -> FilmPart:
    if audio == "auto":
        audio = "pcm" if codec in EDITING else "copy"
    start = None if film.start is None else film.start + film.beginning
    end = None if film.end is None else film.end + film.beginning
    return FilmPart(film.path, plan_streams(film.path, muxer, audio), start, end, film.presentation.stereo_mode)


def _shift_of(film: VideoSource) -> Fraction:
    """What is taken off all times: nothing, unless a part was asked for or the container's clock means nothing."""
    if film.start is not None:
        return film.start + film.beginning
    return film.beginning if film.container in _FREE_RUNNING else Fraction(0)


def _identity_of(film: VideoSource | None) -> dict[str, str]:
    if film is None:
        return {}
    found = film.path.stat()
    return {"source": str(film.path.resolve()), "source size": str(found.st_size),
            "source changed": str(found.st_mtime_ns), "start": str(film.start), "end": str(film.end),
            "deinterlace": film.deinterlace}
