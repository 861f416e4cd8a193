"""Moments of many frames as of one population: equal to those taken over all pixels at once."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.runtimes.calls import Moments
from allaprima.temporal.shots import Change
from allaprima.temporal.statistics import (
    LEAST_MOMENTUM,
    Running,
    followed,
    gathered,
    mixed,
    momentum_of,
    passed,
)


def moments_of(frames: np.ndarray) -> Moments:
    """Of frames (N, pixels, M)."""
    return Moments(frames.mean(axis=1), frames.var(axis=1))


@pytest.fixture
def frames() -> np.ndarray:
    random = np.random.default_rng(0)
    return (random.normal(0, 1, (6, 50, 4)) * random.uniform(1, 3, (6, 1, 4)) + random.normal(0, 5, (6, 1, 4))
            ).astype(np.float32)


def pooled(frames: np.ndarray) -> Moments:
    """Of all frames as of one."""
    return moments_of(frames.reshape(1, -1, frames.shape[2]))


def row(frames: np.ndarray, index: int) -> Moments:
    return moments_of(frames).of(index)


def test_a_first_pass_gathers_the_mean_of_all_frames(frames: np.ndarray) -> None:
    running: Running | None = None
    for index in range(6):
        running = gathered(running, row(frames, index), 1.0)
    assert running is not None
    assert running.frames == 6
    np.testing.assert_allclose(running.moments.variance, pooled(frames).variance, rtol=1e-4)


def test_mixing_with_itself_changes_nothing(frames: np.ndarray) -> None:
    own = pooled(frames)
    np.testing.assert_allclose(mixed(own, own, 0.3).variance, own.variance, rtol=1e-6)


def test_running_moments_begin_as_a_plain_mean_and_end_with_a_short_memory(frames: np.ndarray) -> None:
    running: Running | None = None
    for index in range(6):
        momentum = 1.0 if running is None else running.momentum(1.0)
        used = row(frames, index) if running is None else mixed(running.moments, row(frames, index), momentum)
        running = followed(running, used, 1.0)
    assert running is not None
    np.testing.assert_allclose(running.moments.variance, pooled(frames).variance, rtol=1e-4)
    assert Running(running.moments, 500).momentum(1.0) == LEAST_MOMENTUM


def measured(changes: dict[int, tuple[Change, float]], count: int, frames: np.ndarray) -> dict[int, float]:
    """The frames of a shot that are measured, with their own share."""
    running: Running | None = None
    found = {}
    for index in range(count):
        momentum = momentum_of(running, *changes.get(index, ("none", 0.0)), 1.0)
        if momentum > 0:
            found[index] = momentum
            running = followed(running, row(frames, 0), 1.0)
        else:
            assert running is not None
            running = passed(running)
    return found


def test_a_shots_first_frames_are_all_measured_and_then_one_in_eight(frames: np.ndarray) -> None:
    found = measured({}, 24, frames)
    assert list(found) == [0, 1, 2, 3, 11, 19]
    assert found[0] == 1
    assert found[1] == 1 / 2
    assert abs(found[11] - (1 - (1 - 1 / 5) ** 8)) < 1e-6


def test_frames_whose_light_or_look_changes_are_measured_and_those_that_go_dark_are_not(frames: np.ndarray) -> None:
    found = measured({5: ("rising", 0.0), 8: ("none", 0.05), 13: ("falling", 0.0)}, 14, frames)
    assert 5 in found
    assert found[8] > 0.4
    assert 13 not in found
    assert measured({1: ("falling", 0.0)}, 2, frames) == {0: 1.0}


def test_a_frame_counts_as_much_as_is_seen_of_it(frames: np.ndarray) -> None:
    running: Running | None = None
    for index, seen in enumerate((0.0, 0.25, 0.75, 0.0)):
        running = gathered(running, row(frames, index), seen)
    assert running is not None
    wanted = mixed(row(frames, 1), row(frames, 2), 0.75)
    np.testing.assert_allclose(running.moments.mean, wanted.mean, rtol=1e-5)
    np.testing.assert_allclose(running.moments.variance, wanted.variance, rtol=1e-5)


def test_what_comes_up_from_black_has_its_own_moments_and_what_goes_dark_those_of_its_shot(frames: np.ndarray) -> None:
    first = followed(None, row(frames, 0), 0.001)
    assert momentum_of(first, "none", 0.0, 0.3) > 0.99
    long = Running(row(frames, 0), 60.0, 3)
    assert momentum_of(long, "none", 0.0, 0.01) < 0.01
    assert momentum_of(long, "none", 0.0, 0.0) == 0
    assert momentum_of(long, "rising", 0.0, 0.1) >= 0.5
