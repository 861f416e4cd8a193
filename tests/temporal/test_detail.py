import cv2
import numpy as np
import pytest

from allaprima.temporal.detail import coarse_size, reduced, sharpened


def test_colours_are_the_means_of_eight_by_eight_pixels() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (64, 96, 4), dtype=np.uint8)
    assert coarse_size(picture) == (12, 8)
    means = picture[..., :3].reshape(8, 8, 12, 8, 3).mean(axis=(1, 3))
    assert np.abs(reduced(picture) - means).max() <= 1  # it is rounded on the way


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_picture_that_was_softened_gets_its_finest_detail_back_and_a_sharp_one_stays(dtype: type) -> None:
    picture = np.random.default_rng(3).normal(128, 30, (64, 96, 4)).clip(0, 255).astype(dtype)
    soft = cv2.GaussianBlur(picture, (3, 3), 0.5)

    def finest(one: np.ndarray) -> float:
        return float((one.astype(np.float32) - cv2.blur(one, (3, 3))).std())

    assert finest(soft) < 0.75 * finest(picture)
    assert 0.8 < finest(sharpened(soft, picture)) / finest(picture) < 1.02
    assert sharpened(picture, soft) is picture


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_what_is_next_to_the_finest_comes_back_too_and_nothing_broader(dtype: type) -> None:
    noise = np.random.default_rng(4).normal(0, 1, (96, 128, 4))
    picture = (128 + 90 * cv2.GaussianBlur(noise, (0, 0), 1.2)).clip(0, 255).astype(dtype)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8)

    def band(one: np.ndarray, size: int, larger: int) -> float:
        wide = one.astype(np.float32)
        return float((cv2.blur(wide, (size, size)) - cv2.blur(wide, (larger, larger))).std())

    sharp = sharpened(soft, picture)
    assert band(soft, 3, 9) < 0.85 * band(picture, 3, 9)
    assert 0.95 < band(sharp, 3, 9) / band(picture, 3, 9) < 1.1
    assert abs(band(sharp, 17, 33) / band(soft, 17, 33) - 1) < 0.1


def test_nothing_is_cut_off_before_all_of_the_detail_is_added() -> None:
    """White beside black: by floating point and by bytes it is the same."""
    picture = np.zeros((48, 64, 4), np.uint8)
    picture[:, ::6] = 250
    soft = cv2.blur(picture, (3, 3))
    wide = sharpened(soft.astype(np.float32), picture.astype(np.float32))
    assert np.abs(sharpened(soft, picture) - wide.clip(0, 255)).max() <= 1.5
