"""Long shots: whatever is remembered of the frames before, nothing of it accumulates.

Of 2,000 frames, painted by a network, ``tools/measure_stillness.py`` tells.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from allaprima.temporal.anchors import captured
from allaprima.temporal.blend import Stabilizer, as_working
from allaprima.temporal.detail import reduced
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.proxies import proxy_of
from allaprima.temporal.recoloring import recolored
from temporal_scenes import texture

FRAMES = 500
SETTLED = 100   # frames after which a shot looks as it will
LEAK = 0.5      # of 255 levels, on the mean over the picture, until the end: so much has accumulated
NOISE = np.random.default_rng(4).normal(0, 2, (16, 36, 64, 3))

STILL = texture(36, 64, 3).astype(np.float64)
SCENES: dict[str, Callable[[int], np.ndarray]] = {
    "still": lambda index: STILL,
    "noise and light": lambda index: STILL * (1 - 0.05 * min(index / 25, 1)) + NOISE[index % len(NOISE)],
    "ramping": lambda index: STILL * (1 - 3e-5 * index),
}


def in_levels(picture: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(picture, 0, 255)).astype(np.uint8)


def painted_of(content: np.ndarray) -> np.ndarray:
    """A stand-in painting: contrast doubled, colours turned round, so that changes of light and noise grow."""
    return in_levels(128 + 2 * (content[..., ::-1].astype(np.float64) - 128))


def blocks(picture: np.ndarray) -> np.ndarray:
    """Means of 8 x 8 pixels."""
    rows, columns = picture.shape[0] // 8, picture.shape[1] // 8
    return picture[:8 * rows, :8 * columns].reshape(rows, 8, columns, 8, 3).mean(axis=(1, 3))


@pytest.mark.parametrize(("name", "frames", "dtype"), [
    ("still", FRAMES, np.uint8), ("noise and light", FRAMES, np.uint8), ("ramping", FRAMES, np.uint8),
    ("noise and light", 2 * SETTLED, np.float32)])
def test_in_a_long_still_shot_nothing_accumulates(name: str, frames: int, dtype: type) -> None:
    stabilizer, state, apart = Stabilizer(), None, list[np.ndarray]()
    unit = 1 if dtype is np.uint8 else 255
    with warnings.catch_warnings(), single_threaded():
        warnings.simplefilter("error")
        for index in range(frames):
            content = in_levels(SCENES[name](index))
            given = painted_of(content)
            if dtype is np.float32:
                content, given = (picture.astype(np.float32) / 255 for picture in (content, given))
            picture, state = stabilizer.steadied(content, given, state)
            if index % SETTLED == SETTLED - 1:
                apart.append(np.abs(blocks(picture.astype(np.float64)) - blocks(given.astype(np.float64))) * unit)
                assert apart[-1].max() < 12, index
    # Where contrast falls by a hundredth and a half, an old anchor's stays in small places.
    assert apart[-1].mean() < apart[0].mean() + (2 if name == "ramping" else 1) * LEAK


def test_a_colour_that_is_added_never_grows_beyond_what_is_missing() -> None:
    """At the finest stripes of all and in every direction, with rates that differ from place to place and by time."""
    frame = np.full((72, 128, 3), 128, np.uint8)
    anchor = captured(as_working(frame), proxy_of(frame))
    rows, columns = np.mgrid[0:9, 0:16]
    stripes = [(-1.0)**columns, (-1.0)**rows, (-1.0)**(rows + columns), (-1.0)**(columns // 2)]
    random = np.random.default_rng(7)
    own = reduced(as_working(frame))
    for index in range(2 * FRAMES):
        pattern = 40 * stripes[index // 50 % 4] if index < FRAMES else random.normal(0, 40, rows.shape)
        anchor, _ = recolored(anchor, (own + pattern[..., None]).astype(np.float32), 255.0)
        assert np.abs(anchor.offset).max() <= 200
    for _ in range(200):
        anchor, _ = recolored(anchor, own, 255.0)
    assert np.abs(anchor.offset).max() < 0.1
