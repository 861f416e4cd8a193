"""What a look keeps of a photograph: all of it but light and colour, in its regions too, and none of the strokes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.engines import Look, Region, Style
from allaprima.engines.looks import CODE_LENGTH
from allaprima.engines.photoreal import photoreal
from allaprima.engines.regions import mixed, shares_of
from allaprima.errors import OptionError

STYLE = Style("a style", np.zeros(CODE_LENGTH, np.float32), (1, 1, 1, 1), "none")
HEIGHT, WIDTH = 96, 128


def photograph(full: int = 255) -> NDArray[np.float32]:
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return full * np.stack([0.3 + 0.4 * x / WIDTH, 0.3 + 0.3 * np.sin(y / 9) ** 2, 0.4 + 0.3 * y / HEIGHT], axis=2)


def strokes() -> NDArray[np.float32]:
    return np.sign(np.sin(np.arange(WIDTH) * 1.3)).astype(np.float32)[None, :, None]


def test_a_photograph_is_painted_without_strokes() -> None:
    content = np.rint(photograph()).astype(np.uint8)
    made = np.clip(0.7 * photograph() + [30, 10, 0], 0, 255)
    painted = np.rint(np.clip(made + 20 * strokes(), 0, 255)).astype(np.uint8)
    result = photoreal(content[None], painted[None], [Look(STYLE, photoreal=1.0)])[0]
    assert result.dtype == np.uint8
    assert np.abs(result - made).mean() < 3
    assert np.abs(painted - made).mean() > 15


def test_half_of_it_is_half_way() -> None:
    content = np.rint(photograph()).astype(np.uint8)
    painted = np.rint(np.clip(0.7 * photograph() + 20 * strokes(), 0, 255)).astype(np.uint8)
    none, half, whole = (photoreal(content[None], painted[None], [Look(STYLE, photoreal=share)])[0].astype(int)
                         for share in (0.0, 0.5, 1.0))
    assert np.array_equal(none, painted)
    assert np.abs(half - (painted + whole) / 2).max() <= 1


def test_strength_0_is_the_content_to_the_bit() -> None:
    content = np.rint(photograph()).astype(np.uint8)
    assert np.array_equal(photoreal(content[None], content[None], [Look(STYLE, 0.0, photoreal=1.0)])[0], content)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_regions_change_each_by_itself_and_what_keeps_the_content_keeps_it_to_the_bit(dtype: type) -> None:
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    content = (photograph(full) if dtype == np.float32 else np.rint(photograph(full))).astype(dtype)
    left = np.zeros((HEIGHT, WIDTH), np.float32)
    left[:, :40] = 1
    middle = np.roll(left, 44, axis=1)
    look = Look(STYLE, 1.0, regions=(Region(Look(STYLE), left), Region(Look(STYLE), middle)), keeps_rest=True,
                photoreal=1.0)
    made = [content * 0.6, content * 0.6 + 0.3 * full]
    shares = shares_of(look, HEIGHT, WIDTH)
    painted = mixed(content, [(made[0].astype(dtype), shares[0]), (made[1].astype(dtype), shares[1]),
                              (content, shares[2])])
    result = photoreal(content[None], painted[None], [look])[0].astype(np.float32)
    rest = shares[2] == 1
    assert rest.any()
    assert np.array_equal(result[rest], content[rest].astype(np.float32))
    for index in (0, 1):
        inside = shares[index] == 1
        assert np.abs(result[inside] - made[index][inside]).max() < 0.03 * full, "another region bleeds into it"
    softer = photoreal(content[None], painted[None], [replace(look, photoreal=0.3)])[0]
    assert np.array_equal(softer[rest], content[rest])


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(OptionError, match=r"photoreal 1\.5 is out of range"):
        Look(STYLE, photoreal=1.5)
