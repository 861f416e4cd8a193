import cv2
import numpy as np
import pytest

from allaprima.temporal.detail import coarse_size, deviation, reduced, sharpened


def test_colours_are_the_means_of_eight_by_eight_pixels() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    assert coarse_size(picture) == (12, 8)
    means = picture.reshape(8, 8, 12, 8, 3).mean(axis=(1, 3))
    assert np.abs(reduced(picture) - means).max() <= 1  # it is rounded on the way


def test_detail_is_what_deviates_from_the_colours() -> None:
    random = np.random.default_rng(2)
    ramp = np.linspace(40, 200, 240, dtype=np.float32)[None, :, None] * np.ones((160, 1, 3), np.float32)
    for spread in (2.0, 20.0):
        picture = (ramp + random.normal(0, spread, ramp.shape)).astype(np.float32)
        found = deviation(picture, reduced(picture))
        assert 0.9 * spread < found < 1.1 * spread


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_picture_that_was_softened_gets_its_finest_detail_back_and_a_sharp_one_stays(dtype: type) -> None:
    picture = np.random.default_rng(3).normal(128, 30, (64, 96, 3)).clip(0, 255).astype(dtype)
    soft = cv2.GaussianBlur(picture, (3, 3), 0.5)

    def finest(one: np.ndarray) -> float:
        return float((one.astype(np.float32) - cv2.blur(one, (3, 3))).std())

    assert finest(soft) < 0.75 * finest(picture)
    assert 0.8 < finest(sharpened(soft, picture)) / finest(picture) < 1.02
    assert sharpened(picture, soft) is picture
