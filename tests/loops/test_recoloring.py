"""The compiled forms of recolouring and of doubling beside their references; here they run as Python."""

import cv2
import numpy as np
import pytest

from allaprima.temporal import anchors, recoloring

SIZE = (12, 17)


def field(seed: int, *shape: int) -> np.ndarray:
    rough = np.random.default_rng(seed).normal(0, 40, shape).astype(np.float32)
    return cv2.GaussianBlur(rough, (0, 0), 1)


@pytest.mark.parametrize("begun", [False, True])
def test_loops_draw_colours_to_a_frames_as_the_reference_does(begun: bool) -> None:
    apart, before = field(1, *SIZE, 3), field(2, *SIZE, 3) * np.float32(begun)
    trust = np.clip(field(3, *SIZE) / 20 + 0.5, 0, 1)
    expected = recoloring.drawn_to(apart, before, trust**2, trust, 255.0)
    found = recoloring.drawn_by_loops(apart, before, trust**2, trust, 255.0)
    assert np.abs(expected[0] - before).max() > 1
    assert np.abs(found[0] - expected[0]).max() < 1e-3
    assert np.ptp(expected[1]) > 0.2
    assert np.abs(found[1] - expected[1]).max() < 1e-4


@pytest.mark.parametrize("size", [(96, 136), (50, 75)])
def test_loops_shift_a_pictures_colours_as_the_reference_does(monkeypatch: pytest.MonkeyPatch,
                                                              size: tuple[int, int]) -> None:
    picture = np.random.default_rng(4).integers(60, 196, (*size, 4), dtype=np.uint8)
    colors = field(5, size[0] // 8, size[1] // 8, 3)
    colors[:, -3:] = 0
    monkeypatch.setattr(recoloring, "loops_are_ready", lambda: False)
    expected = recoloring.shifted(picture.copy(), colors).astype(int)
    monkeypatch.setattr(recoloring, "loops_are_ready", lambda: True)
    found = recoloring.shifted(picture.copy(), colors)
    assert np.abs(expected - picture).mean() > 3
    assert np.abs(expected - found).max() <= 1
    assert np.array_equal(found[..., 3], picture[..., 3])


def test_loops_double_a_picture_as_the_reference_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rough = np.random.default_rng(6).integers(0, 256, (13, 18, 4), dtype=np.uint8)
    monkeypatch.setattr(anchors, "loops_are_ready", lambda: False)
    expected = anchors.doubled(rough)
    monkeypatch.setattr(anchors, "loops_are_ready", lambda: True)
    found = anchors.doubled(rough)
    assert np.array_equal(found[::2, ::2], rough)
    assert np.abs(expected.astype(int) - found).max() <= 1
