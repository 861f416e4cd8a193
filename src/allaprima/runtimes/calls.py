"""What a runtime offers: networks compiled for one device and precision, called with batches of pictures.

A compiled network never sees a style's code: it takes the scales and biases of its normalised channels, so that
strength, blends and frozen statistics are arithmetic on small arrays out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.nets.shape import Shape

Batch = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]
"""Pictures (N, H, W, 3), RGB; integers use their whole range, floats are [0, 1]. What goes in comes out."""

Array = NDArray[np.generic]
"""Whatever a compiled graph takes or gives: pictures, maps of features, rows of numbers."""

Row = NDArray[np.float32]
Tensors = Mapping[str, Row]
Precision = Literal["fp32", "fp16", "bf16", "int8"]
Ranges = Mapping[str, tuple[float, float]]
"""The lowest and the highest input of a network's convolutions, by name: what 8-bit arithmetic has to reach."""

BASE_NETWORK = "0 base"  # what the moments of a base network are called, beside those of networks fitted to styles
EPSILON = 1e-5  # under the root of every deviation, as in functional.statistics


@dataclass(frozen=True, slots=True)
class Modulation:
    """What a look asks of a network, a row for each picture of a batch.

    scale, bias: (N, M), given to the normalised channels.
    keep: (N, 1), the share of the features as they were that is added (the reference model's way to weaken a style).
    mix: (N, 1), the share of the network's picture in the result; the rest is the content itself.
    """

    scale: Row
    bias: Row
    keep: Row
    mix: Row

    def part(self, pictures: slice) -> Modulation:
        """The rows of some pictures of a batch; a single row stands for all, in each of the four by itself."""
        return Modulation(*(rows if len(rows) == 1 else rows[pictures]
                            for rows in (self.scale, self.bias, self.keep, self.mix)))


@dataclass(frozen=True, slots=True)
class Moments:
    """Means and variances of the normalised channels before normalisation, (N, M) each.

    networks: where rows hold those of several networks, one after the other, which these are; empty for the rows of the
    base network alone. Moments of a network mean nothing to another one.
    """

    mean: Row
    variance: Row
    networks: tuple[str, ...] = ()

    def of(self, index: int) -> Moments:
        """The row of one picture; a single row stands for all."""
        return self.part(slice(index, index + 1))

    def part(self, pictures: slice) -> Moments:
        """The rows of some pictures of a batch; a single row stands for all."""
        if len(self.mean) == 1:
            return self
        return replace(self, mean=self.mean[pictures], variance=self.variance[pictures])

    def of_network(self, network: str) -> Moments | None:
        """Those of one of the networks that it holds, as its own; None where they are of others."""
        names = self.networks or (BASE_NETWORK,)
        if network not in names:
            return None
        count, place = len(names), names.index(network)
        mean, variance = (np.ascontiguousarray(np.split(values, count, axis=1)[place])
                          for values in (self.mean, self.variance))
        return Moments(mean, variance)


def folded(modulation: Modulation, moments: Moments) -> Modulation:
    """The modulation with the moments worked in: one scale and one bias a channel, nothing left to measure."""
    scale = modulation.scale / np.sqrt(moments.variance + EPSILON)
    return replace(modulation, scale=(scale + modulation.keep).astype(np.float32),
                   bias=(modulation.bias - moments.mean * scale).astype(np.float32),
                   keep=np.zeros_like(modulation.keep))


class Transfer(Protocol):
    """A network that paints pictures, compiled."""

    @property
    def channels(self) -> int:
        """The length M of the row of normalised channels."""
        ...

    def measure(self, images: Batch, modulation: Modulation, given: Moments | None = None,
                momentum: float = 1.0) -> tuple[Batch, Moments]:
        """Pictures normalised by a mixture of own moments (``momentum`` of it) and given ones, and that mixture."""
        ...

    def frozen(self, images: Batch, modulation: Modulation) -> Batch:
        """Pictures painted with a folded modulation."""
        ...


class Encoder(Protocol):
    """A network that gives a picture's style code (1920,), raw, for (H, W, 3) float32 RGB in [0, 1]."""

    def __call__(self, picture: NDArray[np.float32]) -> Row: ...


class Runtime(Protocol):
    """Compiles networks for one device at one precision."""

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def precision(self) -> Precision:
        """What its networks compute in; "int8": convolutions of known ranges in 8 bits, the rest in ``floats``."""
        ...

    @property
    def floats(self) -> Precision:
        """What is computed in where it is not in 8 bits."""
        ...

    @property
    def batch_size(self) -> int:
        """How many pictures in one call paint the most pictures a second."""
        ...

    def compact(self, tensors: Tensors, shape: Shape, ranges: Ranges | None = None) -> Transfer:
        """A compact network, compiled; without ``ranges`` nothing of it is computed in 8 bits."""
        ...

    def reference(self, encoder: Tensors, decoder: Tensors) -> Transfer:
        """The published AdaIN network, compiled."""
        ...

    def style_encoder(self, tensors: Tensors) -> Encoder:
        """The style encoder, compiled."""
        ...

    def vgg_code(self, tensors: Tensors) -> Encoder:
        """VGG-19's own statistics as a style encoder, compiled."""
        ...
