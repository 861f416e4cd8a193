"""A bilateral grid gives back changes of light and colour, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.frames import Pixels
from allaprima.functional.bilateral_grid import BAND, LEVELS, cells_of, fitted, sliced, sums_of

MAP = np.array([[0.6, 0.2, 0.0], [0.1, 0.5, 0.1], [0.0, 0.1, 0.7]], np.float32)
OFFSET = np.array([0.1, 0.05, 0.15], np.float32)


def scene(height: int = 96, width: int = 128) -> NDArray[np.float32]:
    """A picture of many colours with a hard edge down its middle."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y / height, x / width
    left = np.stack([0.2 + 0.2 * y, 0.3 * x + 0.1, 0.1 + 0.1 * np.sin(9 * x) ** 2], axis=2)
    right = np.stack([0.6 + 0.3 * y, 0.7 + 0.2 * np.cos(7 * x), 0.9 - 0.3 * y], axis=2)
    return np.where((x < 0.5)[..., None], left, right).astype(np.float32)


def changed(content: Pixels, made: Pixels, at: Pixels | None = None) -> NDArray[np.float32]:
    """The content, or another picture, by the grid that fits what was made of the content."""
    shown = content if at is None else at
    result = np.empty(shown.shape, np.float32)
    for rows, part in sliced(shown, fitted(sums_of(content, made))):
        result[rows] = part
    return result


def test_a_change_of_light_and_colour_comes_back_as_it_was() -> None:
    content = scene()
    made = content @ MAP.T + OFFSET
    assert np.abs(changed(content, made) - made).max() < 0.01


def test_a_grid_fitted_small_is_sliced_at_any_size() -> None:
    content, large = scene(), scene(3 * 96 + 1, 3 * 128)
    made = content @ MAP.T + OFFSET
    assert np.abs(changed(content, made, at=large) - (large @ MAP.T + OFFSET)).max() < 0.015


def test_strokes_have_no_place_in_a_grid() -> None:
    content = np.full((96, 128, 3), 0.5, np.float32) + 0.05 * scene()
    strokes = 0.2 * np.sign(np.sin(np.arange(128) * 1.5))[None, :, None].astype(np.float32)
    result = changed(content, np.clip(content + strokes, 0, 1))
    assert np.abs(result - content).max() < 0.05


def test_either_side_of_an_edge_has_its_own_change() -> None:
    content = np.full((96, 128, 3), 0.2, np.float32)
    content[:, 64:] = 0.8
    made = content.copy()
    made[:, :64] += np.array([0.3, 0, 0], np.float32)
    made[:, 64:] -= np.array([0, 0, 0.3], np.float32)
    assert np.abs(changed(content, made) - made).max() < 0.03, "the change bleeds over the edge"


def test_a_change_follows_the_place() -> None:
    content = np.full((96, 128, 3), 0.5, np.float32) + 0.1 * scene()
    made = content.copy()
    made[..., 0] += np.linspace(-0.3, 0.3, 128, dtype=np.float32)
    assert np.abs(changed(content, made) - made).mean() < 0.03


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_whole_numbers_are_changed_as_fractions_are(dtype: str) -> None:
    full = np.iinfo(dtype).max
    content, made = (np.rint(picture * full).astype(dtype) for picture in (scene(), scene() @ MAP.T + OFFSET))
    assert np.abs(changed(content, made) - made.astype(np.float32)).max() < 0.015 * full


def test_shadows_that_a_change_would_cut_off_at_black_keep_their_detail() -> None:
    grain = np.random.default_rng(0).normal(0, 0.04, (96, 128, 1)).astype(np.float32)
    content = np.clip(0.25 + 0.05 * scene() + grain, 0, 1)
    made = np.clip(4 * (content - 0.27), 0, 1)
    result = changed(content, made)
    assert (made <= 0).mean() > 0.4
    assert (result <= 0).mean() < 0.05
    assert np.corrcoef(result.ravel(), made.ravel())[0, 1] > 0.8


def test_an_even_picture_has_a_map_of_its_own() -> None:
    content, made = np.full((40, 64, 3), 0.4, np.float32), np.full((40, 64, 3), 0.7, np.float32)
    assert np.abs(changed(content, made) - made).max() < 0.01


def test_a_picture_of_which_nothing_counts_stays() -> None:
    content = scene(40, 64)
    sums = sums_of(content, 1 - content, np.zeros((40, 64), np.float32))
    for rows, part in sliced(content, fitted(sums)):
        assert np.abs(part - content[rows]).max() < 1e-4


def test_what_weighs_nothing_does_not_count() -> None:
    content = scene()
    made = content @ MAP.T + OFFSET
    spoiled, weight = made.copy(), np.ones((96, 128), np.float32)
    spoiled[:48], weight[:48] = 0, 0
    for rows, part in sliced(content, fitted(sums_of(content, spoiled, weight))):
        assert np.abs(part - made[rows]).max() < 0.06


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 300), (BAND, BAND), (BAND + 1, 7), (3, 33_000)])
def test_the_smallest_and_the_widest_pictures_have_a_grid(height: int, width: int) -> None:
    content = np.random.default_rng(0).random((height, width, 3)).astype(np.float32)
    assert np.abs(changed(content, content) - content).max() < 0.01


def test_cells_are_as_wide_as_high() -> None:
    assert cells_of(360, 640) == (8, 14)
    assert cells_of(640, 360) == (14, 8)
    assert cells_of(10, 10_000)[1] < 100
    assert sums_of(scene(), scene()).shape == (8, 11, LEVELS, 4, 7)
