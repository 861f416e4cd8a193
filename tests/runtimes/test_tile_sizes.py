"""Pictures are painted whole where memory does, in tiles where it does not, and refused where tiles would not fit."""

import pytest

from allaprima.errors import OutOfMemory
from allaprima.runtimes.tile_sizes import LARGEST_SIDE, WHOLE, Needs, Tiling, tiling_for

NEEDS = Needs(at_work=100, kept=30.0, reach=64)
MIB = 1 << 20


def test_what_fits_is_painted_whole():
    assert tiling_for(1000, 1000, NEEDS, 2, free=100_000_000) is None
    assert tiling_for(1000, 1000, NEEDS, 2, free=99_999_999) is not None


def test_what_others_would_miss_is_painted_in_tiles_even_if_it_is_free():
    side = int((WHOLE / 100) ** 0.5) + 1
    assert tiling_for(side, side, NEEDS, 2, free=1 << 60) == Tiling(LARGEST_SIDE, 2)
    assert tiling_for(side, side, NEEDS, 2, free=None) == Tiling(LARGEST_SIDE, 2)


def test_tiles_take_no_more_than_what_the_whole_leaves():
    free = 60 * MIB
    tiling = tiling_for(1000, 1000, NEEDS, 2, free)
    assert tiling is not None
    assert 30.0 * 1000 * 1000 + tiling.at_once * 100 * tiling.side**2 <= free
    assert tiling.side >= 2 * 64


def test_fewer_tiles_at_once_are_tried_before_giving_up():
    tiling = tiling_for(1000, 1000, NEEDS, 8, free=30_000_000 + 100 * 200**2)
    assert tiling == Tiling(200, 1)


def test_what_fits_in_no_way_is_refused_with_what_it_would_take():
    with pytest.raises(OutOfMemory, match="1000x1000, not even in tiles") as caught:
        tiling_for(1000, 1000, NEEDS, 2, free=30_000_000)
    assert "--detail" in str(caught.value.hint)
