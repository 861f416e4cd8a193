"""Moments of many frames as of one population: equal to those taken over all pixels at once."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.runtimes.calls import Moments
from allaprima.temporal.statistics import LEAST_MOMENTUM, Running, followed, gathered, mixed, pooled


def moments_of(frames: np.ndarray) -> Moments:
    """Of frames (N, pixels, M)."""
    return Moments(frames.mean(axis=1), frames.var(axis=1))


@pytest.fixture
def frames() -> np.ndarray:
    random = np.random.default_rng(0)
    return (random.normal(0, 1, (6, 50, 4)) * random.uniform(1, 3, (6, 1, 4)) + random.normal(0, 5, (6, 1, 4))
            ).astype(np.float32)


def test_pooled_moments_are_those_of_all_pixels(frames: np.ndarray) -> None:
    all_at_once = moments_of(frames.reshape(1, 300, 4))
    together = pooled(moments_of(frames))
    np.testing.assert_allclose(together.mean, all_at_once.mean, atol=1e-4)
    np.testing.assert_allclose(together.variance, all_at_once.variance, rtol=1e-4)


@pytest.mark.parametrize("sizes", [(6,), (1,) * 6, (4, 2), (3, 1, 2)])
def test_a_first_pass_gathers_the_same_whatever_its_batches(frames: np.ndarray, sizes: tuple[int, ...]) -> None:
    running, start = None, 0
    for size in sizes:
        batch = np.concatenate([frames[start:start + size], frames[:2]])  # padding, not to be counted
        running, start = gathered(running, moments_of(batch), size), start + size
    assert running is not None
    assert running.frames == 6
    np.testing.assert_allclose(running.moments.variance, pooled(moments_of(frames)).variance, rtol=1e-4)


def test_mixing_with_itself_changes_nothing(frames: np.ndarray) -> None:
    own = pooled(moments_of(frames))
    np.testing.assert_allclose(mixed(own, own, 0.3).variance, own.variance, rtol=1e-6)


def test_running_moments_begin_as_a_plain_mean_and_end_with_a_short_memory(frames: np.ndarray) -> None:
    own = moments_of(frames)
    running: Running | None = None
    for index in range(6):
        frame = Moments(own.mean[index:index + 1], own.variance[index:index + 1])
        used = frame if running is None else mixed(running.moments, frame, running.momentum)
        running = followed(running, used, 1)
    assert running is not None
    np.testing.assert_allclose(running.moments.variance, pooled(own).variance, rtol=1e-4)
    assert Running(running.moments, 500).momentum == LEAST_MOMENTUM
