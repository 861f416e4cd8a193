"""Fades and flat shots held steady: shown as they were painted, soon enough, and let go where nothing is to be seen."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.temporal.blend import Stabilizer
from temporal_scenes import texture

STILL = texture(90, 160, 3)


def fade(steps: int, towards: float, hold: int = 12) -> np.ndarray:
    shares = [1.0] * hold + [1 - step / steps for step in range(1, steps + 1)] + [0.0] * hold
    return np.stack([np.rint(share * STILL + (1 - share) * towards).astype(np.uint8) for share in shares])


@pytest.mark.parametrize("towards", [0, 128, 255])
def test_a_fade_is_not_held_back_and_ends_where_it_was_painted(towards: int) -> None:
    content = fade(20, towards)
    painted = 255 - content if towards == 128 else content[..., ::-1]
    painted = np.ascontiguousarray(painted)
    shown = Stabilizer()(content, painted)[0].astype(float)
    np.testing.assert_array_equal(shown[-10:], painted[-10:])
    means, given = shown.mean(axis=(1, 2)), painted.astype(float).mean(axis=(1, 2))
    steps = np.abs(np.diff(given, axis=0)).max()
    assert np.abs(np.diff(means, axis=0)).max() < 2.5 * steps + 2
    assert np.abs(means - given).max() < 30


def test_a_flat_shot_changes_colour_as_its_content_does() -> None:
    content = np.stack([np.full((90, 160, 3), level, np.uint8) for level in (0, 0, 0, 60, 120, 200, 255, 128, 0)])
    shown, state = Stabilizer()(content, content)
    np.testing.assert_array_equal(shown, content)
    assert state.anchors == ()


def test_what_comes_up_from_black_is_not_seen_through_what_was_black() -> None:
    content = fade(20, 0)[::-1]
    random = np.random.default_rng(5)
    painted = np.ascontiguousarray(content[..., ::-1]).astype(float)
    painted[12:20] += random.normal(0, 12, painted[12:20].shape)  # as noise is blown up in the dark
    painted = np.clip(painted, 0, 255).astype(np.uint8)
    shown, _ = Stabilizer()(np.ascontiguousarray(content), painted)
    assert np.abs(shown[-1].astype(float) - painted[-1]).mean() < 2
