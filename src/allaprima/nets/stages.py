"""Networks cut at their normalisations, so that the moments of a picture of any size can be found tile by tile.

A stage computes the next normalised convolution from maps whose moments are already known. Plain data and the order of
operations, once for every tensor library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from allaprima.nets.shape import NormalisedLayer, Shape

T = TypeVar("T")

Origin = Literal["picture", "trunk", "inner", "residual", "joined"]
"""What a stage's convolution is given: the picture; the trunk; the first convolution of a block, normalised; the trunk
with a block's outcome added; or the features from below joined with those that skipped them."""

READ: dict[Origin, tuple[str, ...]] = {"picture": ("picture",), "trunk": ("trunk",), "inner": ("latest",),
                                       "residual": ("trunk", "latest"), "joined": ("latest", "at_quarter")}
ENTRY = "entry"
HALO = 8          # pixels: one position at 1/8, two at 1/4: as far as any stage after the first sees
ENTRY_HALO = 16   # three convolutions, of which two halve the size: 8 pixels, and the skip at 1/4 four more
VGG_HALO = 32     # relu4_1 sees 30 pixels


@dataclass(frozen=True, slots=True)
class Stage:
    """One pass over a picture.

    name: the normalised convolution that it computes. origin: what of. after: the normalised convolution whose output
    is the map "latest" before it. reads, keeps: maps of earlier stages, and for later ones, with their reductions.
    measures: the normalised convolutions whose moments it finds. halo: pixels that it sees beyond its own.
    """

    name: str
    origin: Origin
    after: str
    reads: Mapping[str, int]
    keeps: Mapping[str, int]
    measures: Mapping[str, NormalisedLayer]
    halo: int = HALO


@dataclass(frozen=True, slots=True)
class Layout:
    """A network as stages.

    channels: the length of its row. reach: pixels that it sees beyond its own, rounded up to eights. margin: of
    reflected pixels around the picture, or None. unbiased: variances divide by count - 1. kept_values: the most that
    its stages keep at a time, in values a pixel of the picture.
    """

    channels: int
    stages: tuple[Stage, ...]
    reach: int
    margin: int | None
    unbiased: bool
    kept_values: float


def compact_layout(shape: Shape, margin: int) -> Layout:
    """A compact network of that shape."""
    layers = shape.normalised_layers()
    skips = [name for name in ("skip_quarter", "skip_half") if name in layers]
    stages = [Stage(ENTRY, "picture", "", {"picture": 1}, {"at_quarter": 4, "trunk": 8},
                    {name: layers[name] for name in skips}, ENTRY_HALO)]

    def add(name: str, origin: Origin, after: str, *kept: str) -> None:
        before, here = layers[after].reduction if after else 8, layers[name].reduction
        stages.append(Stage(name, origin, after, dict.fromkeys(READ[origin], before), dict.fromkeys(kept, here),
                            {name: layers[name]}))

    def add_blocks(level: str, count: int, origin: Origin, after: str) -> tuple[Origin, str]:
        for index in range(count):
            first, second = f"{level}.{index}.first", f"{level}.{index}.second"
            add(first, origin, after, *(["latest"] if origin == "trunk" else ["trunk", "latest"]))
            add(second, "inner", first, "latest")
            origin, after = "residual", second
        return origin, after

    add("up_to_quarter", *add_blocks("eighth", shape.eighth_blocks, "trunk", ""), "latest")
    add("up_to_half", *add_blocks("quarter", shape.quarter_blocks, "joined", "up_to_quarter"))
    reach = 16 * shape.eighth_blocks + 8 * shape.quarter_blocks + 24
    kept = max(4 * shape.eighth / 64 + shape.quarter / 16, 4 * shape.quarter / 16)
    return Layout(shape.channels(), tuple(stages), reach, margin, unbiased=False, kept_values=kept)


def reference_layout(channels: int) -> Layout:
    """The published AdaIN network: one normalisation, of the encoder's features."""
    name, layer = "features", NormalisedLayer(slice(0, channels), 8)
    features = Stage(name, "picture", "", {"picture": 1}, {}, {name: layer}, VGG_HALO)
    return Layout(channels, (features,), 2 * VGG_HALO + 8, margin=None, unbiased=True, kept_values=0)


class Operations(Protocol[T]):
    """A compact network's operations in one tensor library; convolutions by name, their borders replicated."""

    def halved(self, picture: T) -> T:
        """The picture, less a half, its 2x2 squares as channels."""
        ...

    def reduced(self, name: str, x: T, stride: int) -> T:
        """A convolution with its bias, then ReLU."""
        ...

    def convolved(self, name: str, x: T) -> T:
        """A normalised convolution, before it is normalised; of twice the size where it is one that upsamples."""
        ...

    def normalised(self, name: str, x: T) -> T:
        """The output of that convolution by its scale and bias, moments worked in."""
        ...

    def relu(self, x: T) -> T: ...

    def added(self, x: T, y: T) -> T: ...


def computed(stage: Stage, operations: Operations[T], maps: Mapping[str, T]) -> dict[str, T]:
    """What a compact network's stage keeps and what it measures, by name, of the maps that it reads."""
    if stage.origin == "picture":
        at_half = operations.reduced("to_half", operations.halved(maps["picture"]), 1)
        at_quarter = operations.reduced("to_quarter", at_half, 2)
        sources = {"skip_half": at_half, "skip_quarter": at_quarter}
        return {"at_quarter": at_quarter, "trunk": operations.reduced("to_eighth", at_quarter, 2),
                **{name: operations.convolved(name, sources[name]) for name in stage.measures}}
    x = origin_of(stage, operations, maps)
    latest = operations.convolved(stage.name, x)
    return {"trunk": x, "latest": latest, stage.name: latest}


def origin_of(stage: Stage, operations: Operations[T], maps: Mapping[str, T]) -> T:
    """What the stage's convolution is given."""
    if stage.origin == "trunk":
        return maps["trunk"]
    latest = operations.normalised(stage.after, maps["latest"])
    if stage.origin == "inner":
        return operations.relu(latest)
    if stage.origin == "residual":
        return operations.added(maps["trunk"], latest)
    skip = operations.normalised("skip_quarter", operations.convolved("skip_quarter", maps["at_quarter"]))
    return operations.relu(operations.added(latest, skip))
