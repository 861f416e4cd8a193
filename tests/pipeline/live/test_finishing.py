"""The second half of a live frame, beside the first half of the next one."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import Look, Statistics
from allaprima.engines.identity import NOTHING, IdentityEngine
from allaprima.frames import Frame
from allaprima.pipeline.live.controls import Controls
from allaprima.pipeline.live.finishing import Finisher
from allaprima.pipeline.live.painted import Asked, Painted
from allaprima.pipeline.stylizers.state import PaintState, State
from allaprima.pipeline.stylizers.stylizer import Begun, Stylizer, stylizer_for
from allaprima.runtimes.calls import Batch
from allaprima.temporal.blend import BlendState
from standin import chance_style

LIMIT_SECONDS = 20.0
PICTURE = np.random.default_rng(0).integers(0, 256, (36, 64, 3), dtype=np.uint8)


class Holding(Stylizer):
    """Waits for its leave to finish a frame, and fails at those whose index is asked for."""

    leave = threading.Event()
    failing: int | None = None

    def finish(self, begun: Begun, state: State, found: BlendState | None = None,
               motions: object = ()) -> tuple[Batch, State]:
        assert self.leave.wait(LIMIT_SECONDS)
        if begun.frames[0].index == self.failing:
            raise MemoryError("no memory is left")
        return super().finish(begun, state, found)


@pytest.fixture
def stylizer() -> Holding:
    plain = stylizer_for("off", IdentityEngine(), 0.0)
    Holding.leave.clear()
    Holding.failing = None
    return Holding(plain.paint, plain.hold)


def look() -> Look:
    return Look(chance_style("chance", 0))


def asked_of(index: int) -> Asked:
    frame = Frame(PICTURE, None, index, None, index)
    return Asked(frame, PICTURE, PICTURE, ((look().style, 1.0),), Controls(), 0, fresh=True, settled=True, step=0,
                 faded_in=1.0, begun=time.perf_counter())


def give(finisher: Finisher, stylizer: Stylizer, index: int, painting: PaintState | None = None) -> PaintState:
    """A frame painted and left to be finished."""
    asked = asked_of(index)
    finisher.follow(stylizer, asked.frame, look(), "none", painting, anew=painting is None)
    begun = stylizer.begin([asked.frame], [look()], ["none"], painting)
    finisher.finish(stylizer, begun, asked)
    return begun.state


def test_the_next_frame_is_painted_while_one_is_being_finished(stylizer: Holding) -> None:
    shown: list[Painted] = []
    with Finisher((64, 36), shown.append) as finisher:
        state = give(finisher, stylizer, 0)
        begun = stylizer.begin([asked_of(1).frame], [look()], ["none"], state)
        assert begun.painted.shape[0] == 1
        assert not shown
        Holding.leave.set()
        finisher.settle()
        assert [painted.frame.index for painted in shown] == [0]


def test_no_more_than_two_frames_are_under_way(stylizer: Holding) -> None:
    shown: list[int] = []
    third = threading.Event()

    def give_three(finisher: Finisher) -> None:
        state = give(finisher, stylizer, 0)
        state = give(finisher, stylizer, 1, state)
        third.set()

    with Finisher((64, 36), lambda painted: shown.append(painted.frame.index)) as finisher:
        thread = threading.Thread(target=give_three, args=(finisher,))
        thread.start()
        assert not third.wait(0.05)
        Holding.leave.set()
        thread.join(LIMIT_SECONDS)
        finisher.settle()
    assert shown == [0, 1]


def test_an_error_of_finishing_arrives_with_the_frame_after_it_or_at_the_end(stylizer: Holding) -> None:
    Holding.leave.set()
    Holding.failing = 0
    with Finisher((64, 36), lambda painted: None) as finisher:
        state = give(finisher, stylizer, 0)
        with pytest.raises(MemoryError):
            give(finisher, stylizer, 1, state)
    Holding.failing = 1
    with Finisher((64, 36), lambda painted: None) as finisher:
        give(finisher, stylizer, 1, give(finisher, stylizer, 0))
        with pytest.raises(MemoryError):
            finisher.settle()


def test_a_picture_of_another_rung_is_faded_in_over_the_last_one(stylizer: Holding) -> None:
    Holding.leave.set()
    shown: list[Painted] = []
    with Finisher((64, 36), shown.append) as finisher:
        for index, level in enumerate((200, 0)):
            asked = replace(asked_of(index), rung=index, faded_in=0.25 if index else 1.0)
            frame = replace(asked.frame, image=np.full_like(PICTURE, level))
            finisher.follow(stylizer, frame, look(), "none", None, anew=True)
            finisher.finish(stylizer, stylizer.begin([frame], [look()], ["none"], None), asked)
        finisher.settle()
    assert [int(painted.picture[0, 0, 0]) for painted in shown] == [200, 150]


class Noisy(IdentityEngine):
    """Paints every picture a little otherwise, as networks do."""

    name = "noisy"

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        noise = np.random.default_rng(int(images[0, 0, :, 0].sum())).integers(-30, 31, images.shape)
        return np.clip(images.astype(int) + noise, 0, 255).astype(np.uint8), NOTHING


def test_frames_in_two_halves_are_what_they_are_in_one() -> None:
    """Held steady: the motion of each is followed on the thread that finished the one before."""
    stylizer = stylizer_for("fast", Noisy(), 0.8)
    pictures = [np.roll(PICTURE, 2 * index, axis=1) for index in range(5)]
    frames = [Frame(picture, None, index, None, index) for index, picture in enumerate(pictures)]
    shown: list[Painted] = []
    whole, state = [], None
    for frame in frames:
        images, state = stylizer([frame], [look()], ["none"], state)
        whole.append(images[0])
    painting: PaintState | None = None
    with Finisher((64, 36), shown.append) as finisher:
        for frame in frames:
            finisher.follow(stylizer, frame, look(), "none", painting, anew=False)
            begun = stylizer.begin([frame], [look()], ["none"], painting)
            painting = begun.state
            finisher.finish(stylizer, begun, replace(asked_of(frame.index), frame=frame))
        finisher.settle()
    painted_alone = Noisy().stylize(np.stack(pictures[-1:]), [look()])[0][0]
    assert np.abs(whole[-1].astype(int) - painted_alone).mean() > 1  # it is held
    assert all(np.array_equal(painted.picture, picture) for painted, picture in zip(shown, whole, strict=True))
