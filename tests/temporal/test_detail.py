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
