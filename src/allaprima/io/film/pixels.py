"""Decoded frames to RGB arrays and back: one conversion, by the matrix and range of the tags, with careful chroma."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import ColorTags, Pixels, Planes
from allaprima.io.film.color_tags import CODE_OF_RANGE, CODES_WRITTEN, MATRIX_OF_CODE, RANGE_OF_CODE
from allaprima.io.film.planar import is_planar, planes_of, planes_of_rgb, rgb_of_planes

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

Integers = NDArray[np.uint8] | NDArray[np.uint16]

# SWS_BICUBIC | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_ACCURATE_RND. On a smooth 4:2:0 ramp the mean error of a
# round trip is 0.36 of 255, against 1.2 for the fast default, which repeats chroma samples.
CAREFUL = 0x4 | 0x2000 | 0x4000 | 0x40000
MEANS = 0x20 | 0x2000 | 0x4000 | 0x40000  # SWS_AREA with the same care, for smaller pictures
SWSCALE_CODE = {"bt601": 5, "bt709": 1, "bt2020": 9, "rgb": 1}


def rgb_of(frame: VideoFrame, tags: ColorTags, width: int, height: int, *, deep: bool, alpha: bool,
           converter: VideoReformatter) -> tuple[Integers, Integers | None]:
    """(height, width, 3) RGB and alpha or None of a decoded frame, uint16 over the whole range where ``deep``.

    A frame's own tags win over the stream's where they make sense; frames of another size are scaled to the given one,
    by the means of areas where that is smaller.
    """
    was = frame.colorspace, frame.color_range
    if frame.colorspace not in MATRIX_OF_CODE and tags.matrix != "rgb":
        frame.colorspace = tags.matrix_code if tags.matrix_code != 2 else CODES_WRITTEN[tags.matrix][0]
    if frame.color_range not in RANGE_OF_CODE:
        frame.color_range = CODE_OF_RANGE[tags.range]
    matrix = MATRIX_OF_CODE.get(frame.colorspace, tags.matrix)
    # Pictures of JPEG have their chroma elsewhere than films; they are left to swscale, which knows each frame's.
    if (not deep and not alpha and is_planar(frame) and (frame.width, frame.height) == (width, height)
            and frame.colorspace in CODES_WRITTEN[matrix]):
        rgb = rgb_of_planes(*planes_of(frame), matrix, RANGE_OF_CODE[frame.color_range])
        frame.colorspace, frame.color_range = was
        return rgb, None
    name = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    smaller = width < frame.width and height < frame.height
    converted = converter.reformat(frame, width, height, name, interpolation=MEANS if smaller else CAREFUL)
    frame.colorspace, frame.color_range = was
    array = cast(Integers, converted.to_ndarray())
    if not alpha:
        return contiguous(array), None
    return contiguous(array[..., :3]), contiguous(array[..., 3])


def frame_of(image: Integers, alpha: Integers | None, tags: ColorTags, pix_fmt: str,
             converter: VideoReformatter) -> VideoFrame:
    """A frame ready to be encoded: converted to ``pix_fmt`` with the matrix and range of ``tags``, and tagged so."""
    from av.video.frame import VideoFrame

    deep = image.dtype == np.uint16
    if alpha is None and not deep and pix_fmt == "yuv420p" and image.shape[0] % 2 == image.shape[1] % 2 == 0:
        return frame_of_planes(planes_of_rgb(np.asarray(image, np.uint8), tags.matrix, tags.range), tags)
    if alpha is None:
        source = VideoFrame.from_ndarray(image, "rgb48le" if deep else "rgb24")
    else:
        stacked = cast(Integers, np.dstack([image, alpha]))
        source = VideoFrame.from_ndarray(stacked, "rgba64le" if deep else "rgba")
    frame = converter.reformat(source, format=pix_fmt, interpolation=CAREFUL,
                               dst_colorspace=SWSCALE_CODE[tags.matrix], dst_color_range=CODE_OF_RANGE[tags.range])
    return tagged(frame, tags)


def frame_of_planes(planes: Planes, tags: ColorTags) -> VideoFrame:
    """Planes as a frame ready to be encoded, tagged; their matrix and range are those of the tags already."""
    from av.video.frame import VideoFrame

    height, width = planes.y.shape
    joined = np.concatenate([planes.y.reshape(-1), planes.u.reshape(-1), planes.v.reshape(-1)])
    frame = VideoFrame.from_ndarray(joined.reshape(height * 3 // 2, width), "yuv420p")
    return tagged(frame, tags)


def tagged(frame: VideoFrame, tags: ColorTags) -> VideoFrame:
    """The frame, with those tags: ProRes takes its own from here."""
    frame.colorspace, frame.color_range = tags.matrix_code, CODE_OF_RANGE[tags.range]
    frame.color_primaries, frame.color_trc = tags.primaries, tags.transfer
    return frame


def integers_of(pixels: Pixels) -> Integers:
    """The same picture as integers over their whole range; float32 is [0, 1], clipped and rounded to 16 bits."""
    if pixels.dtype == np.float32:
        return np.asarray(np.rint(np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 65535.0), np.uint16)
    return cast(Integers, pixels)


def contiguous(pixels: Integers) -> Integers:
    """The same samples in one block of memory."""
    return cast(Integers, np.ascontiguousarray(pixels))
