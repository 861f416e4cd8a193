"""A graph of ONNX operations as it grows: every operation gives the name of its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.export import protobuf
from allaprima.engines.export.protobuf import Attribute, Place, Value

OPSET = 15  # old enough for engines of games and phones, new enough for padding by sizes that only the picture tells
Floats = Literal["float32", "float16"]
Array = NDArray[np.generic]


class Graph:
    """Operations, constants, inputs and outputs, written as one ONNX file.

    floats: what is computed in; inputs and outputs are float32 always. outside: the name of a file beside the graph's
    in which the constants lie that are named as such, one after the other; None to keep them in the graph.
    """

    def __init__(self, name: str, floats: Floats = "float32", outside: str | None = None) -> None:
        self.name, self.floats, self.outside = name, floats, outside
        self.inputs: list[Value] = []
        self.outputs: list[Value] = []
        self.places: dict[str, Place] = {}
        self._nodes: list[bytes] = []
        self._constants: dict[str, bytes] = {}
        self._names: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._end = 0

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """A float32 input, by name."""
        self.inputs.append(Value(name, "float32", tuple(shape)))
        return name

    def output(self, name: str, source: str, shape: Sequence[int | str]) -> None:
        """A float32 output: what ``source`` names."""
        self.outputs.append(Value(name, "float32", tuple(shape)))
        self._nodes.append(protobuf.node("Identity", [source], [name], {}))

    def constant(self, values: Array, name: str = "") -> str:
        """A constant; floats in the graph's own kind. One that is named may lie outside, where the graph has such."""
        held = values.astype(self.floats) if np.issubdtype(values.dtype, np.floating) else values
        return self._held(held, name)

    def exactly(self, values: Array) -> str:
        """A constant of just that type."""
        return self._held(values)

    def _held(self, values: Array, name: str = "") -> str:
        key = values.dtype.name, values.shape, values.tobytes()
        if not name and key in self._names:
            return self._names[key]
        called, place = name or f"constant_{len(self._constants)}", None
        if name and self.outside is not None:
            place = self.places[name] = Place(self.outside, self._end, values.nbytes)
            self._end += values.nbytes
        elif not name:
            self._names[key] = called
        self._constants[called] = protobuf.tensor(called, values, place)
        return called

    def whole(self, *numbers: int) -> str:
        """Whole numbers as a constant: sizes, places, axes."""
        return self.constant(np.array(numbers, np.int64))

    def call(self, operation: str, *inputs: str, **attributes: Attribute) -> str:
        """The result of an operation."""
        result = f"{operation.lower()}_{len(self._nodes)}"
        self._nodes.append(protobuf.node(operation, inputs, [result], attributes))
        return result

    def cast(self, x: str, dtype: str) -> str:
        """The same numbers in another type."""
        return self.call("Cast", x, to=protobuf.TYPES[dtype])

    def narrowed(self, x: str) -> str:
        """Float32 numbers as the graph computes with them."""
        return x if self.floats == "float32" else self.cast(x, self.floats)

    def widened(self, x: str) -> str:
        """The graph's numbers as float32."""
        return x if self.floats == "float32" else self.cast(x, "float32")

    def content(self, words: Mapping[str, str]) -> bytes:
        """The file; words: what it says of itself."""
        graph = (b"".join(protobuf.nested(1, node) for node in self._nodes) + protobuf.nested(2, self.name)
                 + b"".join(protobuf.nested(5, constant) for constant in self._constants.values())
                 + b"".join(protobuf.nested(11, protobuf.value(one)) for one in self.inputs)
                 + b"".join(protobuf.nested(12, protobuf.value(one)) for one in self.outputs))
        return protobuf.model(graph, OPSET, words)
