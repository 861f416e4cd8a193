"""A film gone through before it is planned: its segments, shots and times, found as a run would find them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from allaprima.engines import Look
from allaprima.farm.cutting import Segment
from allaprima.farm.plan import Palette
from allaprima.frames import Frame
from allaprima.io.film.segment_encoder import segment_ends
from allaprima.pipeline.jobs.film_parts import checksum_of
from allaprima.pipeline.jobs.film_work import FilmWork
from allaprima.pipeline.jobs.sequence_work import SequenceWork
from allaprima.pipeline.looks.looking import matches_colors, palettes_of_shots
from allaprima.pipeline.looks.tracks import Track
from allaprima.pipeline.loop.shot_marks import ShotMarks
from allaprima.subjects import shrunk
from allaprima.temporal.shots import ShotState, watched

OnFrames = Callable[[int], None]


@dataclass(slots=True)
class Scan:
    """What going through a film gave: its segments, the frames that begin a shot, and every frame's time.

    pictures: checksums of the frames that begin a segment, by index. follow: index and pts of frames with which a
    subject that is kept, or regions that are found, are followed anew.
    """

    segments: list[Segment] = field(default_factory=list)
    shots: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    pictures: dict[int, int] = field(default_factory=dict)
    follow: list[tuple[int, int]] = field(default_factory=list)
    palettes: tuple[Palette, ...] | None = None


def scanned(frames: Iterable[Frame], most: int, *, remembers: bool, on_frames: OnFrames | None = None) -> Scan:
    """Goes through a film's frames as they are painted. remembers: whether a frame depends on those before it."""
    scan = Scan()
    marks = ShotMarks(frames)
    count, first, begun = 0, 0, True
    for frame in marks if remembers else frames:
        begins = not scan.times or (remembers and marks.begins(frame))
        marks.taken(frame)
        if begins:
            scan.shots.append(frame.index)
        if scan.times and segment_ends(count, most, shot_begins=begins):
            scan.segments.append(Segment(first, count, begun))
            count, first, begun = 0, frame.index, begins or not remembers
        if count == 0:
            scan.pictures[frame.index] = checksum_of(frame)
        scan.times.append(frame.pts)
        count += 1
        if on_frames is not None:
            on_frames(1)
    scan.segments.append(Segment(first, count, begun))
    return scan


def scanned_film(work: FilmWork, output: Path, on_frames: OnFrames | None = None) -> Scan:
    """A film gone through: once, and once more for each of matched colours and what is followed."""
    sizes = work.sizes(work.encoded(output).planes)
    remembers = work.stylizer(dict).remembers
    scan = scanned(sizes.frames_of(work.path, work.options), work.segment_frames, remembers=remembers,
                   on_frames=on_frames)
    add_looks(scan, work.look, lambda: work.shown(iter(work.source)))
    return scan


def scanned_sequence(work: SequenceWork, most: int, on_frames: OnFrames | None = None) -> Scan:
    """A sequence gone through, in the same way; where frames do not depend on others, they are only counted."""
    numbers = work.source.numbers
    if work.stylizers(lambda layer: {})[0].remembers:
        scan = scanned(work.frames(), most, remembers=True, on_frames=on_frames)
    else:
        scan = Scan(times=[number - numbers[0] for number in numbers], shots=[0])
        scan.segments = [Segment(first, min(most, len(numbers) - first), begins=True)
                         for first in range(0, len(numbers), most)]
    add_looks(scan, work.look, lambda: iter(work.source))
    return scan


def add_looks(scan: Scan, look: Look | Track, frames: Callable[[], Iterator[Frame]]) -> None:
    """Adds what looks need that go by the content: the colours of shots, and where following begins anew."""
    if matches_colors(look):
        scan.palettes = tuple((pts, *arrays_of(palette.mean.tolist(), palette.covariance.tolist()), palette.pixels)
                              for pts, palette in palettes_of_shots(frames()))
    if isinstance(look, Track) and (look.kept is not None or look.regions is not None):
        state: ShotState | None = None
        for frame in frames():
            change, state = watched(shrunk(frame.image), state)
            if change == "cut" or not scan.follow:
                scan.follow.append((frame.index, frame.pts))


def arrays_of(mean: list[float], covariance: list[list[float]]) -> tuple[tuple[float, float, float], tuple[float, ...]]:
    """A palette's mean and covariance as plain numbers, which JSON keeps to the bit."""
    return (mean[0], mean[1], mean[2]), tuple(number for row in covariance for number in row)
