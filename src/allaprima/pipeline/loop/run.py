"""The loop: source -> batches -> stylizer -> sink, with decoding before it and encoding behind it in threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from allaprima.engines import Look
from allaprima.errors import Interrupted
from allaprima.frames import Frame, Sink
from allaprima.pipeline.loop.batching import batched
from allaprima.pipeline.loop.finish_behind import FinishBehind, Finished
from allaprima.pipeline.loop.prefetch import Prefetch
from allaprima.pipeline.loop.shot_marks import ShotMarks
from allaprima.pipeline.loop.write_behind import WriteBehind
from allaprima.pipeline.stylizers.state import State, as_arrays
from allaprima.pipeline.stylizers.stylizer import Stylizer


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did: frames, and where its time went.

    seconds: from the first frame asked for to the last one handed to the sink. decode, stylize and encode overlap, so
    that their seconds may sum to more.
    """

    frames: int
    seconds: float
    decode_seconds: float
    stylize_seconds: float
    encode_seconds: float

    @property
    def fps(self) -> float:
        """Frames a second, end to end."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


def run(frames: Iterable[Frame], sink: Sink, stylizer: Stylizer, look_at: Callable[[int], Look], *,
        batch_size: int | None = None, on_frames: Callable[[int], None] | None = None,
        should_stop: Callable[[], bool] | None = None, first: int = 0, state: State | None = None,
        layers: Sequence[Stylizer] = ()) -> RunReport:
    """Paints every frame into the sink, in order; gives back what it took.

    look_at: the look of the frame shown at that pts. batch_size: None for what suits the engine's device. on_frames:
    told of every batch's frames as they are finished. should_stop: asked before every batch; raises ``Interrupted``
    where it says so, as if by Ctrl-C. first: frames of a smaller index are painted for what later ones
    remember of them, and not written. state: what is remembered of the frames before the first that comes.
    layers: stylizers of the frames' further layers.
    Errors of the source, the stylizer and the sink end all threads and come out here.
    """
    size = batch_size or stylizer.paint.batch_size
    started = time.perf_counter()
    stylize_seconds, count = 0.0, 0
    beginning: set[int] = set()  # frames with which shots begin, not delivered yet
    marks = ShotMarks(frames, None if state is None else state.seen)

    def deliver(finished: Finished) -> int:
        wanted = [frame for frame in finished.frames if frame.index >= first]
        remembered = None if finished.state is None else partial(as_arrays, finished.state)
        for frame in wanted:
            behind.write(frame, remembered if frame is finished.frames[-1] else None, begins=frame.index in beginning)
            beginning.discard(frame.index)
        if on_frames is not None and finished.frames:
            on_frames(len(wanted))
        return len(wanted)

    with (Prefetch(marks if stylizer.remembers else frames) as ahead, WriteBehind(sink) as behind,
          FinishBehind(stylizer, state, layers) as painter):
        try:
            for batch in batched(ahead, size, marks.begins):
                if should_stop is not None and should_stop():
                    raise Interrupted("stopped by the caller")
                before = time.perf_counter()
                looks = [look_at(frame.pts) for frame in batch]
                told = [marks.taken(frame) for frame in batch]
                if told[0].change == "cut":
                    beginning.add(batch[0].index)
                finished = painter.give(batch, looks, [mark.change for mark in told], told[-1].state)
                stylize_seconds += time.perf_counter() - before
                count += deliver(finished)
        except (KeyboardInterrupt, Interrupted):
            deliver(painter.rest())  # painted already, and painting may have taken minutes
            raise
        before = time.perf_counter()
        finished = painter.rest()
        stylize_seconds += time.perf_counter() - before
        count += deliver(finished)
    return RunReport(count, time.perf_counter() - started, ahead.seconds_busy, stylize_seconds, behind.seconds_busy)
