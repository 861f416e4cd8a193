"""A part of a film, painted into segments that are those of a run over the whole film."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from allaprima.errors import SinkError, SourceError
from allaprima.frames import Frame
from allaprima.io.film.segment_encoder import SegmentEncoder
from allaprima.io.film.segments import SegmentFolder
from allaprima.pipeline.jobs.film_work import FilmWork, clock_of
from allaprima.pipeline.looks.looking import Palettes, looks_on
from allaprima.pipeline.loop.run import RunReport, run
from allaprima.pipeline.stylizers.state import State, from_arrays
from allaprima.pipeline.stylizers.steadied import pooled_by_shot
from allaprima.plurals import counted
from allaprima.runtimes.calls import Moments

REMEDY = "plan again: the film was planned by another file, or by a decoder that reads it otherwise"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of a film from ``first`` to before ``end``, by their indices, and the segments that become of them.

    pts, picture: of the first frame: its time, and a checksum of it as it is painted. times: a checksum of all times.
    segment, segments: the number of the first, and how many. shots: the frames of it that begin a shot. hands_over:
    the last frame's shot goes on after it, so that its state is kept. follow: index and pts of the frame from which a
    subject that is kept is followed.
    """

    first: int
    end: int
    pts: int
    picture: int
    times: int
    segment: int
    segments: int
    shots: tuple[int, ...] = ()
    hands_over: bool = False
    follow: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Known:
    """What was found beforehand: the moments of shots, by the first frame of each, for every layer; shots' colours."""

    pooled: Sequence[Mapping[int, Moments]] = ()
    palettes: Palettes | None = None


@dataclass(frozen=True, slots=True)
class StretchReport:
    """What became of a stretch: its run, and the frames that an earlier run had left whole."""

    run: RunReport
    kept: int


def checksum_of(frame: Frame) -> int:
    """A checksum of a frame's picture as it is painted."""
    return zlib.crc32(np.ascontiguousarray(frame.image).data.cast("B"))


def times_sum(times: list[int]) -> int:
    """A checksum of times."""
    return zlib.crc32(np.array(times, "<i8").tobytes())


class StretchSink:
    """Writes the segments of a stretch; a segment that an error cuts short is dropped, the whole ones stay."""

    def __init__(self, encoder: SegmentEncoder) -> None:
        self._encoder = encoder
        self.begin_shot, self.remember = encoder.begin_shot, encoder.remember
        self.times: list[int] = []

    def write(self, frame: Frame) -> None:
        """Encodes a frame."""
        self.times.append(frame.pts)
        self._encoder.write(frame)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._encoder.end_segment()
        finally:
            self._encoder.abandon()


def paint_stretch(work: FilmWork, stretch: Stretch, folder: SegmentFolder, output: Path, known: Known = Known(),
                  on_frames: Callable[[int], None] | None = None,
                  should_stop: Callable[[], bool] | None = None) -> StretchReport:
    """Paints a stretch of a film into its segments in the folder, from where an earlier run left off.

    on_frames: told of frames as they are painted, and of those that are there already. The state of the frames before
    lies in the folder, unless a shot begins here. Raises SourceError where the film reads otherwise than it was
    planned, SinkError where that state is missing.
    """
    encoded = work.encoded(output)
    sizes = work.sizes(encoded.planes)
    stylizer = work.stylizer(lambda: known.pooled[0] if known.pooled else {})
    kept, state = resumed(stretch, folder, remembers=stylizer.remembers)
    begin = stretch.first + sum(kept)
    if on_frames is not None and kept:
        on_frames(sum(kept))
    look_at = looks_on(work.look, clock_of(work.source), work.source, whole=False, palettes=known.palettes,
                       followed=frames_from(work, *stretch.follow))
    encoder = SegmentEncoder(encoded, folder, stretch.segment + len(kept), since=stretch.segment)
    sink = StretchSink(encoder)
    report = RunReport(0, 0, 0, 0, 0)
    if begin < stretch.end:
        seek(work, sizes.frames_of(work.path, work.options, from_=(stretch.first, stretch.pts)), stretch)
        work.source.skip(begin)
        with work.source, sink:
            report = run(until(sizes.frames(work.source), stretch.end), sink, stylizer, look_at,
                         batch_size=work.options.batch_size, on_frames=on_frames, should_stop=should_stop,
                         first=begin, state=state)
    if not stretch.hands_over:
        folder.forget(stretch.segment + stretch.segments - 1)
    check(work, stretch, folder, sink.times if not kept else None)
    return StretchReport(report, sum(kept))


