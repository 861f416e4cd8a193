"""Squares to measure with: cut from the centre, averaged, enlarged only where that is asked for."""

from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import OptionError
from allaprima.evaluate.pictures import centre_square, load_squares, pictures_in
from allaprima.sheets import encode_png


def write(path: Path, height: int, width: int) -> Path:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, width // 2:] = 255
    path.write_bytes(encode_png(picture))
    return path


def test_a_square_is_the_centre_by_area_means() -> None:
    picture = np.zeros((4, 8, 3), np.float32)
    picture[:, 2:6] = np.arange(16, dtype=np.float32).reshape(4, 4, 1)
    square = centre_square(picture, 2)
    np.testing.assert_allclose(square[..., 0], [[2.5, 4.5], [10.5, 12.5]])


def test_pictures_come_by_name_and_small_or_broken_ones_are_left_out_with_a_reason(tmp_path: Path) -> None:
    write(tmp_path / "b.png", 40, 60)
    write(tmp_path / "a.png", 60, 40)
    write(tmp_path / "small.png", 10, 60)
    (tmp_path / "torn.png").write_bytes(b"\x89PNG")
    squares, left_out = load_squares(pictures_in([tmp_path]), 32)
    assert [square.name for square in squares] == ["a", "b"]
    assert all(square.image.shape == (32, 32, 3) and square.image.dtype == np.float32 for square in squares)
    assert {missing.name: "smaller than 32" in missing.reason for missing in left_out} == {"small.png": True,
                                                                                         "torn.png": False}


def test_a_limit_takes_the_first_by_name(tmp_path: Path) -> None:
    for name in ("p10.png", "p2.png", "p1.png"):
        write(tmp_path / name, 8, 8)
    assert [path.name for path in pictures_in([tmp_path], 2)] == ["p1.png", "p2.png"]


def test_nothing_to_measure_with_is_an_error_that_says_why(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", 40, 40)
    with pytest.raises(OptionError, match="smaller than 64 pixels"):
        load_squares([path], 64)


def test_a_small_picture_is_enlarged_where_that_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", 40, 60)
    (square,), left_out = load_squares([path], 64, enlarge=True)
    assert left_out == []
    assert square.image.shape == (64, 64, 3)
    assert 0 <= square.image.min() <= square.image.max() <= 1
    np.testing.assert_allclose(square.image.mean(), 0.5, atol=0.02)
