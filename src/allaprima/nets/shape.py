"""The sizes of a compact network and the order of its normalised convolutions: plain numbers, no tensor library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class NormalisedLayer:
    """Where a normalised convolution's channels stand in the network's row, and at which reduction it works."""

    channels: slice
    reduction: int


class Shape(NamedTuple):
    """The sizes of a compact network: what its weights file must say beside the weights."""

    half: int = 32
    quarter: int = 48
    eighth: int = 96
    eighth_blocks: int = 4
    quarter_blocks: int = 1
    skip_half: bool = False

    def normalised_layers(self) -> dict[str, NormalisedLayer]:
        """The normalised convolutions by name, in the order of the network's row."""
        sizes = [(f"eighth.{index}.{part}", self.eighth, 8)
                 for index in range(self.eighth_blocks) for part in ("first", "second")]
        sizes += [("up_to_quarter", self.quarter, 4), ("skip_quarter", self.quarter, 4)]
        sizes += [(f"quarter.{index}.{part}", self.quarter, 4)
                  for index in range(self.quarter_blocks) for part in ("first", "second")]
        sizes += [("up_to_half", self.half, 2)]
        sizes += [("skip_half", self.half, 2)] if self.skip_half else []
        layers: dict[str, NormalisedLayer] = {}
        start = 0
        for name, width, reduction in sizes:
            layers[name] = NormalisedLayer(slice(start, start + width), reduction)
            start += width
        return layers

    def channels(self) -> int:
        """The length of the row of normalised channels."""
        return sum(layer.channels.stop - layer.channels.start for layer in self.normalised_layers().values())

    def kilo_macs(self) -> float:
        """Thousands of multiplications a pixel in its convolutions."""
        half, quarter, eighth = self.half, self.quarter, self.eighth
        at_half = 9 * (12 * half + quarter * half) + self.skip_half * half * half
        at_quarter = 9 * (half * quarter + eighth * quarter + quarter * quarter
                          + 2 * self.quarter_blocks * quarter * quarter)
        at_eighth = 9 * (quarter * eighth + 2 * self.eighth_blocks * eighth * eighth)
        return (9 * half * 3 + at_half / 4 + at_quarter / 16 + at_eighth / 64) / 1000