def pooled_in(work: FilmWork, stretch: Stretch, output: Path, known: Known = Known()) -> list[dict[int, Moments]]:
    """The moments of the shots of a stretch, by the index of the first frame of each, for its one layer."""
    sizes = work.sizes(work.encoded(output).planes)
    look_at = looks_on(work.look, clock_of(work.source), work.source, whole=False, palettes=known.palettes,
                       followed=frames_from(work, *stretch.follow))
    seek(work, sizes.frames_of(work.path, work.options, from_=(stretch.first, stretch.pts)), stretch)
    with work.source:
        frames = until(sizes.frames(work.source, written=False), stretch.end)
        return [pooled_by_shot(frames, work.engine, look_at, work.options.batch_size or work.engine.batch_size)]


def seek(work: FilmWork, found: Iterator[Frame], stretch: Stretch) -> None:
    """Lets the film's source begin with the stretch: sought for, unless what is found there is another frame."""
    first = next(iter(found), None)
    if first is not None and (first.index, first.pts) == (stretch.first, stretch.pts) and \
            checksum_of(first) == stretch.picture:
        work.source.begin_at(stretch.first, stretch.pts)
        work.source.skip(stretch.first)
        return
    work.source.begin_at(0, 0)
    work.source.skip(stretch.first)


def frames_from(work: FilmWork, index: int, pts: int) -> Callable[[], Iterator[Frame]]:
    """Hands out the film's frames from there on, at its own size; for whoever goes through them beside the run.

    Asked for before the run: a copy that is made of a source that is being read would end what reads it.
    """
    again = copy(work.source)
    again.begin_at(index, pts)
    again.skip(index)
    return lambda: work.shown(iter(again))


def until(frames: Iterator[Frame], end: int) -> Iterator[Frame]:
    """The frames whose index is below ``end``."""
    for frame in frames:
        yield frame
        if frame.index >= end - 1:
            return


def resumed(stretch: Stretch, folder: SegmentFolder, *, remembers: bool) -> tuple[list[int], State | None]:
    """The frames of the segments that are whole and can be gone on from, and the state of the last of these frames."""
    whole: list[int] = []
    while len(whole) < stretch.segments and (frames := folder.whole(stretch.segment + len(whole))) is not None:
        whole.append(frames)
    while True:
        index = stretch.first + sum(whole)
        if not remembers or index >= stretch.end or index in stretch.shots:
            return whole, None
        kept = folder.kept(stretch.segment + len(whole) - 1)
        state = None if kept is None else from_arrays(kept)
        if state is not None:
            return whole, state
        if not whole:
            raise SinkError(f"cannot paint frames {stretch.first} to {stretch.end - 1}: what the frames before them "
                              f"left behind is not in {folder.folder}", "paint the part of the shot before them first")
        whole.pop()


def check(work: FilmWork, stretch: Stretch, folder: SegmentFolder, times: list[int] | None) -> None:
    """Raises SourceError where the segments, or the times of the frames, are not those that were planned."""
    numbers = range(stretch.segment, stretch.segment + stretch.segments)
    frames = [folder.whole(number) for number in numbers]
    if None in frames or sum(filter(None, frames)) != stretch.end - stretch.first:
        found = sum(filter(None, frames))
        raise SourceError(f"frames {stretch.first} to {stretch.end - 1} of {work.path} came out as "
                          f"{counted(found, 'frame')} in {counted(len(frames) - frames.count(None), 'segment')}, "
                          f"not in {stretch.segments}", REMEDY)
    if times is not None and times_sum(times) != stretch.times:
        raise SourceError(f"frames {stretch.first} to {stretch.end - 1} of {work.path} have other times than planned",
                          REMEDY)
