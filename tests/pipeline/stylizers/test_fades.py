"""Shots that fade, stay flat or hold still, through the real network: off, followed, after a first pass, and live."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import pytest

from allaprima.bundled import bundled_styles
from allaprima.config import Temporal
from allaprima.engines import Engine, Look, engine_for
from allaprima.frames import Frame
from allaprima.io.still.reading import read_image
from allaprima.pipeline.loop.run import run
from allaprima.pipeline.stylizers.steadied import pooled_by_shot
from allaprima.pipeline.stylizers.stylizer import stylized_frame, stylizer_for
from allaprima.runtimes.openvino import OpenVINORuntime
from temporal_scenes import texture

MODES: tuple[Temporal, ...] = ("off", "fast", "best")
HEIGHT, WIDTH = 48, 80
STILL = texture(HEIGHT, WIDTH, 3)


class Kept(list[np.ndarray]):
    """A sink that keeps pictures."""

    def write(self, frame: Frame, *remembered: object) -> None:
        self.append(np.asarray(frame.image))

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *error: object) -> None:
        pass


@cache
def painter() -> tuple[Engine, Look]:
    engine = engine_for("balanced", OpenVINORuntime())
    return engine, Look(engine.encode(read_image(bundled_styles()["starry"]).image, "starry"))


def painted(contents: list[np.ndarray], temporal: Temporal, batch: int = 2) -> np.ndarray:
    engine, look = painter()
    frames = [Frame(content, None, index, 1, index) for index, content in enumerate(contents)]
    stylizer = stylizer_for(temporal, engine, 0.8,
                            first_pass=lambda: pooled_by_shot(frames, engine, lambda pts: look, 2))
    kept = Kept()
    run(frames, kept, stylizer, lambda pts: look, batch_size=batch)
    return np.stack(kept).astype(float)


def live(contents: list[np.ndarray]) -> np.ndarray:
    engine, look = painter()
    stylizer, state, shown = stylizer_for("fast", engine, 0.8), None, []
    for index, content in enumerate(contents):
        picture, state = stylized_frame(stylizer, Frame(content, None, index, 1, index), look, state)
        shown.append(picture)
    return np.stack(shown).astype(float)


def faded(share: float, towards: float = 0.0) -> np.ndarray:
    return np.rint(share * STILL + (1 - share) * towards).astype(np.uint8)


@pytest.mark.parametrize("temporal", [*MODES, "live"])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_shot_is_one_colour_throughout(temporal: Temporal | Literal["live"], level: int) -> None:
    contents = [np.full((HEIGHT, WIDTH, 3), level, np.uint8)] * 9
    shown = live(contents) if temporal == "live" else painted(contents, temporal)
    assert (shown == level).all()


@pytest.mark.parametrize("temporal", [*MODES, "live"])
@pytest.mark.parametrize("towards", [0.0, 255.0])
def test_fades_come_from_and_end_in_what_they_fade_to(temporal: Temporal | Literal["live"], towards: float) -> None:
    shares = [0.0, 0.0, *np.linspace(0, 1, 21)[1:], *[1.0] * 6, *np.linspace(1, 0, 21)[1:], 0.0, 0.0]
    contents = [faded(share, towards) for share in shares]
    shown = live(contents) if temporal == "live" else painted(contents, temporal)
    for end in (0, 1, -3, -2, -1):
        np.testing.assert_array_equal(shown[end], contents[end])
    means = shown.mean(axis=(1, 2))
    whole = np.abs(means - means[0]).max()
    assert whole > 60
    assert np.abs(np.diff(means, axis=0)).max() < 0.3 * whole  # a flash is all of it
    middle = np.abs(shown[22:28] - np.stack(contents[22:28])).mean()
    assert middle > 10  # between them it is painted


@pytest.mark.parametrize("temporal", ["fast", "best", "live"])
def test_a_still_shot_whose_light_falls_holds_together(temporal: Temporal | Literal["live"]) -> None:
    contents = [np.rint(STILL * (1 - 0.05 * min(index / 25, 1))).astype(np.uint8) for index in range(120)]
    shown = live(contents) if temporal == "live" else painted(contents, temporal)
    blocks = shown.reshape(len(shown), HEIGHT // 8, 8, WIDTH // 8, 8, 3).mean(axis=(2, 4))
    assert np.percentile(np.abs(blocks[-1] - blocks[60]), 99) < 6
    assert np.percentile(np.abs(blocks[90] - blocks[60]), 99) < 6


def test_a_fade_does_not_depend_on_how_many_frames_are_painted_at_once() -> None:
    contents = [faded(share) for share in np.linspace(0, 1, 12)]
    np.testing.assert_array_equal(painted(contents, "fast", 1), painted(contents, "fast", 4))
