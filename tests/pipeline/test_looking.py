"""Looks by time on a stream: colours are matched shot by shot."""

from __future__ import annotations

import numpy as np

from allaprima.engines.color import palette_of
from allaprima.frames import Frame
from allaprima.pipeline.looking import palettes_of_shots


def test_every_shot_has_the_pooled_colours_of_its_frames() -> None:
    random = np.random.default_rng(3)
    shots = [random.integers(0, 100, (36, 64, 3), np.uint8), random.integers(120, 256, (36, 64, 3), np.uint8)]
    frames = [Frame(shots[index // 5], None, 10 * index, 10, index) for index in range(10)]
    found = palettes_of_shots(frames)
    assert [pts for pts, _ in found] == [0, 50]
    for (_, palette), shot in zip(found, shots, strict=True):
        np.testing.assert_allclose(palette.mean, palette_of(shot).mean, atol=1e-9)
