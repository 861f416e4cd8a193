"""A small thing that falls fast: a network paints what is beside it otherwise too, and nothing of that may stay."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.evaluate.temporal_clips import small_things
from allaprima.evaluate.temporal_layers import Clip
from allaprima.temporal.blend import Stabilizer
from temporal_scenes import texture

GONE = 15  # frames, by which it has fallen through the picture


@pytest.fixture(scope="module")
def made() -> dict[str, Clip]:
    return small_things(texture(200, 300, 1), 255 - texture(200, 300, 2) // 4, (288, 512), GONE + 5)


def painted(clip: Clip) -> list[np.ndarray]:
    """The clip as a network may paint it: with a green shine beside the thing, far beyond its outline."""
    import cv2

    pictures = []
    for frame in clip.frames:
        thing = np.abs(frame.astype(np.float32) - clip.frames[0]).max(axis=2)
        shine = np.roll(cv2.GaussianBlur(np.minimum(4 * thing, 255), (0, 0), 16), 52, axis=1)
        pictures.append(np.clip(frame + shine[..., None] * np.float32([-0.5, 1.5, -0.5]), 0, 255).astype(np.uint8))
    return pictures


@pytest.mark.parametrize("name", ["falling", "falling before flat"])
def test_nothing_stays_of_what_was_painted_beside_a_thing_that_is_gone(made: dict[str, Clip], name: str) -> None:
    import cv2

    clip = made[name]
    pictures = painted(clip)
    shown, _ = Stabilizer()(np.stack(clip.frames), np.stack(pictures))

    def differs(first: np.ndarray, second: np.ndarray) -> float:
        """The share of places whose surroundings have another colour."""
        return float((np.abs(cv2.blur(first.astype(np.float32) - second, (3, 3))).max(axis=2) > 20).mean())

    assert differs(pictures[GONE // 2], pictures[-1]) > 0.02
    assert differs(shown[-1], pictures[-1]) < 0.002
