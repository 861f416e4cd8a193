"""A part of a numbered sequence, painted into the frames that a run over all of it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from allaprima.errors import SinkError
from allaprima.frames import Frame
from allaprima.io.film.segments import Arrays, read_arrays
from allaprima.io.outputs import written_file
from allaprima.io.sequence.sequences import SequenceSink
from allaprima.pipeline.jobs.film_parts import Known
from allaprima.pipeline.jobs.sequence_work import SequenceWork, clock_of
from allaprima.pipeline.looks.looking import looks_on
from allaprima.pipeline.loop.run import RunReport, run
from allaprima.pipeline.stylizers.state import State, from_arrays
from allaprima.pipeline.stylizers.steadied import pooled_by_shot
from allaprima.runtimes.calls import Moments


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Frames of a sequence from ``first`` to before ``end``, by their places in it.

    shots: the places among them that begin a shot. before, after: the files in which the state of the frame before the
    first lies, unless a shot begins there, and where that of the last goes, where its shot goes on; else None.
    follow: the place of the frame from which a subject that is kept is followed.
    """

    first: int
    end: int
    shots: tuple[int, ...] = ()
    before: Path | None = None
    after: Path | None = None
    follow: int = 0


class StateKeepingSink:
    """A sink of frames that also keeps what the last of them leaves behind, for whoever goes on after it."""

    def __init__(self, sink: SequenceSink, last: int, file: Path | None) -> None:
        self._sink, self._last, self._file = sink, last, file
        self._latest = -1

    def write(self, frame: Frame) -> None:
        """Writes a frame."""
        self._latest = frame.index
        self._sink.write(frame)

    def remember(self, arrays: Callable[[], Arrays]) -> None:
        """Keeps the arrays where the latest frame is the last one."""
        if self._file is not None and self._latest == self._last:
            with written_file(self._file, overwrite=True) as file:
                np.savez(file, **arrays())  # type: ignore[arg-type]  # the stubs take a name for allow_pickle

    def __enter__(self) -> Self:
        self._sink.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._sink.__exit__(kind, error, trace)


def paint_range(work: SequenceWork, part: FrameRange, output: Path, manifest: Path, known: Known = Known(),  # noqa: B008
                on_frames: Callable[[int], None] | None = None,
                should_stop: Callable[[], bool] | None = None) -> RunReport:
    """Paints a part of a sequence, of which only what is missing or damaged by the part's own manifest.

    Where frames depend on those before them, the part is painted from where its first shot begins, or from the state
    that was left behind. Raises SinkError where that is missing.
    """
    numbers = work.source.numbers[part.first:part.end]
    stylizer, *layers = work.stylizers(lambda layer: known.pooled[layer] if known.pooled else {})
    look_at = looks_on(work.look, clock_of(work.source), work.source, whole=False, palettes=known.palettes,
                       followed=frames_from(work, part.follow))
    sink = work.sink(output, numbers, manifest=manifest)
    todo = wanted(work, part, sink, remembers=stylizer.remembers)
    if on_frames is not None and len(todo) < len(numbers):
        on_frames(len(numbers) - len(todo))
    if not todo:
        return RunReport(0, 0, 0, 0, 0)
    state = state_before(part) if stylizer.remembers and todo[0] == numbers[0] else None
    work.source.choose(todo)
    with work.source, StateKeepingSink(sink, part.end - 1, part.after) as keeping:
        return run(work.frames(), keeping, stylizer, look_at, batch_size=work.options.batch_size, on_frames=on_frames,
                   should_stop=should_stop, state=state, layers=layers)


def wanted(work: SequenceWork, part: FrameRange, sink: SequenceSink, *, remembers: bool) -> tuple[int, ...]:
    """The numbers to be read: those to be written, and those before or after them whose state is wanted."""
    numbers = work.source.numbers[part.first:part.end]
    lacking = part.after is not None and read_arrays(part.after) is None
    if not remembers or not (sink.todo or lacking):
        return sink.todo
    place = numbers.index(sink.todo[0]) if sink.todo else len(numbers) - 1
    start = max((shot for shot in part.shots if shot <= part.first + place), default=part.first)
    return numbers[start - part.first:]


def state_before(part: FrameRange) -> State | None:
    """What the frames before the part left behind; None where it begins a shot."""
    if part.before is None:
        return None
    arrays = read_arrays(part.before)
    state = None if arrays is None else from_arrays(arrays)
    if state is None:
        raise SinkError(f"cannot go on after frame {part.first - 1}: what it left behind is not in {part.before}",
                          "paint the part of the shot before it first")
    return state


def pooled_in_range(work: SequenceWork, part: FrameRange,
                    known: Known = Known()) -> list[dict[int, Moments]]:  # noqa: B008
    """The moments of the shots of a part, by the place of the first frame of each, for each layer: a first pass."""
    look_at = looks_on(work.look, clock_of(work.source), work.source, whole=False, palettes=known.palettes,
                       followed=frames_from(work, part.follow))
    work.source.choose(work.source.numbers[part.first:part.end])
    size = work.options.batch_size or work.engine.batch_size
    with work.source:
        return [pooled_by_shot(work.frames(layer), work.engine, look_at, size) for layer in range(work.layers)]


def frames_from(work: SequenceWork, place: int) -> Callable[[], Iterator[Frame]]:
    """Hands out the frames from that place on, as they are read; for whoever goes through them beside the run."""
    again = copy(work.source)
    again.choose(again.numbers[place:])
    return lambda: iter(again)
