"""Pictures too large to be painted at once: the whole picture's moments stage by stage, then tile after tile by them.

Every stage passes over the picture in tiles and keeps its maps whole, at 1/4 and 1/8 of the picture's size, so that the
next one's moments are of features normalised as the whole picture's are. Tiles overlap by as much as a network sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.functional.padding import MULTIPLE, padding_for
from allaprima.functional.tiling import Population, Span, spans
from allaprima.nets.shape import NormalisedLayer
from allaprima.nets.stages import Layout, Stage
from allaprima.runtimes.calls import Array, Batch, Modulation, Moments, folded
from allaprima.runtimes.tile_sizes import Needs, Tiling


@dataclass(frozen=True, slots=True)
class Tile:
    """What a stage is run on: pictures of a numpy type in tiles of so many pixels, ``at_once`` of them in one call."""

    pixels: str
    height: int
    width: int
    at_once: int

    @property
    def kept(self) -> str:
        """The type of the maps between stages: 8 bits leave more noise than halves round away."""
        return kept_as(self.pixels)

    def shape(self, reduction: int) -> tuple[int, int]:
        """Rows and columns of its map at 1/``reduction``."""
        return -(-self.height // reduction), -(-self.width // reduction)


def kept_as(pixels: str) -> str:
    """The type of the maps between stages for pictures of a type."""
    return "float16" if pixels == "uint8" else "float32"


def needs_of(layout: Layout, bytes_a_pixel: int, pixels: str) -> Needs:
    """What a picture of that type takes: in tiles also its result, and the maps between stages."""
    kept = layout.kept_values * np.dtype(kept_as(pixels)).itemsize
    return Needs(bytes_a_pixel, kept + 3 * np.dtype(pixels).itemsize, layout.reach)


class StageRunner(Protocol):
    """Runs a stage on several tiles of one size.

    inputs: for each tile its maps by name (1, C, h, w), or its "picture" (1, h, w, 3); where it normalises, "scale"
    and "bias" (1, M); "inside_4" and the like, ones where positions count, and "counted_4", one over their number.
    Gives back for each the maps that the stage keeps, then mean and variance of every layer that it measures.
    """

    def __call__(self, stage: Stage, tile: Tile, inputs: Sequence[Mapping[str, Array]]) -> list[list[Array]]: ...


def moments_of(picture: Batch, modulation: Modulation, layout: Layout, run: StageRunner, tiling: Tiling,
               given: Moments | None = None, momentum: float = 1.0) -> Moments:
    """The moments by which a picture (1, H, W, 3) is normalised as a whole, (1, M) each.

    A mixture, ``momentum`` of it the picture's own, where others are given.
    """
    mean, variance = np.zeros((1, layout.channels), np.float32), np.ones((1, layout.channels), np.float32)
    surface, maps = Surface(picture[0], layout.margin), dict[str, Array]()
    for index, stage in enumerate(layout.stages):
        rows = folded(modulation, Moments(mean, variance))
        kept, found = passed_over(stage, surface, maps, rows, run, tiling)
        maps = {name: values for name, values in {**maps, **kept}.items() if read_from(name, layout.stages[index + 1:])}
        for name, layer in stage.measures.items():
            own = found[name].mean, found[name].variance(unbiased=layout.unbiased)
            if given is not None:
                own = mixed(own, given, layer.channels, momentum)
            mean[0, layer.channels], variance[0, layer.channels] = own
    return Moments(mean, variance)


def read_from(name: str, later: Sequence[Stage]) -> bool:
    """Whether a later stage reads this map before another keeps one of that name."""
    for stage in later:
        if name in stage.reads:
            return True
        if name in stage.keeps:
            return False
    return False


def mixed(own: tuple[NDArray[np.float64], NDArray[np.float64]], given: Moments, channels: slice,
          momentum: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and variances of both populations together, as ``functional.statistics.pooled_moments``."""
    mean, variance = given.mean[0, channels], given.variance[0, channels]
    between = momentum * (1 - momentum) * (own[0] - mean) ** 2
    return momentum * own[0] + (1 - momentum) * mean, momentum * own[1] + (1 - momentum) * variance + between


class Surface:
    """A picture (H, W, 3) as its network sees it, with a margin of its reflection where it has one."""

    def __init__(self, picture: NDArray[np.generic], margin: int | None) -> None:
        height, width = picture.shape[:2]
        self.picture = picture
        self.place = padding_for(height, width, margin or 0)
        self.rows, self.columns = np.arange(height), np.arange(width)
        if margin is not None:
            self.rows = np.pad(self.rows, (self.place.top, self.place.bottom), mode="reflect")
            self.columns = np.pad(self.columns, (self.place.left, self.place.right), mode="reflect")

    def seen(self, rows: Span, columns: Span) -> Array:
        """That part of it, (1, h, w, 3)."""
        return self.picture[np.ix_(self.rows[rows.seen], self.columns[columns.seen])][None]

    def counting(self, layer: NormalisedLayer, rows: Span, columns: Span) -> NDArray[np.bool_]:
        """Which positions of a tile's map count: those that are its own, and picture."""
        inside = self.place.inside(layer.reduction)
        sides = []
        for span, part in zip((rows, columns), inside, strict=True):
            here = span.at(layer.reduction)
            positions = np.arange(here.start, here.stop)
            own = (positions >= here.own_start) & (positions < here.own_stop)
            sides.append(own & (positions >= part.start) & (positions < part.stop))
        return cast(NDArray[np.bool_], np.outer(*sides))


