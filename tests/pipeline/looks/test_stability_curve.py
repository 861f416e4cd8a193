"""Stability over time: a frame is steadied as firmly as its time asks for."""

from __future__ import annotations

import numpy as np

from allaprima.frames import Frame
from allaprima.pipeline.stylizers.holding import Holding
from allaprima.temporal.blend import Stabilizer


def test_each_frame_is_steadied_as_its_time_asks() -> None:
    random = np.random.default_rng(1)
    content = np.repeat(random.integers(0, 256, (1, 48, 64, 3), np.uint8), 4, axis=0)
    painted = random.integers(100, 156, (4, 48, 64, 3), np.uint8)
    frames = [Frame(picture, None, 10 * index, 10, index) for index, picture in enumerate(content)]
    curved = Holding(Stabilizer(0.9), stability_at=lambda pts: 0.9 if pts < 30 else 0.0)
    shown, _ = curved(frames, painted, [0.0] * 4, None)
    constant, _ = Holding(Stabilizer(0.9))(frames, painted, [0.0] * 4, None)
    np.testing.assert_array_equal(shown[:3], constant[:3])
    np.testing.assert_array_equal(shown[3], painted[3])
    assert np.abs(constant[3].astype(int) - painted[3]).max() > 5
