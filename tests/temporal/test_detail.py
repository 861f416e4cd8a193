import numpy as np

from allaprima.temporal.detail import coarse_size, deviation, reduced


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
