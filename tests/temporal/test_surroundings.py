"""What is passed by is found again by what surrounds it, where that moves as one thing."""

from __future__ import annotations

import numpy as np

from allaprima.temporal.fields import sampling_grid
from allaprima.temporal.surroundings import mean_around, regained

SHAPE = (90, 160)
HOLE = np.s_[30:50, 60:90]


def test_a_place_under_what_passes_by_is_moved_as_all_around_it() -> None:
    where = sampling_grid(*SHAPE) + np.float32([3, -1])
    trust = np.ones(SHAPE, np.float32)
    lost, trust[HOLE] = where.copy(), 0
    lost[HOLE] += np.float32([20, 11])
    found, sure = regained(lost, trust)
    assert np.abs(found - where).max() < 0.1
    assert sure[HOLE].min() > 0.9
    trust[HOLE] = 1
    assert not regained(where, trust)[1].any()  # nothing is lost


def test_between_two_things_that_move_apart_nothing_is_sure() -> None:
    where = sampling_grid(*SHAPE).copy()
    where[:, :75] -= np.float32([6, 0])
    trust = np.ones(SHAPE, np.float32)
    trust[HOLE] = 0
    assert regained(where, trust)[1].max() < 0.1


def test_a_mean_counts_what_is_trusted_and_is_nothing_much_where_nothing_is() -> None:
    values = np.ones((*SHAPE, 2), np.float32)
    weight = np.zeros(SHAPE, np.float32)
    values[:, :80], weight[:, :80] = 5, 1
    mean, support = mean_around(values, weight, 7)
    assert abs(float(mean[45, 78, 0]) - 5) < 0.05
    assert support[45, 150] < 0.01
