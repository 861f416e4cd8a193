"""How much a look has changed: none for equal looks, all for another kind, in proportion between."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from allaprima.engines import Look, Region, Style
from allaprima.engines.looks import CODE_LENGTH, blended
from allaprima.pipeline.looks.changes import change_between, traits_of


def style(seed: int) -> Style:
    code = np.abs(np.random.default_rng(seed).normal(size=CODE_LENGTH)).astype(np.float32)
    return Style(str(seed), code, (1, 1, 1, 1), "e")


A, B = style(1), style(2)


def change(before: Look, after: Look) -> float:
    return change_between(traits_of(before), traits_of(after))


def test_equal_looks_have_not_changed() -> None:
    assert change(Look(A, 0.5), Look(replace(A), 0.5)) == 0


def test_strength_counts_by_its_difference() -> None:
    assert abs(change(Look(A, 0.5), Look(A, 0.6)) - 0.1) < 1e-6


def test_a_cross_fade_changes_evenly_and_less_a_frame_the_longer_it_lasts() -> None:
    def steps(count: int) -> list[float]:
        looks = [Look(blended([(A, 1 - way), (B, way)])) for way in np.linspace(0, 1, count + 1)]
        return [change(one, other) for one, other in pairwise(looks)]

    short, long = steps(5), steps(50)
    assert max(long) < 0.2 * max(short)
    assert max(short) < 2 * min(short)
    assert change(Look(A), Look(B)) > 0.5


def test_another_way_with_colours_is_another_look() -> None:
    assert change(Look(A), Look(A, color="luminance")) == 1


def test_a_region_that_moves_or_changes_is_a_change() -> None:
    left = np.zeros((4, 8), np.float32)
    left[:, :4] = 1
    look = Look(A, regions=(Region(Look(B), left),))
    assert change(look, replace(look, regions=(Region(Look(B), np.roll(left, 1, axis=1)),))) == 0.25
    assert change(look, replace(look, regions=(Region(Look(B, 0.7), left),))) > 0.25
    assert change(look, Look(A)) == 1


def test_a_region_that_was_found_moves_with_the_content_and_changes_nothing() -> None:
    left = np.zeros((4, 8), np.float32)
    left[:, :4] = 1
    look = Look(A, regions=(Region(Look(B), left, found=True),))
    assert change(look, replace(look, regions=(Region(Look(B), np.roll(left, 1, axis=1), found=True),))) == 0
    assert change(look, replace(look, regions=(Region(Look(B, 0.7), left, found=True),))) > 0.25
    assert change(look, replace(look, regions=(Region(Look(A), left, found=True),))) > 0.25
