"""Kernels in steps as they lie in a file: Huffman-coded (RFC 1951), because small steps are by far the commonest.

A kernel's steps are spread like a bell, about five bits of information in eight. Deflate without matches comes within a
hundredth of that, and every installation of Python can read it. How much is unpacked is said before, and held to.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.int8]
MOST_STEPS = 1 << 25  # of one fit: thirty times those of a balanced
DIMENSIONS = (2, 4)


def packed_steps(kernels: Mapping[str, Steps]) -> NDArray[np.uint8]:
    """The steps of several kernels, one after the other, coded; uint8."""
    coder = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_HUFFMAN_ONLY)
    coded = b"".join([*(coder.compress(steps.tobytes()) for steps in kernels.values()), coder.flush()])
    return np.frombuffer(coded, np.uint8)


def unpacked_steps(coded: NDArray[np.uint8], shapes: Sequence[tuple[str, tuple[int, ...]]]) -> dict[str, Steps]:
    """The kernels of those names and shapes; raises ValueError where the code holds more, less or something else."""
    sizes = [math.prod(shape) for _, shape in shapes]
    if sum(sizes) > MOST_STEPS:
        raise ValueError(f"{sum(sizes)} steps are more than a network has")
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = decoder.decompress(coded.tobytes(), sum(sizes) + 1)
    except zlib.error as error:
        raise ValueError(f"the steps cannot be decoded: {error}") from error
    if len(content) != sum(sizes) or not decoder.eof or decoder.unused_data:
        raise ValueError(f"the steps are not the {sum(sizes)} that their shapes say")
    kernels: dict[str, Steps] = {}
    start = 0
    for (name, shape), size in zip(shapes, sizes, strict=True):
        kernels[name] = np.frombuffer(content, np.int8, size, start).reshape(shape)
        start += size
    return kernels


def checked_shapes(listed: object) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes as a file lists them; raises ValueError for anything else."""
    if not isinstance(listed, list) or len(listed) > 1024:
        raise ValueError("the kernels' shapes make no sense")
    shapes: list[tuple[str, tuple[int, ...]]] = []
    for item in listed:
        name, sizes = item if isinstance(item, list) and len(item) == 2 else (None, None)
        if (not isinstance(name, str) or not isinstance(sizes, list) or len(sizes) not in DIMENSIONS
                or not all(isinstance(size, int) and 0 < size <= MOST_STEPS for size in sizes)):
            raise ValueError("the kernels' shapes make no sense")
        shapes.append((name[:200], tuple(sizes)))
    if len({name for name, _ in shapes}) != len(shapes):
        raise ValueError("two of the kernels have one name")
    return shapes
