import numpy as np
import pytest

from allaprima.io.still.reading import read_image
from allaprima.temporal.fields import sampling_grid
from allaprima.temporal.proxies import Proxy, exposure_matched, half_of, proxy_of
from allaprima.temporal.stillness import moving
from places import ROOT

PICTURE = read_image(ROOT / "examples/photos/mountains.jpg").image[:400, :680]


def seen(shift_px: float, noise: float, seed: int, *, disc: bool = False) -> Proxy:
    """Half a copy of the picture, or of a disc in it, moved to the left by so many of its own pixels, with noise."""
    import cv2

    where = sampling_grid(360, 640) + np.array([20, 20], np.float32)
    x, y = sampling_grid(360, 640)[..., 0], sampling_grid(360, 640)[..., 1]
    inner = (x - 320) ** 2 + (y - 250) ** 2 < 70**2 if disc else np.ones_like(x, bool)
    where = where + inner[..., None] * np.array([shift_px, 0], np.float32)
    frame = cv2.remap(PICTURE, where, np.empty(0), cv2.INTER_CUBIC)
    grains = np.random.default_rng(seed).normal(0, noise, frame.shape)
    return half_of(proxy_of(np.clip(frame + grains, 0, 255).astype(np.uint8)))


@pytest.mark.parametrize("noise", [1.0, 4.0, 10.0])
def test_noise_does_not_move(noise: float) -> None:
    assert moving(seen(0, noise, 1), seen(0, noise, 2)).max() == 0


def test_light_that_rises_does_not_move() -> None:
    first, second = seen(0, 1.5, 1), seen(0, 1.5, 2)
    assert moving(exposure_matched((first * 0.9).astype(np.uint8), second), second).mean() < 0.02


@pytest.mark.parametrize("shift_px", [0.3, 1.0, 3.0, 12.0])
def test_a_picture_that_moves_moves_as_a_whole_its_flat_sky_too(shift_px: float) -> None:
    assert moving(seen(0, 1.5, 1), seen(shift_px, 1.5, 2)).mean() > 0.97


@pytest.mark.parametrize("shift_px", [1.0, 3.0, 12.0])
def test_one_thing_moves_and_what_is_far_from_it_lies_still(shift_px: float) -> None:
    moves = moving(seen(0, 1.5, 1), seen(shift_px, 1.5, 2, disc=True))
    assert moves[55:70, 70:90].min() == 1
    assert moves[:, :25].max() < 0.05
    assert moves[:, -25:].max() < 0.05


def test_stripes_might_move_along_themselves() -> None:
    stripes = np.zeros((90, 160, 4), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = stripes[:, 2::8] = 255
    assert moving(stripes, stripes).min() == 1
