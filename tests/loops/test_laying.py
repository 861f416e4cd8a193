"""The compiled form of laying beside its reference by OpenCV; here it runs as Python, on little pictures."""

import cv2
import numpy as np
import pytest

from allaprima.temporal import laying
from allaprima.temporal.anchors import Anchor, captured
from allaprima.temporal.before import shown_last
from allaprima.temporal.fields import Plane, sampling_grid

SIZE, SMALL = (36, 70), (18, 35)


def picture(seed: int) -> np.ndarray:
    rough = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    return cv2.cvtColor(cv2.normalize(cv2.GaussianBlur(rough, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX),
                        cv2.COLOR_RGB2RGBA)


def bent() -> Plane:
    """Places that lie a little elsewhere, some of them outside."""
    moved = np.random.default_rng(5).normal(0, 8, (*SMALL, 2)).astype(np.float32)
    return sampling_grid(*SMALL) + cv2.GaussianBlur(moved, (0, 0), 3) + np.float32([3.3, -2.1])


def anchor(kind: str) -> Anchor:
    from dataclasses import replace

    content = np.zeros((*SMALL, 4), np.uint8)
    return replace(captured(picture(1), content) if kind == "doubled" else shown_last(picture(1), content),
                   where=bent())


def laid(monkeypatch: pytest.MonkeyPatch, kept: Anchor, share: Plane, *, by_loops: bool) -> np.ndarray:
    monkeypatch.setattr(laying, "loops_are_ready", lambda: by_loops)
    return laying.laid([kept], [share], picture(2))


@pytest.mark.parametrize(("kind", "apart"), [("doubled", 2), ("its own size", 6)])
@pytest.mark.parametrize("covered", ["wholly", "mostly", "hardly"])
def test_loops_lay_a_picture_as_the_reference_does(monkeypatch: pytest.MonkeyPatch, kind: str, apart: int,
                                                   covered: str) -> None:
    share = np.ones(SMALL, np.float32)
    if covered != "wholly":
        share = np.tile(np.linspace(1, 0, SMALL[1], dtype=np.float32), (SMALL[0], 1))
        share[:, 20 if covered == "mostly" else 8:] = 0
    expected, found = (laid(monkeypatch, anchor(kind), share, by_loops=by_loops) for by_loops in (False, True))
    difference = np.abs(expected.astype(int) - found)
    assert difference.max() <= apart
    assert difference.mean() < 0.3
    assert np.abs(expected.astype(int) - picture(2)).mean() > 3


def test_where_nothing_is_seen_the_picture_below_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    share = np.zeros(SMALL, np.float32)
    share[:4, :5] = 1
    found = laid(monkeypatch, anchor("doubled"), share, by_loops=True)
    assert np.array_equal(found[16:], picture(2)[16:])
    assert not np.array_equal(found[:6, :8], picture(2)[:6, :8])


def test_a_picture_at_rest_comes_back_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = captured(picture(1), np.zeros((*SMALL, 4), np.uint8))
    found = laid(monkeypatch, kept, np.ones(SMALL, np.float32), by_loops=True)
    assert np.array_equal(found, picture(1))


def test_deep_pictures_are_left_to_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laying, "loops_are_ready", lambda: True)
    deep = picture(1).astype(np.float32) / 255
    kept = captured(deep, np.zeros((*SMALL, 4), np.uint8))
    assert laying.laid([kept], [np.ones(SMALL, np.float32)], deep * 0).dtype == np.float32


def test_loops_look_a_whole_picture_up_as_the_reference_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laying, "loops_are_ready", lambda: False)
    expected = laying.looked_up_whole(picture(1), bent()).astype(int)
    monkeypatch.setattr(laying, "loops_are_ready", lambda: True)
    found = laying.looked_up_whole(picture(1), bent())
    assert np.abs(expected - picture(1)).mean() > 3
    assert np.abs(expected - found)[..., :3].max() <= 6
    assert np.abs(expected - found)[..., :3].mean() < 0.3
