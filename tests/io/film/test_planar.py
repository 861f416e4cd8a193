"""Planes of luma and chroma as RGB and back: as swscale makes them where it is asked for care."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from allaprima.frames import ColorTags, Matrix, Range
from allaprima.io.film.color_tags import CODE_OF_RANGE
from allaprima.io.film.pixels import CAREFUL, SWSCALE_CODE, frame_of, rgb_of

CASES: list[tuple[Matrix, int, Range]] = [("bt601", 6, "limited"), ("bt709", 1, "limited"), ("bt2020", 9, "limited"),
                                          ("bt601", 5, "full"), ("bt709", 1, "full")]


def colourful(height: int, width: int) -> NDArray[np.uint8]:
    """A picture of soft colours with some detail."""
    rng = np.random.default_rng(3)
    soft = cv2.resize(rng.integers(30, 226, (5, 7, 3), dtype=np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(soft.astype(int) + rng.integers(-6, 7, (height, width, 1)), 0, 255), np.uint8)


def decoded(picture: NDArray[np.uint8], tags: ColorTags) -> av.VideoFrame:
    """The picture as a decoder would give it, by swscale."""
    frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(
        format="yuv420p", interpolation=CAREFUL, dst_colorspace=SWSCALE_CODE[tags.matrix],
        dst_color_range=CODE_OF_RANGE[tags.range])
    frame.colorspace, frame.color_range = tags.matrix_code, CODE_OF_RANGE[tags.range]
    return frame


def from_a_film(picture: NDArray[np.uint8], tags: ColorTags) -> av.VideoFrame:
    """The picture as H.264 without loss gives it back, which says where its chroma lies."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.shape[1], picture.shape[0], "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 25), {"qp": "0"}
    given = decoded(picture, tags)
    given.pts = 0
    packets = [*encoder.encode(given), *encoder.encode(None)]
    decoder = av.CodecContext.create("h264", "r")
    [frame] = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    frame.colorspace, frame.color_range = tags.matrix_code, CODE_OF_RANGE[tags.range]
    return frame


@pytest.mark.parametrize(("matrix", "code", "levels"), CASES)
def test_planes_become_the_rgb_that_a_careful_converter_makes_of_them(matrix: Matrix, code: int,
                                                                      levels: Range) -> None:
    picture, tags = colourful(48, 64), ColorTags(matrix, levels, code, 1, 1, tagged=True)
    frame = from_a_film(picture, tags)
    found, alpha = rgb_of(frame, tags, 64, 48, deep=False, alpha=False, converter=VideoReformatter())
    wanted = frame.reformat(format="rgb24", interpolation=CAREFUL, src_colorspace=SWSCALE_CODE[matrix],
                            src_color_range=CODE_OF_RANGE[levels]).to_ndarray()
    apart = np.abs(found.astype(int) - wanted)
    assert alpha is None
    assert apart.mean() < 0.6
    assert (apart <= 4).mean() > 0.99
    assert (frame.colorspace, frame.color_range) == (code, CODE_OF_RANGE[levels])


@pytest.mark.parametrize(("matrix", "code", "levels"), CASES)
def test_a_films_planes_come_out_of_their_rgb_where_they_lay(matrix: Matrix, code: int, levels: Range) -> None:
    tags = ColorTags(matrix, levels, code, 1, 1, tagged=True)
    frame = from_a_film(colourful(48, 64), tags)
    rgb = frame.reformat(format="rgb24", interpolation=CAREFUL, src_colorspace=SWSCALE_CODE[matrix],
                         src_color_range=CODE_OF_RANGE[levels]).to_ndarray()
    again = frame_of(rgb, None, tags, "yuv420p", VideoReformatter())
    apart = np.abs(again.to_ndarray().astype(int) - frame.to_ndarray())
    assert apart.mean() < 0.6
    assert apart.max() <= 4


def test_a_smooth_picture_comes_back_within_rounding() -> None:
    tags = ColorTags("bt709", "limited", 1, 1, 1, tagged=True)
    ramp = np.stack(np.broadcast_arrays(*np.ogrid[40:200:96j, 60:220:128j], np.float64(90)), axis=-1)
    picture = np.rint(ramp).astype(np.uint8)
    frame = frame_of(picture, None, tags, "yuv420p", VideoReformatter())
    back, _ = rgb_of(frame, tags, 128, 96, deep=False, alpha=False, converter=VideoReformatter())
    assert np.abs(back.astype(int) - picture).mean() < 0.7  # whole levels of luma and of chroma


def test_samples_that_say_they_are_full_are_read_so_whatever_the_tags() -> None:
    tags = ColorTags("bt601", "full", 5, 1, 1, tagged=True)
    frame = av.VideoFrame.from_ndarray(np.full((72, 64), 255, np.uint8), "yuvj420p")
    frame.planes[1].update(bytes([128]) * frame.planes[1].buffer_size)
    frame.planes[2].update(bytes([128]) * frame.planes[2].buffer_size)
    found, _ = rgb_of(frame, tags, 64, 48, deep=False, alpha=False, converter=VideoReformatter())
    assert (found == 255).all()


def test_odd_sides_and_deep_pictures_go_another_way() -> None:
    tags = ColorTags("bt709", "limited", 1, 1, 1, tagged=True)
    frame = decoded(colourful(48, 64), tags)
    deep, _ = rgb_of(frame, tags, 64, 48, deep=True, alpha=False, converter=VideoReformatter())
    assert deep.dtype == np.uint16
    small, _ = rgb_of(frame, tags, 33, 25, deep=False, alpha=False, converter=VideoReformatter())
    assert small.shape == (25, 33, 3)
