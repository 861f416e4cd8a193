"""What full transparency hides is filled from what is seen: the same whatever lay there."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.functional.hidden import cut_out, filled, on_white

ROWS, COLUMNS = np.mgrid[0:60, 0:90]
DISC = (ROWS - 30) ** 2 + (COLUMNS - 40) ** 2 < 15**2


def picture(dtype: type = np.uint8, seed: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).integers(0, 256, (60, 90, 3))
    return (values * {np.uint8: 1, np.uint16: 257, np.float32: 1 / 255}[dtype]).astype(dtype)


def alpha_of(shown: np.ndarray, dtype: type = np.uint8) -> np.ndarray:
    return (shown * {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("name", ["disc", "ring", "corner", "point", "rows", "letters"])
def test_what_was_hidden_takes_no_part_and_what_is_seen_stays(dtype: type, name: str) -> None:
    letters = np.random.default_rng(3).random((60, 90)) > 0.7
    shown = {"disc": DISC, "ring": ~DISC, "corner": (ROWS < 9) & (COLUMNS > 70), "point": (ROWS == 8) & (COLUMNS == 3),
             "rows": ROWS == 59, "letters": letters}[name]
    one, other = picture(dtype), np.where(shown[..., None], picture(dtype), picture(dtype, 2))
    alpha = alpha_of(shown, dtype)
    result = filled(one, alpha)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, filled(other, alpha))
    np.testing.assert_array_equal(result[shown], one[shown])
    seen = {tuple(color) for color in one[shown].tolist()}
    assert {tuple(color) for color in result.reshape(-1, 3).tolist()} <= seen


def test_what_is_half_seen_is_seen() -> None:
    alpha = np.where(DISC, 255, 1).astype(np.uint8)
    one = picture()
    assert filled(one, alpha) is one
    assert filled(one, None) is one


def test_where_nothing_is_seen_there_is_white_and_no_cut_out() -> None:
    nothing = np.zeros((60, 90), np.uint8)
    assert (filled(picture(), nothing) == 255).all()
    assert cut_out(picture(), nothing) is None


def test_a_cut_out_is_the_part_that_shows() -> None:
    part = cut_out(picture(), alpha_of(DISC))
    assert part is not None
    assert part.shape == (29, 29, 3)
    np.testing.assert_array_equal(part[14], picture()[30, 26:55])


def test_a_mirrored_surrounding_varies_as_what_is_seen_does() -> None:
    result = filled(picture(), alpha_of(DISC)).astype(float)
    assert 0.8 < result.std() / picture()[DISC].std() < 1.2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_on_white_lies_by_its_alpha(dtype: type) -> None:
    full = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    colors = np.zeros((1, 3, 3), dtype)
    colors[0, 1] = full // 3 if dtype is not np.float32 else 1 / 3
    alpha = np.array([[0, full, full]], np.float64)
    alpha[0, 2] = full / 5 if dtype is np.float32 else full // 5
    laid = on_white(colors, alpha.astype(dtype))
    assert laid.dtype == dtype
    assert (laid[0, 0] == full).all()
    np.testing.assert_array_equal(laid[0, 1], colors[0, 1])
    np.testing.assert_allclose(laid[0, 2], full * 4 / 5, rtol=1e-6)
