"""Films and sequences planned: gone through, cut into tasks, all that they read and need noted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from allaprima.config import SequenceOptions, VideoOptions
from allaprima.engines import Engine, Look
from allaprima.errors import SinkError
from allaprima.farm.cutting import USUAL_FRAMES, Piece, pieces_of
from allaprima.farm.hashes import digest_of_all, input_of
from allaprima.farm.painting import Painting
from allaprima.farm.plan import VERSION, Plan, Task, Work
from allaprima.farm.scanning import OnFrames, Scan, scanned_film, scanned_sequence
from allaprima.io.film.segment_encoder import SEGMENT_FRAMES
from allaprima.io.film.sink import VideoSink
from allaprima.io.plates.vectors import files_of_motion
from allaprima.io.sequence.patterns import is_pattern
from allaprima.pipeline.jobs.film_parts import times_sum
from allaprima.pipeline.jobs.film_work import begun_before, open_work
from allaprima.pipeline.jobs.sequence_work import SequenceWork, open_sequence
from allaprima.pipeline.looks.files import files_behind, files_of
from allaprima.pipeline.looks.tracks import Track
from allaprima.version import __version__

USUAL_PIXELS = 640 * 360
PASSING = 0.15   # of the cost of painting a pixel: decoding, encoding and enlarging one that is not painted
MEASURING = 0.3  # of the cost of painting a frame: a first pass looks at every fourth
FEWEST = 24      # frames of a task, however much each costs
OPTIMISED = 200  # of the cost of painting by a network: the model gatys


@dataclass(frozen=True, slots=True)
class Found:
    """A film as it was planned, how it was gone through, and what one of its frames costs: a network's of 640x360 is 1.

    splits: whether a long shot can be handed over in the middle.
    """

    work: Work
    scan: Scan
    cost: float
    splits: bool
    numbered: SequenceWork | None = None


def planned(painting: Painting, going: Mapping[Path, Path], film: VideoOptions, sequence: SequenceOptions,
            engine: Engine, look: Look | Track, *, usual: int = USUAL_FRAMES,
            on_start: Callable[[int | None], None] | None = None, on_frames: OnFrames | None = None) -> Plan:
    """The plan of painting every film into where it goes.

    painting: what ``engine`` and ``look`` were opened from. usual: frames of a task, of 640x360. on_start: told how
    many frames a film has that is about to be gone through, on_frames of those that have been. Raises what a run would
    raise before its first frame.
    """
    tasks: list[Task] = []
    works = []
    for number, (path, output) in enumerate(going.items()):
        find = sequence_found if is_pattern(path) else film_found
        found = find(path, output, engine, look, film, sequence, on_start, on_frames)
        works.append(found.work)
        tasks += tasks_of(found, number, len(tasks), usual, measures=measures(film, sequence, found.work))
    read: Iterable[Path] = [*painting.files(), *files_behind(*files_of_motion(sequence.motion)),
                            *(path for path in going if not is_pattern(path))]
    ocio = film.management.ocio
    inputs = tuple(input_of(path) for path in dict.fromkeys([*read, *([] if ocio is None else [ocio])]))
    painting = painting.with_moves_of(engine)
    return Plan("a plan for a farm", VERSION, __version__, Path.cwd(), painting, film, sequence, inputs, tuple(works),
                tuple(tasks))


def measures(film: VideoOptions, sequence: SequenceOptions, work: Work) -> bool:
    """Whether shots are gone through before they are painted."""
    slow = work.settings.get("model") == "gatys"
    return (sequence if work.numbered else film).temporal == "best" and not slow and work.settings["model"] != "none"


def film_found(path: Path, output: Path, engine: Engine, look: Look | Track, options: VideoOptions,
               sequence: SequenceOptions, on_start: Callable[[int | None], None] | None,
               on_frames: OnFrames | None) -> Found:
    """A film, its output checked, gone through."""
    work = open_work(path, engine, look, options, begun_before(output, options))
    sink = VideoSink(output, work.source, inputs=files_of(look), width=work.width, height=work.height,
                     codec=options.codec, crf=options.crf, pix_fmt=options.pix_fmt, audio=options.audio,
                     overwrite=options.overwrite, resume=options.resume, run_settings=work.run_settings)
    if sink.finished:
        raise SinkError(f"{output} is finished already", "leave out --resume, and add --overwrite, to paint it again")
    if on_start is not None:
        on_start(work.source.info.frame_count)
    scan = scanned_film(work, output, on_frames)
    planned = Work(path.absolute(), output.absolute(), False, len(scan.times), work.width, work.height,
                   work.segment_frames, work.run_settings, times_sum(scan.times), scan.palettes)
    sizes = work.sizes(None)
    cost = cost_of(sizes.working or (work.width, work.height), (work.width, work.height), work.run_settings)
    return Found(planned, scan, cost, splits=True)


def sequence_found(path: Path, output: Path, engine: Engine, look: Look | Track, film: VideoOptions,
                   options: SequenceOptions, on_start: Callable[[int | None], None] | None,
                   on_frames: OnFrames | None) -> Found:
    """A numbered sequence, its output checked, gone through."""
    work = open_sequence(path, output, engine, look, options)
    work.sink(output, work.source.numbers)
    if on_start is not None:
        on_start(len(work.source.numbers))
    scan = scanned_sequence(work, SEGMENT_FRAMES, on_frames)
    planned = Work(path.absolute(), output.absolute(), True, len(scan.times), work.width, work.height, SEGMENT_FRAMES,
                   work.run_settings, times_sum(scan.times), scan.palettes)
    cost = work.layers * cost_of(work.working or (work.width, work.height), (work.width, work.height),
                                 work.run_settings)
    return Found(planned, scan, cost, splits=work.layers == 1 and work.motion is None, numbered=work)


def cost_of(painted: tuple[int, int], whole: tuple[int, int], settings: Mapping[str, str]) -> float:
    """What a frame costs, as a multiple of one of 640x360 painted by a network."""
    cost = (painted[0] * painted[1] + PASSING * whole[0] * whole[1]) / ((1 + PASSING) * USUAL_PIXELS)
    return cost * (OPTIMISED if settings.get("model") == "gatys" else 1)


def tasks_of(found: Found, work: int, start: int, usual: int, *, measures: bool) -> Iterator[Task]:
    """The tasks of one film, numbered from ``start``: for "best" the measuring ones first."""
    frames = max(FEWEST, round(usual / max(found.cost, 1e-3))) if found.cost > 1 else usual
    pieces = pieces_of(found.scan.segments, frames, splits=found.splits)
    groups = sorted({piece.group for piece in pieces})
    numbers = {group: start + place for place, group in enumerate(groups)} if measures else {}
    for group, number in numbers.items():
        members = [piece for piece in pieces if piece.group == group]
        whole = Piece(members[0].first_segment, tuple(s for piece in members for s in piece.segments), False, group)
        yield task_of(found, whole, work, number, "statistics", before=None, after=(), hands_over=False)
    start += len(numbers)
    for place, piece in enumerate(pieces):
        before = start + place - 1 if piece.goes_on else None
        after = (numbers[piece.group],) if measures else ()
        hands_over = place + 1 < len(pieces) and pieces[place + 1].goes_on
        yield task_of(found, piece, work, start + place, "paint", before=before, after=after, hands_over=hands_over)


def task_of(found: Found, piece: Piece, work: int, number: int, kind: str, *, before: int | None,
            after: tuple[int, ...], hands_over: bool) -> Task:
    """One task over the frames of a piece."""
    scan = found.scan
    first, end = piece.segments[0].first, piece.segments[-1].end
    place = bisect_right([index for index, _ in scan.follow], first) - 1
    inputs = ""
    if found.numbered is not None:
        source = found.numbered.source
        inputs = digest_of_all(source.path(one) for one in source.numbers[first:end])
    share = MEASURING if kind == "statistics" else 1.0
    return Task(number, "statistics" if kind == "statistics" else "paint", work, first, end, scan.times[first],
                scan.pictures.get(first, 0), times_sum(scan.times[first:end]), piece.first_segment,
                len(piece.segments), tuple(shot for shot in scan.shots if first <= shot < end), hands_over,
                scan.follow[place] if place >= 0 else (0, 0), before, after, inputs,
                round((end - first) * found.cost * share, 3))
