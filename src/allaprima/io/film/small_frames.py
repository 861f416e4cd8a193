"""Decoded frames as planes at the size of the result, and as small RGB to be painted: there is no large RGB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allaprima.frames import ColorTags, Planes, Rgb8
from allaprima.io.film.color_tags import CODE_OF_RANGE, CODES_WRITTEN, MATRIX_OF_CODE, RANGE_OF_CODE
from allaprima.io.film.pixels import CAREFUL, MEANS, SWSCALE_CODE
from allaprima.io.film.planar import PLANAR, planes_of, rgb_of_planes

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_LANCZOS = 0x200 | 0x2000 | 0x4000 | 0x40000


@dataclass(frozen=True, slots=True)
class SmallSize:
    """What frames are read as.

    width, height: of the planes, both even. color: their matrix and range. small_width, small_height: of the copy.
    """

    width: int
    height: int
    color: ColorTags
    small_width: int
    small_height: int


class SmallReader:
    """Converts decoded frames one after the other; tags: what the stream says of its colours."""

    def __init__(self, size: SmallSize, tags: ColorTags) -> None:
        from av.video.reformatter import VideoReformatter

        self.size, self.tags = size, tags
        self._to_planes, self._to_small = VideoReformatter(), VideoReformatter()

    def __call__(self, frame: VideoFrame) -> tuple[Rgb8, None, Planes]:
        """The frame's small copy (h, w, 3), no alpha, and its planes."""
        size = self.size
        matrix, levels = SWSCALE_CODE[size.color.matrix], CODE_OF_RANGE[size.color.range]
        frame = self._planar(frame)
        # The chroma is brought to the luma's size on the way, in one step with the luma's shrinking.
        small = self._to_small.reformat(frame, size.small_width, size.small_height, "yuv444p", matrix, matrix, MEANS,
                                        levels, levels)
        return (rgb_of_planes(*planes_of(small), size.color.matrix, size.color.range), None,
                Planes(*planes_of(frame), size.color.matrix, size.color.range))

    def _planar(self, frame: VideoFrame) -> VideoFrame:
        """The frame as planes of the size and the colours wanted: itself, where it is that."""
        size = self.size
        matrix = frame.colorspace if frame.colorspace in MATRIX_OF_CODE else (
            self.tags.matrix_code if self.tags.matrix_code != 2 else CODES_WRITTEN[self.tags.matrix][0])
        levels = frame.color_range if frame.color_range in RANGE_OF_CODE else CODE_OF_RANGE[self.tags.range]
        if (frame.format.name in PLANAR and (frame.width, frame.height) == (size.width, size.height)
                and matrix in CODES_WRITTEN[size.color.matrix] and levels == CODE_OF_RANGE[size.color.range]):
            return frame
        smaller = size.width * size.height < frame.width * frame.height
        larger = size.width * size.height > frame.width * frame.height
        # FFmpeg's numbers for matrices are those of swscale, but for BT.601's second one.
        return self._to_planes.reformat(
            frame, size.width, size.height, "yuv420p", 5 if matrix == 6 else matrix, SWSCALE_CODE[size.color.matrix],
            MEANS if smaller else _LANCZOS if larger else CAREFUL, levels, CODE_OF_RANGE[size.color.range])
