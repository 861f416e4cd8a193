"""Films painted small, seen large in luma and chroma: as the exact way paints them in RGB, edges and all."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.engines.detail import shrunk
from allaprima.engines.planes import (
    FRACTION,
    OVERSHOT,
    STEEPEST,
    enlarged,
    painted_planes,
    sharpened,
)
from allaprima.engines.upsampling import change_upsampled
from allaprima.frames import Matrix, Planes, Range
from allaprima.functional.luma import to_luma_and_chroma
from made_films import psnr

CODES = {"bt601": 5, "bt709": 1, "bt2020": 9}


def in_planes(picture: NDArray[np.uint8], matrix: Matrix = "bt709", levels: Range = "limited") -> Planes:
    wide = cv2.transform(picture, to_luma_and_chroma(matrix, levels))
    half = picture.shape[1] // 2, picture.shape[0] // 2
    u, v = (cv2.resize(np.ascontiguousarray(wide[..., index]), half, interpolation=cv2.INTER_AREA) for index in (1, 2))
    return Planes(np.ascontiguousarray(wide[..., 0]), u, v, matrix, levels)


def scene(height: int, width: int) -> NDArray[np.uint8]:
    """Smooth ground, hard edges thinner than a small pixel, fine texture."""
    rows, columns = np.mgrid[:height, :width]
    ground = 110 + 60 * np.sin(rows / 37 + columns / 23)[..., None] * np.array([1, -0.5, 0.7])
    ground[(rows + columns) % 61 < 2] = (20, 30, 40)
    ground[(rows - height // 2)**2 + (columns - width // 2)**2 < (height // 4)**2] += (60, 20, -50)
    ground += np.random.default_rng(0).normal(0, 4, ground.shape)
    return np.clip(ground, 0, 255).astype(np.uint8)


def painting_of(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Other colours, more contrast and strokes of its own."""
    turned = (small[..., [2, 0, 1]].astype(np.float32) - 128) * 1.5 + 128
    rows, columns = np.mgrid[:small.shape[0], :small.shape[1]]
    return np.clip(turned + 25 * np.sin(rows / 2 + columns / 3)[..., None], 0, 255).astype(np.uint8)


@pytest.mark.parametrize("levels", ["limited", "full"])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
def test_luma_and_chroma_are_those_that_ffmpeg_makes(matrix: Matrix, levels: Range) -> None:
    picture = scene(40, 64)
    frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(
        format="yuv444p", dst_colorspace=CODES[matrix], dst_color_range=1 if levels == "limited" else 2,
        interpolation=0x4 | 0x2000 | 0x4000 | 0x40000)
    wanted = frame.to_ndarray(channel_last=True)
    found = cv2.transform(picture, to_luma_and_chroma(matrix, levels))
    assert np.abs(found.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("size", [(360, 640), (270, 482), (722, 406)])
def test_planes_are_painted_as_rgb_is(size: tuple[int, int]) -> None:
    large = scene(*size)
    small = shrunk(large, 130)
    painted = painting_of(small)
    exact = in_planes(change_upsampled(large, small, painted))
    found = painted_planes(in_planes(large), small, painted)
    plain = cv2.resize(painted, large.shape[1::-1])
    assert psnr(exact.y, found.y) > 36
    assert psnr(exact.y, found.y) > psnr(exact.y, in_planes(plain).y) + 8  # edges thinner than a small pixel are kept
    for own, wanted in ((found.u, exact.u), (found.v, exact.v)):
        assert psnr(own, wanted) > 36


def test_a_picture_painted_as_itself_stays_as_it_is() -> None:
    large = scene(360, 640)
    small = shrunk(large, 180)
    planes, found = in_planes(large), painted_planes(in_planes(large), small, small)
    assert psnr(planes.y, found.y) > 36
    assert psnr(planes.u, found.u) > 40


def test_no_number_overflows() -> None:
    rng = np.random.default_rng(0)
    plane = rng.integers(0, 2, (70, 90)).astype(np.uint8) * np.uint8(255)
    own, painted = (rng.choice([-OVERSHOT, 255 + OVERSHOT], plane.shape).astype(np.int16) for _ in range(2))
    slope = rng.choice([-STEEPEST, STEEPEST], plane.shape).astype(np.int16)
    wide = plane.astype(np.int64) - own
    wanted = np.clip(((wide * slope + (1 << (FRACTION - 1))) >> FRACTION) + painted, 0, 255)
    np.testing.assert_array_equal(enlarged(plane, slope, own, painted), wanted)
    extreme = sharpened((255 * rng.integers(0, 2, (40, 50, 3))).astype(np.uint8))
    assert (extreme.min(), extreme.max()) == (-OVERSHOT, 255 + OVERSHOT)
