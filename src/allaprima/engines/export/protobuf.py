"""The few messages of ONNX that a graph of ours is made of, in protobuf's wire format; the package onnx is not needed.

Field numbers are those of ``onnx.proto`` (ONNX IR version 8). A message is the bytes of its fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 8
TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "float16": 10}
"""The numbers by which ONNX names the types of tensors."""

Attribute = int | float | str | Sequence[int]
Dimension = int | str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file beside the graph a tensor's bytes lie."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of a graph: its name, the name of its numpy type, its sizes; a word is a size left open."""

    name: str
    dtype: str
    shape: tuple[Dimension, ...]


def varint(number: int) -> bytes:
    """A whole number in base 128, the lowest digits first; negative ones as 64 bits."""
    number &= (1 << 64) - 1
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def number(field: int, value: int) -> bytes:
    """A field that holds a whole number."""
    return varint(field << 3) + varint(value)


def real(field: int, value: float) -> bytes:
    """A field that holds a float32."""
    return varint(field << 3 | 5) + np.float32(value).tobytes()


def nested(field: int, content: bytes | str) -> bytes:
    """A field that holds bytes, a text or another message."""
    held = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(held)) + held


def attribute(name: str, value: Attribute) -> bytes:
    """An AttributeProto: a whole number, a float, a text, or several whole numbers."""
    if isinstance(value, int):
        return nested(1, name) + number(3, value) + number(20, 2)
    if isinstance(value, float):
        return nested(1, name) + real(2, value) + number(20, 1)
    if isinstance(value, str):
        return nested(1, name) + nested(4, value) + number(20, 3)
    return nested(1, name) + b"".join(number(8, one) for one in value) + number(20, 7)


def node(operation: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Mapping[str, Attribute]) -> bytes:
    """A NodeProto, named by its first output."""
    return (b"".join(nested(1, name) for name in inputs) + b"".join(nested(2, name) for name in outputs)
            + nested(3, outputs[0]) + nested(4, operation)
            + b"".join(nested(5, attribute(name, value)) for name, value in attributes.items()))


def tensor(name: str, values: NDArray[np.generic], place: Place | None = None) -> bytes:
    """A TensorProto with its values, or with the place where they lie outside."""
    head = b"".join(number(1, side) for side in values.shape) + number(2, TYPES[values.dtype.name]) + nested(8, name)
    if place is None:
        return head + nested(9, np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes())
    words = {"location": place.file, "offset": str(place.offset), "length": str(place.length)}
    return head + b"".join(nested(13, nested(1, key) + nested(2, word)) for key, word in words.items()) + number(14, 1)


def value(info: Value) -> bytes:
    """A ValueInfoProto."""
    sides = b"".join(nested(1, number(1, side) if isinstance(side, int) else nested(2, side)) for side in info.shape)
    return nested(1, info.name) + nested(2, nested(1, number(1, TYPES[info.dtype]) + nested(2, sides)))


def model(graph: bytes, opset: int, words: Mapping[str, str]) -> bytes:
    """A ModelProto; words: what is said of it, by name."""
    said = b"".join(nested(14, nested(1, key) + nested(2, word)) for key, word in words.items())
    return (number(1, IR_VERSION) + nested(2, "allaprima") + nested(7, graph)
            + nested(8, nested(1, "") + number(2, opset)) + said)
