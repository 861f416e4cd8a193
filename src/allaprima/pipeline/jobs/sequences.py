"""A numbered sequence of frames: read, painted, written frame by frame, resumed after any kill."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from allaprima.config import SequenceOptions
from allaprima.curves import Clock
from allaprima.engines import Engine, Look, at_detail
from allaprima.errors import Interrupted, OptionError
from allaprima.frames import Frame
from allaprima.io.plates.files import is_plate
from allaprima.io.plates.managed import refuse_mixed
from allaprima.io.sequence.sequences import SequenceSink, SequenceSource
from allaprima.pipeline.jobs.settings import settings_of
from allaprima.pipeline.looks.brush import working_height
from allaprima.pipeline.looks.files import files_of
from allaprima.pipeline.looks.looking import looks_on, stability_on
from allaprima.pipeline.looks.tracks import Track
from allaprima.pipeline.loop.run import RunReport, run
from allaprima.pipeline.loop.shot_marks import shot_starts
from allaprima.pipeline.resizing import resized_frames
from allaprima.pipeline.stylizers.steadied import pooled_by_shot
from allaprima.pipeline.stylizers.stylizer import stylizer_for
from allaprima.pipeline.working import made_small, working_size


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
    engine = at_detail(engine, working_height(options.detail, look))
    refuse_mixed(pattern, output, options.management)
    if is_plate(output) and options.size is not None:
        raise OptionError("a plate keeps its size", "leave out --size, or write .tif")
    source = SequenceSource(pattern, frames=options.frames, allow_gaps=options.allow_gaps,
                            max_pixels=options.max_pixels, management=options.management)
    if source.plates is not None:
        source.plates.check_target(output)
    size = options.size.of(source.info.width, source.info.height) if options.size else None
    width, height = size or (source.info.width, source.info.height)
    working = working_size(engine, look, width, height)
    sink = SequenceSink(output, source.numbers, number_of=source.number_of, input_of=source.path, inputs=files_of(look),
                        settings={**settings_of(engine, look, options.size, options.temporal, options.stability),
                                  **({} if source.plates is None else source.plates.settings)},
                        icc_profile=source.icc_profile, plates=source.plates,
                        resume=options.resume, overwrite=options.overwrite)
    try:
        look_at = looks_on(look, clock_of(source), source, whole=options.frames is None)  # see films
        with source, sink:
            stylizer, *layers = (stylizer_for(
                options.temporal, engine, options.stability, stability_at=stability_on(look, clock_of(source)),
                first_pass=lambda layer=layer: pooled_by_shot(  # type: ignore[misc]
                    in_layer(frames_of(source, width, height, working), layer), engine, look_at,
                    options.batch_size or engine.batch_size))
                for layer in range(1 if source.plates is None else len(source.plates.layers)))
            painted = with_shots_before(source, sink.todo, width, height, working) if stylizer.remembers else sink.todo
            source.choose(painted)
            if on_start is not None:
                on_start(len(painted))
            work = run(frames_of(source, width, height, working), sink, stylizer, look_at,
                       batch_size=options.batch_size, on_frames=on_frames, should_stop=should_stop, layers=layers)
    except KeyboardInterrupt as interrupt:
        raise interrupt from interrupted(output)
    except Interrupted:
        raise interrupted(output) from None
    return SequenceReport(str(output), len(source.numbers), len(sink.todo), len(source.numbers) - len(sink.todo),
                          source.warnings, work, () if source.plates is None else source.plates.notes)


def interrupted(output: Path) -> Interrupted:
    """What to tell someone who ended a run before it was done."""
    return Interrupted(f"interrupted: the frames of {output} that are finished are in place",
                       "run the same command with --resume to go on from there")


def frames_of(source: SequenceSource, width: int, height: int, working: tuple[int, int] | None) -> Iterator[Frame]:
    """The frames at that size, or small copies of the working size where there is one."""
    frames = resized_frames(source, width, height)
    return frames if working is None else made_small(frames, min(working))


def in_layer(frames: Iterable[Frame], layer: int) -> Iterator[Frame]:
    """The frames of one of a plate's painted layers, the first for 0."""
    return (frame if layer == 0 else frame.layers[layer - 1] for frame in frames)


def with_shots_before(source: SequenceSource, todo: Sequence[int], width: int, height: int,
                      working: tuple[int, int] | None) -> tuple[int, ...]:
    """The frames to render, and those before them in their shots, which are painted for what is remembered of them."""
    if len(todo) in (0, len(source.numbers)):
        return tuple(todo)
    starts = shot_starts(frames_of(source, width, height, working))
    place = {number: index for index, number in enumerate(source.numbers)}
    wanted: set[int] = set()
    for number in todo:
        start = starts[bisect_right(starts, place[number]) - 1]
        wanted.update(source.numbers[start:place[number] + 1])
    return tuple(sorted(wanted))


def clock_of(source: SequenceSource) -> Clock:
    """The clock of a sequence: the same for all of it and for a part of it."""
    first = source.pattern.numbers()[0]
    time_base = source.info.time_base
    return Clock(time_base, source.info.frame_rate, (first - source.numbers[0]) * time_base, first)
