"""Moving pictures made from noise, for the tests of everything that follows motion."""

from __future__ import annotations

import numpy as np

from allaprima.evaluate.temporal_clips import exact_clips
from allaprima.evaluate.temporal_layers import Clip


def texture(height: int, width: int, seed: int) -> np.ndarray:
    """A coloured picture (H, W, 3) uint8 with detail of every size, as photographs have."""
    import cv2

    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for step in (4, 8, 16, 32, 64):
        noise = random.uniform(-1, 1, (height // step + 2, width // step + 2, 3)).astype(np.float32)
        picture += step**0.5 * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 12 * picture, 0, 255).astype(np.uint8)


def clips(height: int = 90, width: int = 160, count: int = 8) -> dict[str, Clip]:
    """The clips with exact motion, small."""
    return exact_clips(texture(200, 300, 1), texture(200, 300, 2), (height, width), count)
