"""The loop: source -> batches -> engine -> sink, with decoding before it and encoding behind it in threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial

from allaprima.engines import Engine, Look, in_own_colors
from allaprima.frames import Frame, Sink
from allaprima.pipeline.loop.batching import batched, images_of
from allaprima.pipeline.loop.prefetch import Prefetch
from allaprima.pipeline.loop.shot_marks import ShotMarks
from allaprima.pipeline.loop.write_behind import WriteBehind
from allaprima.pipeline.stylizers.follow_states import as_arrays
from allaprima.pipeline.stylizers.following import Following, FollowState
from allaprima.pipeline.stylizers.steady_behind import SteadyBehind
from allaprima.pipeline.stylizers.steadying import Steadying
from allaprima.temporal.shots import ShotState


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


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a run that goes on in the middle of a shot remembers of the frames before.

    shot: what the shot detector knows. done: what frames that go on from the one before begin with.
    """

    shot: ShotState | None = None
    done: FollowState | None = None


NOTHING = Resumed()


def run(frames: Iterable[Frame], sink: Sink, engine: Engine, look_at: Callable[[int], Look], *,
        batch_size: int | None = None, on_frames: Callable[[int], None] | None = None,
        steadying: Steadying | Following | None = None, first: int = 0, resumed: Resumed = NOTHING) -> RunReport:
    """Paints every frame into the sink, in order; gives back what it took.

    look_at: the look of the frame shown at that pts. batch_size: None for what suits the engine's device. on_frames:
    told of every batch's frames as they leave the engine. steadying: how frames are held steady, None for each by
    itself. first: frames of a smaller index are painted for what later ones remember of them, and not written.
    resumed: what is remembered of the frames before the first that comes.
    Errors of the source, the engine and the sink end both threads and come out here.
    """
    size = batch_size or engine.batch_size
    started = time.perf_counter()
    stylize_seconds, count = 0.0, 0
    marks = ShotMarks(frames, resumed.shot)
    done = resumed.done
    steady = SteadyBehind(engine, steadying) if isinstance(steadying, Steadying) else None

    def deliver(finished: list[Frame]) -> int:
        wanted = [frame for frame in finished if frame.index >= first]
        remembered = None if done is None else partial(as_arrays, done)
        for frame in wanted:
            behind.write(frame, remembered if frame is finished[-1] else None)
        if on_frames is not None and finished:
            on_frames(len(wanted))
        return len(wanted)

    with (Prefetch(frames if steadying is None else marks) as ahead, WriteBehind(sink) as behind,
          steady or nullcontext()):
        for batch in batched(ahead, size, marks.begins):
            before = time.perf_counter()
            looks = [look_at(frame.pts) for frame in batch]
            looks += looks[-1:] * (size - len(batch))
            images = images_of(batch, size)
            changes = [marks.taken(frame) for frame in batch]
            if steady is not None:
                finished = steady.give(batch, images, looks, changes[0])
            else:
                if isinstance(steadying, Following):
                    painted, done = steadying(images, looks, batch, changes[0], done)
                else:
                    painted = in_own_colors(images, engine.stylize(images, looks)[0], looks)
                finished = [replace(frame, image=image) for frame, image in zip(batch, painted, strict=False)]
            stylize_seconds += time.perf_counter() - before
            count += deliver(finished)
        before = time.perf_counter()
        finished = [] if steady is None else steady.rest()
        stylize_seconds += time.perf_counter() - before
        count += deliver(finished)
    return RunReport(count, time.perf_counter() - started, ahead.seconds_busy, stylize_seconds, behind.seconds_busy)
