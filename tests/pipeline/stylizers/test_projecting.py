"""Films that stay photographs: their fits are smoothed over a shot, and remembered over a break."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from allaprima.engines import Look, Style
from allaprima.engines.identity import NOTHING, IdentityEngine
from allaprima.engines.looks import CODE_LENGTH
from allaprima.frames import Frame, Pixels
from allaprima.pipeline.stylizers.state import State
from allaprima.pipeline.stylizers.stylizer import Stylizer, stylized_frame, stylizer_for
from temporal_scenes import texture

STYLE = Style("a style", np.linspace(-1, 1, CODE_LENGTH, dtype=np.float32), (4, 3, 2, 1), "encoder")


class Flickering(IdentityEngine):
    """Paints every other frame brighter, with strokes that jump."""

    name = "flickering"

    def __init__(self) -> None:
        self.count = 0

    def stylize(self, images, looks, statistics=None):  # type: ignore[no-untyped-def]
        self.count += 1
        strokes = 25 * np.sign(np.sin(np.arange(images.shape[2]) * (1 + 0.1 * (self.count % 3))))
        light = 20 if self.count % 2 else -20
        return np.clip(images * 0.8 + 20 + light + strokes[:, None], 0, 255).astype(np.uint8), NOTHING


def frames(count: int = 10, seed: int = 1) -> list[Frame]:
    return [Frame(texture(72, 128, seed), None, index, 1, index) for index in range(count)]


def painted(stylizer: Stylizer, some: list[Frame], share: float,
            state: State | None = None) -> tuple[list[Pixels], State]:
    look, shown = Look(STYLE, photoreal=share), []
    for frame in some:
        picture, state = stylized_frame(stylizer, frame, look, state)
        shown.append(picture)
    assert state is not None
    return shown, state


def flicker(shown: list[Pixels]) -> float:
    levels = [picture.astype(float) for picture in shown]
    return float(np.mean([np.abs(one - other).mean() for one, other in pairwise(levels[4:])]))


def test_a_film_that_stays_real_does_not_flicker() -> None:
    alone, _ = painted(stylizer_for("off", Flickering(), 0.8), frames(), 1.0)
    held, _ = painted(stylizer_for("fast", Flickering(), 0.8), frames(), 1.0)
    steadier, _ = painted(stylizer_for("fast", Flickering(), 1.0), frames(), 1.0)
    assert flicker(held) < flicker(alone) / 2
    assert flicker(steadier) < flicker(held)


def test_a_cut_begins_the_fits_anew() -> None:
    stylizer = stylizer_for("fast", Flickering(), 1.0)
    _, state = painted(stylizer, frames(5), 1.0)
    assert state.grids
    [frame], look = frames(1, seed=2), Look(STYLE, photoreal=1.0)
    stylizer.paint.engine.count = 0  # type: ignore[attr-defined]
    cut, _ = stylizer([frame], [look], ["cut"], state)
    stylizer.paint.engine.count = 0  # type: ignore[attr-defined]
    begun, _ = stylizer([frame], [look], ["none"], None)
    assert np.array_equal(cut, begun)


def test_what_is_remembered_of_fits_goes_on_to_the_bit() -> None:
    whole, _ = painted(stylizer_for("fast", Flickering(), 0.8), frames(), 0.5)
    stylizer = stylizer_for("fast", Flickering(), 0.8)
    _, state = painted(stylizer, frames()[:4], 0.5)
    rest, _ = painted(stylizer, frames()[4:], 0.5, State.from_bytes(state.to_bytes()))
    assert all(np.array_equal(one, other) for one, other in zip(whole[4:], rest, strict=True))


def test_what_is_wholly_real_is_not_held_along_the_motion_and_the_rest_is() -> None:
    stylizer = stylizer_for("fast", Flickering(), 0.8)
    assert painted(stylizer, frames(2), 1.0)[1].shown is None
    assert painted(stylizer, frames(2), 0.5)[1].shown is not None
