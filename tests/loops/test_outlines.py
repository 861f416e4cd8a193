"""The compiled form of drawing motion to outlines, run as Python, beside its reference."""

import cv2
import numpy as np
import pytest

from allaprima.temporal import outlines

SIZE = (40, 72)


def textured(seed: int) -> np.ndarray:
    rough = np.random.default_rng(seed).integers(0, 256, (*SIZE, 4), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(rough, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)


def test_loops_draw_motion_to_outlines_as_the_reference_does(monkeypatch: pytest.MonkeyPatch) -> None:
    ground, thing = textured(1), textured(2)
    before, after = ground.copy(), ground.copy()
    before[10:30, 20:44], after[10:30, 23:47] = thing[10:30, 20:44], thing[10:30, 20:44]
    spilt = np.zeros((*SIZE, 2), np.float32)
    spilt[7:33, 19:51] = [-3, 0.25]
    monkeypatch.setattr(outlines, "loops_are_ready", lambda: False)
    expected = outlines.drawn(spilt, after, before)
    monkeypatch.setattr(outlines, "loops_are_ready", lambda: True)
    found = outlines.drawn(spilt, after, before)
    assert (expected != spilt).any(axis=2).mean() > 0.04
    assert (found != expected).any(axis=2).mean() < 0.01
