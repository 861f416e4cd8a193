"""A numbered sequence of frames: read, painted, written frame by frame, resumed after any kill."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from allaprima.config import SequenceOptions
from allaprima.engines import Engine, Look
from allaprima.errors import Interrupted
from allaprima.loops.forms import kept_to
from allaprima.pipeline.jobs.sequence_work import SequenceWork, clock_of, open_sequence
from allaprima.pipeline.looks.looking import looks_on
from allaprima.pipeline.looks.tracks import Track
from allaprima.pipeline.loop.run import RunReport, run
from allaprima.pipeline.loop.shot_marks import shot_starts
from allaprima.pipeline.stylizers.steadied import pooled_by_shot


@dataclass(frozen=True, slots=True)
class SequenceReport:
    """What became of a sequence: frames wanted, rendered now, and found good from before."""

    output: str
    frames: int
    rendered: int
    kept: int
    warnings: tuple[str, ...]
    run: RunReport
    notes: tuple[str, ...] = ()


def paint_sequence(pattern: Path, output: Path, engine: Engine, look: Look | Track, options: SequenceOptions,
                   on_start: Callable[[int | None], None] | None = None,
                   on_frames: Callable[[int], None] | None = None,
                   should_stop: Callable[[], bool] | None = None) -> SequenceReport:
    """Paints ``shot.%04d.png`` into ``out.%04d.png``; with ``resume`` only what is missing or damaged.

    look: of every frame, or a track of looks over time: frames go by their own numbers, seconds count from the first
    frame that there is, at 24 a second.
    should_stop: asked now and then; where it says so ``Interrupted`` is raised. Ctrl-C stays ``KeyboardInterrupt``,
    with an ``Interrupted`` as its cause. The frames finished by then are whole and in place.
    """
    work = open_sequence(pattern, output, engine, look, options)
    source = work.source
    sink = work.sink(output, source.numbers)
    try:
        look_at = looks_on(look, clock_of(source), source, whole=options.frames is None)  # see films
        with kept_to(work.by_loops, output), source, sink:
            stylizer, *layers = work.stylizers(lambda layer: pooled_by_shot(
                work.frames(layer), work.engine, look_at, options.batch_size or work.engine.batch_size))
            painted = with_shots_before(work, sink.todo) if stylizer.remembers else sink.todo
            source.choose(painted)
            if on_start is not None:
                on_start(len(painted))
            done = run(work.frames(), sink, stylizer, look_at, batch_size=options.batch_size, on_frames=on_frames,
                       should_stop=should_stop, layers=layers)
    except KeyboardInterrupt as interrupt:
        raise interrupt from interrupted(output)
    except Interrupted:
        raise interrupted(output) from None
    return SequenceReport(str(output), len(source.numbers), len(sink.todo), len(source.numbers) - len(sink.todo),
                          source.warnings, done, work.notes)


def interrupted(output: Path) -> Interrupted:
    """What to tell someone who ended a run before it was done."""
    return Interrupted(f"interrupted: the frames of {output} that are finished are in place",
                       "run the same command with --resume to go on from there")


def with_shots_before(work: SequenceWork, todo: Sequence[int]) -> tuple[int, ...]:
    """The frames to render, and those before them in their shots, which are painted for what is remembered of them."""
    source = work.source
    if len(todo) in (0, len(source.numbers)):
        return tuple(todo)
    starts = shot_starts(work.frames())
    place = {number: index for index, number in enumerate(source.numbers)}
    wanted: set[int] = set()
    for number in todo:
        start = starts[bisect_right(starts, place[number]) - 1]
        wanted.update(source.numbers[start:place[number] + 1])
    return tuple(sorted(wanted))
