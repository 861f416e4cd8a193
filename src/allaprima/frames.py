"""The nouns that rooms hand to each other: frames, what is known of a stream, where frames come from and go to.

Times are integers in units of a ``Fraction`` time base, never float seconds: a frame's time survives any number of
hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]
Rgb8 = NDArray[np.uint8]
"""A picture (H, W, 3) of 8 bits, RGB."""
Matrix = Literal["bt601", "bt709", "bt2020", "rgb"]
Range = Literal["limited", "full"]
FULL_SCALE = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}
"""The number that stands for white, by the name of a picture's type."""


@dataclass(frozen=True, slots=True)
class ColorTags:
    """What a stream says of its colours, in FFmpeg's numbers (ISO/IEC 23091-2); 2 means unspecified."""

    matrix: Matrix = "bt601"
    range: Range = "limited"
    matrix_code: int = 2
    primaries: int = 2
    transfer: int = 2
    tagged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """A picture of 8 bits as luma (H, W) and chroma (H / 2, W / 2) of even sides: YUV 4:2:0, as films mostly are kept.

    matrix, range: how RGB is made of it.
    """

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]
    matrix: Matrix
    range: Range

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.y.nbytes + self.u.nbytes + self.v.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Where a frame's points were in the frame before, as whoever made the frames knows it.

    backward: (h, w, 2) float32, x to the right and y down, in pixels of this field, which covers the picture at any
    size. trust: (h, w) float32, 0 to 1: whether the frame before shows the same point there.
    """

    backward: NDArray[np.float32]
    trust: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a stream.

    image: (H, W, 3) RGB in host memory; uint8 and uint16 use their whole range, float32 is [0, 1].
    alpha: (H, W) of the same type, or None where the stream has none.
    pts: time of showing in units of ``StreamInfo.time_base`` (live: monotonic nanoseconds).
    duration: in the same units, or None where it is not known.
    index: counts the frames of the source from 0; live, a gap means a dropped frame.
    full: the picture at its own size, where ``image`` is a small copy to be painted in its place, else None. small:
    that copy, once ``image`` is the painting. layers: further pictures of the same time that are painted beside this
    one, each for itself: the other layers of a plate. motion: from the frame before, where it is known.
    """

    image: Pixels
    alpha: Pixels | None
    pts: int
    duration: int | None
    index: int
    full: Pixels | Planes | None = None
    small: Pixels | None = None
    layers: tuple[Frame, ...] = ()
    motion: Vectors | None = None


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream before its first frame is handed out.

    width, height: in pixels as displayed, rotation already applied.
    frame_count: frames that will come, as far as the container tells; None where it does not.
    bit_depth: bits a channel that the source really holds (8 to 16).
    corner: where the left upper pixel lies on the grid of a plate's display window, x and y.
    """

    width: int
    height: int
    time_base: Fraction
    frame_rate: Fraction | None = None
    frame_count: int | None = None
    color: ColorTags = field(default_factory=ColorTags)
    sample_aspect_ratio: Fraction = Fraction(1)
    bit_depth: int = 8
    has_alpha: bool = False
    corner: tuple[int, int] = (0, 0)


class Source(Protocol):
    """Where frames come from; a context manager. A file's source can be opened again, for a second pass or a resume."""

    @property
    def info(self) -> StreamInfo: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...


class Sink(Protocol):
    """Where frames go; a context manager. Left with an error, it leaves nothing under the final name."""

    def write(self, frame: Frame) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...
