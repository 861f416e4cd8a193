"""Strokes that were laid beside something that has moved away are painted anew; those that swim are held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allaprima.temporal.before import shown_last
from allaprima.temporal.blend import Stabilizer
from allaprima.temporal.detail import around
from allaprima.temporal.proxies import proxy_of
from allaprima.temporal.settled import SETTLING_FRAMES, greys_of, outdated
from temporal_scenes import texture

HEIGHT, WIDTH = 180, 320
THING = np.s_[60:120, 20:60]    # what moves away
BESIDE = np.s_[60:120, 76:132]  # ground all the time, as far from it as strokes reach
BEFORE, AFTER = 6, 2 * SETTLING_FRAMES


def strokes(seed: int, size: tuple[float, float]) -> np.ndarray:
    """A grey ground with strokes of that length along x and y, (H, W, 3)."""
    import cv2

    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH)), (0, 0), *size)
    return np.repeat((120 + 25 * noise / noise.std())[..., None].astype(np.float32), 3, axis=2)


def film() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A thing before a ground at rest, gone after some frames, and paintings: strokes go round it while it is there."""
    ground = texture(HEIGHT, WIDTH, 3)
    content, painted = [], []
    bent, straight = strokes(1, (2, 8)), strokes(2, (12, 4))
    straight = 120 + (straight - 120) / 5  # a ground like sky is painted faintly
    for index in range(BEFORE + AFTER):
        frame, picture = ground.copy(), straight.copy()
        if index < BEFORE:
            frame[THING] = 30
            picture[THING] = 30
            picture[BESIDE] = bent[BESIDE]
        content.append(frame)
        painted.append(np.clip(picture, 0, 255).astype(np.uint8))
    return content, painted


def far(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first[BESIDE].astype(np.float32) - second[BESIDE]).mean())


def test_strokes_that_went_round_what_is_gone_are_painted_anew_one_after_another() -> None:
    content, painted = film()
    state, shown = None, []
    for frame, picture in zip(content, painted, strict=True):
        held, state = Stabilizer(1.0).steadied(frame, picture, state)
        shown.append(held)
    assert far(shown[BEFORE + 1], painted[BEFORE - 1]) < 5  # held, while nothing tells yet
    steps = [far(after, before) for before, after in zip(shown[BEFORE:], shown[BEFORE + 1:], strict=False)]
    assert max(steps) < far(painted[0], painted[-1]) / 3
    assert far(shown[-1], painted[-1]) < 3


def test_strokes_that_swim_in_a_still_scene_are_held() -> None:
    ground = texture(HEIGHT, WIDTH, 3)
    state, shown = None, []
    for index in range(2 * SETTLING_FRAMES):
        swimming = (strokes(index, (4, 4)) + 120) / 2
        held, state = Stabilizer(1.0).steadied(ground, swimming.astype(np.uint8), state)
        shown.append(held)
    assert far(shown[-1], shown[0]) < 5


def test_only_at_rest_are_strokes_told_to_be_outdated() -> None:
    picture = strokes(1, (2, 8)).astype(np.uint8)
    rgba = np.dstack([picture, picture[..., :1]])
    last = replace(shown_last(np.ascontiguousarray(rgba), proxy_of(picture)), age=3)
    now = greys_of(around(np.ascontiguousarray(255 - rgba)))
    resting = outdated(last, now, now)
    assert 0 < resting.mean() < 3 / SETTLING_FRAMES
    assert not outdated(replace(last, where=last.where + np.float32(0.1)), now, now).any()
    assert not outdated(last, greys_of(last.around), now).any()
