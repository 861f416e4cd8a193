"""Differences of kernels as values: they add up, fit in 8 bits, and tell each other apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allaprima.engines import blended, settled
from allaprima.engines.fitted import checked, digest_of, in_bytes, mixed_ranges, mixed_tensors
from standin import SHA256, chance_fit, chance_style, chance_tensors


def test_eight_bits_keep_a_difference_to_half_a_step_of_its_kernel() -> None:
    difference = np.random.default_rng(0).normal(size=(8, 4, 3, 3)).astype(np.float32)
    difference[3] *= 100
    difference[5, 0, 0, 0] = 300  # one number far out makes the steps of its kernel coarser, and of no other
    packed = in_bytes(difference)
    assert packed.values.dtype == np.int8
    usual, largest = np.sqrt((difference ** 2).mean(axis=(1, 2, 3))), np.abs(difference).max(axis=(1, 2, 3))
    step = np.maximum(usual / 8, largest / 127)
    assert (np.abs(packed.array() - difference) <= step[:, None, None, None] * 0.501).all()
    assert in_bytes(np.zeros((2, 1, 1, 1), np.float32)).array().max() == 0


def test_differences_add_up_by_their_shares_and_leave_the_base_alone() -> None:
    base = chance_tensors()
    first, second = chance_fit(1), chance_fit(2)
    name = "eighth.0.first.convolution.weight"
    before = base[name].copy()
    tensors = mixed_tensors(base, ((first, 0.7), (second, 0.3)))
    wanted = before + 0.7 * first.kernels[name].array() + 0.3 * second.kernels[name].array()
    np.testing.assert_allclose(tensors[name], wanted, atol=1e-6)
    np.testing.assert_array_equal(base[name], before)
    assert tensors["null_style"] is base["null_style"]


def test_ranges_of_a_mixture_hold_those_of_its_parts() -> None:
    first = replace(chance_fit(1), ranges={"a": (-1, 2), "b": (0, 1)})
    second = replace(chance_fit(2), ranges={"a": (0, 3)})
    assert mixed_ranges({"a": (-5, 0)}, ((first, 0.5), (second, 0.5))) == {"a": (-1, 3)}
    assert mixed_ranges({"a": (-5, 0), "b": (0, 9)}, ((first, 0.5),)) == {"a": (-5, 2), "b": (0, 9)}
    assert mixed_ranges(None, ((first, 0.5),)) == {}


def test_a_fit_is_known_by_what_is_in_it() -> None:
    assert digest_of(chance_fit(1)) == digest_of(chance_fit(1))
    assert digest_of(chance_fit(1)) != digest_of(chance_fit(2))
    assert digest_of(chance_fit(1)) != digest_of(replace(chance_fit(1), ranges={}))


def test_a_fit_of_another_network_is_found_out() -> None:
    fitted, base = chance_fit(1), chance_tensors()
    assert checked(fitted, base) is None
    assert "long" in str(checked(replace(fitted, row=fitted.row[:-1]), base))
    strange = replace(fitted, kernels={"elsewhere": in_bytes(np.zeros((1, 1), np.float32))})
    assert "kernels" in str(checked(strange, base))


def test_a_moving_blend_is_a_network_for_each_part_and_a_settled_one_a_single_network() -> None:
    first, second = chance_style("a", 1, chance_fit(1)), chance_style("b", 2, chance_fit(2))
    plain = chance_style("c", 3)
    moving = blended([(blended([(first, 1), (plain, 1)]), 1), (second, 1)])
    assert [(style.name, share) for style, share in moving.networks(SHA256)] == [("c", 0.25), ("a", 0.25), ("b", 0.5)]
    assert moving.mixture(SHA256) == ()
    still = settled([(first, 0.75), (second, 0.25)])
    assert still.networks(SHA256) == ((still, 1.0),)
    assert [share for _, share in still.mixture(SHA256)] == [0.75, 0.25]
    np.testing.assert_array_equal(still.code, blended([(first, 0.75), (second, 0.25)]).code)


def test_where_nothing_is_fitted_to_the_network_a_blend_is_one_of_codes() -> None:
    first, second = chance_style("a", 1, chance_fit(1)), chance_style("b", 2)
    for mix in (blended, settled):
        blend = mix([(first, 0.5), (second, 0.5)])
        assert blend.networks("another") == ((blend, 1.0),)
        assert blend.mixture("another") == ()
    assert blended([(second, 0.5), (chance_style("c", 3), 0.5)]).parts == ()
