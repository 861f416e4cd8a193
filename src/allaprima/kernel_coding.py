"""Kernels in steps as they lie in a file: coded by Deflate (RFC 1951), because small steps are by far the commonest.

A kernel's steps are spread like a bell, and those of filters that no picture needs are nothing at all. Huffman's codes
with runs, and no other matches, come within a hundredth of what such steps tell, and every installation of Python
and every browser can read them. How much is unpacked is said before, and held to.

Fitted styles and files of weights are coded so. A file of weights keeps its scales and vectors as they are and has the
steps of all tensors in 8 bits in one tensor, whose parts its head names.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.parsing import parsed_json

Steps = NDArray[np.int8]
Arrays = dict[str, NDArray[np.generic]]
MOST_STEPS = 1 << 25  # of one file: thirty times those of a fitted balanced, three times those of its mixed kernels
MOST_KERNELS = 1024
DIMENSIONS = (2, 4, 5)
CODED = "steps"  # the tensor of a file of weights that holds them, and what its head calls the list of its parts


def packed_steps(kernels: Mapping[str, Steps]) -> NDArray[np.uint8]:
    """The steps of several kernels, one after the other, coded; uint8."""
    coder = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_RLE)
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
    if not isinstance(listed, list) or len(listed) > MOST_KERNELS:
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


def packed_tensors(tensors: Mapping[str, NDArray[np.generic]]) -> tuple[Arrays, dict[str, str]]:
    """What a file of weights holds in place of these tensors, and the words for its head."""
    steps = {name: cast(Steps, tensor) for name, tensor in tensors.items() if tensor.dtype == np.int8}
    rest = {name: tensor for name, tensor in tensors.items() if name not in steps}
    return ({**rest, CODED: packed_steps(steps)},
            {CODED: json.dumps([[name, list(tensor.shape)] for name, tensor in steps.items()])})


def unpacked_tensors(held: Mapping[str, NDArray[np.generic]], words: Mapping[str, object]) -> Arrays:
    """The tensors of a file of weights, those that its head lists decoded; raises ValueError where they are damaged."""
    said = words.get(CODED)
    if said is None:
        return dict(held)
    shapes, coded = checked_shapes(parsed_json(str(said))), held.get(CODED)
    if coded is None or coded.dtype != np.uint8 or coded.ndim != 1:
        raise ValueError("the steps are no bytes")
    rest = {name: tensor for name, tensor in held.items() if name != CODED}
    steps = unpacked_steps(cast(NDArray[np.uint8], coded), shapes)
    if steps.keys() & rest.keys():
        raise ValueError("a tensor is there twice")
    return {**rest, **steps}
