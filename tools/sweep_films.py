"""Every film of the folder of awkward media through source and sink without a network, held to its manifest.

Prints a table: what was expected, what came, frames, the worst error of a frame's time in ticks of the output, whether
the sound's packets are the input's, how far sound and picture moved against each other. Exits 1 if a row fails.

    python tools/sweep_films.py ../shared/media [--suffix .mkv] [--only WORD] [--paint starry]

With --paint, two frames of each film that can be read are painted in that style too, and written.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np

from allaprima import load_style, open_model
from allaprima.engines import Engine, Look
from allaprima.errors import AllaprimaError
from allaprima.frames import Frame
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.loop.run import run
from allaprima.pipeline.resizing import resized_frames
from allaprima.pipeline.stylizers.stylizer import stylizer_for
from allaprima.sizes import Size

SMALL_PX = 320
"""Larger frames are thinned out before encoding: the sweep is of counts, times and streams."""
SLOW_SECONDS = Fraction(1, 4)
PAINTED_PX = 128


@dataclass(frozen=True)
class Outcome:
    """What became of one film."""

    name: str
    expect: str
    result: str
    message: str = ""
    frames: int = 0
    lost: int = 0
    warned: bool = False
    worst_ticks: float = 0.0
    sound: str = "none"
    offset_ms: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def rows(media: Path) -> list[dict[str, str]]:
    """The manifest's rows for films."""
    with (media / "MANIFEST.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def sweep(media: Path, row: dict[str, str], folder: Path, suffix: str = ".mp4") -> Outcome:
    """One film through source and sink; ``faults`` says where the outcome is not what the manifest expects."""
    path, expect = media / row["path"], row["expect"]
    output = folder / f"{path.stem}{suffix}"
    started = time.monotonic()
    try:
        outcome = _carried(path, row, output)
    except AllaprimaError as error:
        faults = [] if expect.startswith("reject") else [f"refused: {error}"]
        faults += [] if error.hint else ["no remedy named"]
        outcome = Outcome(path.name, expect, "refused", str(error), faults=faults)
    leftovers = [found.name for found in folder.iterdir() if found != output]
    faults = outcome.faults + ([f"left behind: {leftovers}"] if leftovers else [])
    return replace(outcome, seconds=time.monotonic() - started, faults=faults)


def _carried(path: Path, row: dict[str, str], output: Path) -> Outcome:
    slow = row["expect"] == "decode(slow)"
    source = VideoSource(path, end=SLOW_SECONDS if slow else None)
    stride = -(-max(source.info.width, source.info.height) // SMALL_PX)
    width, height = -(-source.info.width // stride), -(-source.info.height // stride)
    times: list[Fraction] = []
    with source, VideoSink(output, source, width=width, height=height, crf=30) as sink:
        for frame in source:
            sink.write(_thinned(frame, stride))
            times.append(frame.pts * source.info.time_base)
    read, written = source.report, sink.report
    shift = Fraction(written.shift_seconds)
    found, tick = _times(output)
    errors = [abs(one + shift - other) / tick for one, other in zip(found, times, strict=False)]
    worst = max(errors, default=Fraction(0))
    copied = [stream.index for stream in written.streams if stream.kind == "audio" and stream.fate == "copied"]
    any_sound = any(stream.kind == "audio" for stream in written.streams)
    sound = "none" if not any_sound else "converted" if not copied else \
        "equal" if slow or _expected_sound(row, copied) == _sound(output) else "different"
    offset = 0.0 if slow or not copied else 1000 * abs(_offset(output) - _offset(path))
    size = tuple(int(part) for part in row["display_wh_after_rotation"].split("x"))
    faults = [fault for holds, fault in [
        (not row["expect"].startswith("reject"), "was to be refused"),
        (slow or read.frames == int(row["frames"] or 0), f"{read.frames} frames, not {row['frames']}"),
        (len(found) == read.frames, f"{len(found)} frames written"),
        (worst <= 1, f"times are off by {float(worst):.2f} ticks"),
        (sound != "different", "the sound's packets changed"),
        (offset <= 1.0, f"sound moved by {offset:.2f} ms"),
        ((source.info.width, source.info.height) == size, f"shown as {source.info.width}x{source.info.height}"),
        ("warn" not in row["expect"] or bool(read.losses or read.frames_hidden), "no warning"),
    ] if not holds]
    return Outcome(path.name, row["expect"], "carried", frames=read.frames, lost=read.frames_lost,
                   warned=bool(read.losses or read.frames_hidden), worst_ticks=float(worst), sound=sound,
                   offset_ms=offset, faults=faults)


def paint_two(media: Path, row: dict[str, str], folder: Path, engine: Engine, look: Look) -> str:
    """Paints the film's first two frames into a film of their own; what is wrong with it, or nothing."""
    source = VideoSource(media / row["path"])
    output = folder / "painted.mp4"
    size = Size(shorter=min(PAINTED_PX, source.info.width, source.info.height))
    width, height = size.of(source.info.width, source.info.height)
    with source, VideoSink(output, source, width=width, height=height, audio="none") as sink:
        work = run(resized_frames(islice(source, 2), width, height), sink,
                   stylizer_for("off", engine, 0.0), lambda pts: look)
    times, _ = _times(output)
    return "" if len(times) == work.frames > 0 else f"{work.frames} frames painted, {len(times)} written"


def _thinned(frame: Frame, stride: int) -> Frame:
    alpha = None if frame.alpha is None else np.ascontiguousarray(frame.alpha[::stride, ::stride])
    return replace(frame, image=np.ascontiguousarray(frame.image[::stride, ::stride]), alpha=alpha)


def _times(path: Path) -> tuple[list[Fraction], Fraction]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [frame.pts * frame.time_base for frame in container.decode(stream)], Fraction(stream.time_base)


def _sound(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        digests = {stream.index: hashlib.md5() for stream in container.streams.audio}
        for packet in container.demux(container.streams.audio):
            if packet.size:
                digests[packet.stream.index].update(bytes(packet))
        return [digest.hexdigest() for digest in digests.values()]


def _expected_sound(row: dict[str, str], copied: list[int]) -> list[str]:
    known = {int(index): digest for index, _, digest in
             (entry.split(",") for entry in row["audio_payload_md5"].split())}
    return [known[place] for place, _ in enumerate(sorted(copied))] if known else []


def _offset(path: Path) -> float:
    """When the first packet of sound starts, counted from the first picture, in seconds.

    Packets, not samples: Matroska has no edit list to hide what an encoder needs before its first sample. AVI shows its
    first picture at its first packet's time: what FFmpeg tells of it beyond that is a guess.
    """
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        picture = float(next(container.demux(stream)).dts * stream.time_base) if container.format.name == "avi" else \
            next(container.decode(stream)).time
    with av.open(str(path)) as container:
        packet = next(packet for packet in container.demux(container.streams.audio[0]) if packet.pts is not None)
        return float(packet.pts * packet.time_base) - picture


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("media", type=Path)
    parser.add_argument("--suffix", default=".mp4")
    parser.add_argument("--only", default="")
    parser.add_argument("--paint", metavar="STYLE")
    arguments = parser.parse_args()
    failed = 0
    if arguments.paint:
        model = open_model("balanced")
        engine, look = model.engine, Look(load_style(arguments.paint, model))
    print("| film | expected | came | frames | lost | worst tick | sound | offset ms | s | faults |\n|" + "---|" * 10)
    for row in rows(arguments.media):
        if arguments.only not in row["path"]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            outcome = sweep(arguments.media, row, Path(folder), arguments.suffix)
            if arguments.paint and outcome.result == "carried":
                fault = paint_two(arguments.media, row, Path(folder), engine, look)
                outcome = replace(outcome, faults=outcome.faults + ([fault] if fault else []))
        failed += bool(outcome.faults)
        print(f"| {outcome.name} | {outcome.expect} | {outcome.result} | {outcome.frames} | {outcome.lost} "
              f"| {outcome.worst_ticks:.3f} | {outcome.sound} | {outcome.offset_ms:.3f} | {outcome.seconds:.1f} "
              f"| {'; '.join(outcome.faults)} |", flush=True)
    print(f"{failed} rows fail" if failed else "all rows hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
