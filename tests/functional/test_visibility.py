"""The share in which a picture is painted: all of a photograph, nothing of a flat one, smooth between."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from allaprima.functional.visibility import evenness_of, middle_of, small_planes, visibility
from temporal_scenes import texture

PHOTO = texture(90, 160, 3)


def scaled(picture: np.ndarray, share: float, towards: float = 0.0) -> np.ndarray:
    return np.rint(share * picture.astype(np.float64) + (1 - share) * towards).astype(np.uint8)


def noisy(level: int, deviation: float = 1.5) -> np.ndarray:
    random = np.random.default_rng(2)
    return np.clip(level + random.normal(0, deviation, (360, 640, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("level", [0, 16, 128, 235, 255])
def test_flat_pictures_with_and_without_noise_are_not_painted(level: int) -> None:
    assert visibility(np.full((90, 160, 3), level, np.uint8)) == 0
    assert visibility(noisy(level)) == 0
    assert visibility(np.full((90, 160, 3), [level, 40, 200], np.uint8)) == 0


def test_photographs_are_painted_wholly_night_scenes_and_titles_too() -> None:
    assert visibility(PHOTO) == 1
    night = scaled(PHOTO, 0.2)
    night[30:34, 50:54] = 200  # a lamp
    assert visibility(night) == 1
    title = np.zeros((360, 640, 3), np.uint8)
    title[170:190, 200:440:6] = 255  # strokes of a pixel
    title[170:190, 201:440:6] = 255
    assert visibility(title) > 0.5
    assert visibility(255 - title) > 0.5
    fog = scaled(PHOTO, 0.4, 180)
    assert visibility(fog) == 1


@pytest.mark.parametrize("towards", [0, 128, 255])
def test_in_a_fade_the_share_falls_smoothly_from_all_to_nothing(towards: float) -> None:
    shares = [visibility(scaled(PHOTO, 1 - step / 40, towards)) for step in range(41)]
    assert shares[0] == 1
    assert shares[-1] == 0
    assert all(later <= before for before, later in pairwise(shares))
    assert max(before - later for before, later in pairwise(shares)) < 0.2


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_the_share_is_the_same_for_wider_pictures_and_other_sizes(dtype: type) -> None:
    picture = scaled(PHOTO, 0.3)
    scale = 257 if dtype is np.uint16 else 1 / 255
    wide = (picture * np.float64(scale)).astype(dtype)
    assert abs(visibility(wide) - visibility(picture)) < 1e-6
    large = np.repeat(np.repeat(picture, 3, axis=0), 3, axis=1)
    assert abs(visibility(large) - visibility(picture)) < 1e-6
    assert 0 < visibility(picture) < 1


def test_a_single_row_and_a_single_pixel_have_a_share() -> None:
    assert visibility(np.zeros((1, 1, 3), np.uint8)) == 0
    assert visibility(np.arange(240, dtype=np.uint8).repeat(3).reshape(1, 240, 3)) == 1


def test_a_title_is_even_and_a_photograph_is_not() -> None:
    title = np.zeros((90, 160, 3), np.uint8)
    title[40:48, 50:110:3] = 255
    assert evenness_of(small_planes(title)) > 0.9
    assert evenness_of(small_planes(scaled(title, 0.2))) > 0.9
    assert evenness_of(small_planes(PHOTO)) < 0.5
    assert evenness_of(small_planes(scaled(PHOTO, 0.05))) < 0.5  # in a fade, too


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (4, 6)])
def test_the_middle_of_a_plane_is_its_median(shape: tuple[int, int]) -> None:
    plane = np.random.default_rng(1).random(shape).astype(np.float32)
    assert middle_of(plane) == np.median(plane)