def passed_over(stage: Stage, surface: Surface, maps: Mapping[str, Array], rows: Modulation, run: StageRunner,
                tiling: Tiling) -> tuple[dict[str, Array], dict[str, Population]]:
    """The maps that a stage keeps, whole, and the moments that it measures."""
    height, width = len(surface.rows), len(surface.columns)
    kept: dict[str, Array] = {}
    found = {name: nothing(layer) for name, layer in stage.measures.items()}
    for group in groups(tiles(height, width, tiling.side, stage.halo), tiling.at_once):
        inputs, counts = [], []
        for tile in group:
            counting = {layer.reduction: surface.counting(layer, *tile) for layer in stage.measures.values()}
            counts.append({reduction: int(inside.sum()) for reduction, inside in counting.items()})
            inputs.append({**read(stage, surface, maps, *tile), **counting_inputs(counting)}
                          | ({"scale": rows.scale, "bias": rows.bias} if stage.after else {}))
        height_px, width_px = (span.stop - span.start for span in group[0])
        size = Tile(str(surface.picture.dtype), height_px, width_px, tiling.at_once)
        for tile, count, outputs in zip(group, counts, run(stage, size, inputs), strict=True):
            for (name, reduction), values in zip(stage.keeps.items(), outputs, strict=False):
                if name not in kept:
                    shape = 1, values.shape[1], -(-height // reduction), -(-width // reduction)
                    kept[name] = np.empty(shape, values.dtype)
                down, across = (span.at(reduction) for span in tile)
                kept[name][:, :, down.own, across.own] = values[:, :, down.own_inside, across.own_inside]
            moments = outputs[len(stage.keeps):]
            for (name, layer), mean, variance in zip(stage.measures.items(), moments[::2], moments[1::2], strict=True):
                number = count[layer.reduction]
                found[name] = found[name].with_more(Population(
                    number, mean.reshape(-1).astype(np.float64), variance.reshape(-1).astype(np.float64) * number))
    return kept, found


def nothing(layer: NormalisedLayer) -> Population:
    """No values yet of a layer's channels."""
    zeros = np.zeros(layer.channels.stop - layer.channels.start)
    return Population(0, zeros, zeros)


def read(stage: Stage, surface: Surface, maps: Mapping[str, Array], rows: Span, columns: Span) -> dict[str, Array]:
    """What a stage reads of a tile."""
    parts: dict[str, Array] = {}
    for name, reduction in stage.reads.items():
        if name == "picture":
            parts[name] = surface.seen(rows, columns)
        else:
            down, across = rows.at(reduction), columns.at(reduction)
            parts[name] = np.ascontiguousarray(maps[name][:, :, down.seen, across.seen])
    return parts


def counting_inputs(counting: Mapping[int, NDArray[np.bool_]]) -> dict[str, Array]:
    """Which positions count, and one over their number, as a stage's inputs; a tile of margin alone counts none."""
    inputs: dict[str, Array] = {}
    for reduction, inside in counting.items():
        inputs[f"inside_{reduction}"] = inside.reshape(1, 1, -1).astype(np.float32)
        inputs[f"counted_{reduction}"] = np.full((1, 1, 1), 1 / max(int(inside.sum()), 1), np.float32)
    return inputs


def tiles(height: int, width: int, side: int, halo: int) -> list[tuple[Span, Span]]:
    """Rows and columns of tiles of one shape that cover a picture."""
    return list(product(spans(height, side, halo, MULTIPLE), spans(width, side, halo, MULTIPLE)))


def groups(items: Sequence[tuple[Span, Span]], size: int) -> Iterator[Sequence[tuple[Span, Span]]]:
    """The items in their order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start:start + size]


def painted_in_tiles(picture: Batch, reach: int, tiling: Tiling,
                     paint: Callable[[Batch, Sequence[tuple[Span, Span]]], Batch]) -> Batch:
    """A picture (1, H, W, 3) painted tile by tile by moments already known.

    paint: of tiles (k, h, w, 3) and where they stand. Tiles are cut from the picture as it is: at its own border each
    has the border that the whole has.
    """
    height, width = picture.shape[1:3]
    painted = np.empty_like(picture)
    for group in groups(tiles(height, width, tiling.side, reach), tiling.at_once):
        filled = [*group, *[group[-1]] * (tiling.at_once - len(group))]  # so that the shape never changes
        parts = np.concatenate([picture[:, rows.seen, columns.seen] for rows, columns in filled])
        for (rows, columns), part in zip(group, paint(cast(Batch, parts), filled), strict=False):
            painted[0, rows.own, columns.own] = part[rows.own_inside, columns.own_inside]
    return painted
