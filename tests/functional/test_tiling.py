"""Spans that cover a side, and moments gathered over parts."""

from itertools import pairwise

import numpy as np
import pytest

from allaprima.functional.tiling import Population, spans


@pytest.mark.parametrize(("length", "longest", "halo"), [(100, 200, 16), (1000, 200, 16), (1003, 200, 32), (333, 80, 0),
                                                         (205, 200, 40), (17, 16, 8), (8000, 2048, 96)])
def test_spans_cover_a_side_with_a_halo_around_what_counts(length, longest, halo):
    found = spans(length, longest, halo, 8)
    assert {span.stop - span.start for span in found} == {found[0].stop - found[0].start}
    assert (found[0].own_start, found[0].start, found[-1].own_stop, found[-1].stop) == (0, 0, length, length)
    for one, after in pairwise(found):
        assert one.own_stop == after.own_start
        assert one.stop - one.own_stop >= halo
        assert after.own_start - after.start >= halo
        assert after.start % 8 == after.own_start % 8 == 0
    if len(found) > 1 and longest >= 2 * halo + 16:
        assert found[0].stop <= longest


def test_a_map_smaller_by_eight_has_the_same_spans_smaller_by_eight():
    for span in spans(1003, 200, 32, 8):
        small = span.at(8)
        assert small.start * 8 == span.start
        assert small.own_start * 8 == span.own_start
        assert small.own_stop == -(-span.own_stop // 8)


def test_gathered_moments_are_those_of_all_values_even_far_from_zero():
    values = np.random.default_rng(0).normal(1000, 0.01, (3, 5000))
    values[:, 4000:] += 5
    gathered = Population(0, np.zeros(3), np.zeros(3))
    for start, stop in ((0, 1), (1, 1), (1, 700), (700, 4321), (4321, 5000)):
        part = values[:, start:stop]
        mean = part.mean(axis=1) if stop > start else np.zeros(3)
        gathered = gathered.with_more(Population(stop - start, mean, ((part - mean[:, None]) ** 2).sum(axis=1)))
    np.testing.assert_allclose(gathered.mean, values.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(gathered.variance(), values.var(axis=1), rtol=1e-9)
    np.testing.assert_allclose(gathered.variance(unbiased=True), values.var(axis=1, ddof=1), rtol=1e-9)
