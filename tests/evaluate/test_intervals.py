"""Bootstrap intervals over a grid of contents and styles."""

import numpy as np
import pytest

from allaprima.evaluate.intervals import draws, interval_of_mean, interval_of_ratio


def test_every_resample_weighs_one_in_all() -> None:
    weights = draws(3, 5, resamples=50)
    np.testing.assert_allclose(weights.sum((1, 2)), 1)
    assert weights.shape == (50, 3, 5)


def test_a_constant_grid_has_no_width() -> None:
    interval = interval_of_mean(np.full((4, 6), 2.5), draws(4, 6))
    assert interval == pytest.approx((2.5, 2.5, 2.5))


def test_an_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    """Contents and styles have effects of their own; intervals from cells drawn alone would cover far less often."""
    generator = np.random.default_rng(5)
    covered = 0
    for trial in range(200):
        grid = generator.normal(size=(12, 1)) + generator.normal(size=(1, 12)) + 0.2 * generator.normal(size=(12, 12))
        interval = interval_of_mean(grid, draws(12, 12, seed=trial, resamples=300))
        covered += interval.low <= 0 <= interval.high
    assert 0.85 < covered / 200 <= 1


def test_the_ratio_of_a_grid_to_its_double_is_a_half_whatever_is_drawn() -> None:
    grid = np.random.default_rng(1).uniform(1, 9, size=(5, 7))
    assert interval_of_ratio(grid, 2 * grid, draws(5, 7)) == pytest.approx((0.5, 0.5, 0.5))


def test_the_same_seed_gives_the_same_draws() -> None:
    assert np.array_equal(draws(4, 4, seed=3, resamples=9), draws(4, 4, seed=3, resamples=9))
    assert not np.array_equal(draws(4, 4, seed=3, resamples=9), draws(4, 4, seed=4, resamples=9))


def test_cells_that_tell_nothing_are_left_out_of_means_and_of_draws() -> None:
    grid = np.array([[1.0, 3.0], [np.nan, np.nan]])
    mean, low, high = interval_of_mean(grid, draws(2, 2))
    assert mean == 2
    assert 1 <= low < high <= 3
    assert np.isnan(interval_of_mean(np.full((2, 2), np.nan), draws(2, 2))).all()
