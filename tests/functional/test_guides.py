"""Guides: they change nothing of a picture but how it alternates from pixel to pixel, and tell where a place lies."""

import numpy as np
import pytest

from allaprima.frames import FULL_SCALE
from allaprima.functional.guides import AMPLITUDE, are_guides, field_of, guided, usual_guides

GUIDES = usual_guides()


def noise(dtype: str, height: int = 48, width: int = 64) -> np.ndarray:
    """A picture by chance, within what guides leave room for."""
    values = 0.2 + 0.6 * np.random.default_rng(3).random((1, height, width, 3))
    return values.astype(np.float32) if dtype == "float32" else np.rint(values * FULL_SCALE[dtype]).astype(dtype)


def of_fours(images: np.ndarray, signs: tuple[int, int, int, int]) -> np.ndarray:
    """Sums of every 2x2 pixels with those signs, as a share of full scale."""
    wide = images.astype(np.float64) / FULL_SCALE[images.dtype.name]
    parts = [wide[:, top::2, left::2] for top in (0, 1) for left in (0, 1)]
    return np.sum([sign * part for sign, part in zip(signs, parts, strict=True)], axis=0) / 4


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_what_alternates_is_the_guides_and_everything_else_the_pictures(dtype: str) -> None:
    images = noise(dtype)
    found = guided(images, GUIDES)
    step = 1 / FULL_SCALE[dtype] if dtype != "float32" else 1e-6
    assert found.dtype == images.dtype
    assert np.allclose(of_fours(found, (1, -1, -1, 1)), AMPLITUDE * field_of(GUIDES, 48, 64), atol=step)
    for signs in ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1)):
        assert np.allclose(of_fours(found, signs), of_fours(images, signs), atol=step)


@pytest.mark.parametrize("size", [(17, 24), (16, 23), (21, 33)])
def test_pictures_of_odd_sides_stay_as_large(size: tuple[int, int]) -> None:
    images = noise("uint8", *size)
    found = guided(images, GUIDES)
    assert found.shape == images.shape
    even = (size[0] // 2 * 2, size[1] // 2 * 2)
    expected = AMPLITUDE * field_of(GUIDES, *size)[:even[0] // 2, :even[1] // 2]
    assert np.allclose(of_fours(found[:, :even[0], :even[1]], (1, -1, -1, 1)), expected, atol=1 / 255)


def test_black_and_white_give_way_to_the_guides() -> None:
    for level in (0, 255):
        found = guided(np.full((1, 32, 32, 3), level, np.uint8), GUIDES)
        assert np.allclose(of_fours(found, (1, -1, -1, 1)), AMPLITUDE * field_of(GUIDES, 32, 32), atol=1 / 255)


def test_reflected_at_a_border_they_go_on() -> None:
    flat = guided(np.full((1, 48, 64, 3), 0.5, np.float32), GUIDES)
    told = of_fours(np.pad(flat, ((0, 0), (8, 8), (8, 8), (0, 0)), mode="reflect"), (1, -1, -1, 1))[0]
    beyond = np.pad(AMPLITUDE * field_of(GUIDES, 48, 64), ((4, 4), (4, 4), (0, 0)), mode="reflect")
    assert np.allclose(told, beyond, atol=0.15 * AMPLITUDE)


def test_every_place_has_a_value_of_its_own() -> None:
    field = field_of(GUIDES, 64, 96)
    assert field.shape == (32, 48, 3)
    assert np.abs(field).max() <= 1
    assert (np.diff(field[:, :, 0], axis=1) > 0).all()
    assert (np.diff(field[:, :, 1], axis=0) > 0).all()


def test_arrays_that_are_no_gaussians_are_known() -> None:
    assert are_guides(GUIDES)
    broken = GUIDES.copy()
    broken[0, 2] = 0
    nowhere = GUIDES.copy()
    nowhere[0, 0] = np.nan
    for array in (broken, nowhere, GUIDES[:, :5], GUIDES[:0], GUIDES.astype(np.float64), np.repeat(GUIDES, 9, axis=0)):
        assert not are_guides(array)
