import numpy as np
import pytest

from allaprima.sheets import fitted, grid

RED = np.full((4, 6, 3), (255, 0, 0), np.uint8)
BLUE = np.full((2, 2, 3), (0, 0, 255), np.uint8)


def test_cells_stand_in_rows_and_columns_with_gaps_between() -> None:
    sheet = grid([[RED, BLUE], [BLUE]], gap=1, background=(9, 9, 9))
    assert sheet.shape == (1 + 4 + 1 + 2 + 1, 1 + 6 + 1 + 2 + 1, 3)
    np.testing.assert_array_equal(sheet[1:5, 1:7], RED)
    np.testing.assert_array_equal(sheet[2:4, 8:10], BLUE)
    np.testing.assert_array_equal(sheet[6:8, 3:5], BLUE)
    assert (sheet == (9, 9, 9)).all(axis=2).sum() == sheet.shape[0] * sheet.shape[1] - 24 - 4 - 4


def test_an_empty_cell_shows_the_background() -> None:
    sheet = grid([[None, RED]], gap=0)
    np.testing.assert_array_equal(sheet, RED)


def test_a_grid_of_nothing_is_refused() -> None:
    for rows in ([], [[]], [[None]]):
        with pytest.raises(ValueError, match="at least one"):
            grid(rows)


def test_fitting_keeps_the_aspect_and_never_enlarges() -> None:
    assert fitted(np.zeros((100, 200, 3), np.uint8), 50, 50).shape == (25, 50, 3)
    assert fitted(np.zeros((300, 3, 3), np.uint8), 50, 10).shape == (10, 1, 3)
    assert fitted(RED, 50, 50) is RED


def test_fitting_is_the_mean_over_areas() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    means = picture.reshape(10, 4, 15, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(fitted(picture, 15, 10), means, atol=0.51)
    assert abs(fitted(picture, 17, 17).mean() - picture.mean()) < 1.5
