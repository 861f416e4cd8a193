"""The networks that fitted styles make of a base network: compiled once each, their pictures mixed where several paint.

One style is one network and as fast as the base. A blend that moves is painted by every network for itself and mixed as
pictures: no network is compiled anew from frame to frame.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np

from allaprima.engines.engine import Engine, Statistics
from allaprima.engines.fitted import (
    Mixture,
    checked,
    mixed_guides,
    mixed_ranges,
    mixed_tensors,
    mixture_digest,
)
from allaprima.engines.looks import Look, Style
from allaprima.engines.regions import mixed, statistics_of
from allaprima.errors import SourceError
from allaprima.functional.guides import Guides
from allaprima.runtimes.calls import Batch, Moments, Ranges, Tensors

KEPT_NETWORKS = 24  # compiled and in memory, the least used leave first: at 640x360 one takes some 70 MB
BASE = "base"


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A part of what a look asks for: one network paints it, and ``share`` of its picture is shown.

    key: by which network; what its moments are known by. share: of the picture.
    """

    key: str
    look: Look
    share: float


class FittedNetworks:
    """The networks of fitted styles, by what is added to the base's kernels.

    build: an engine of those tensors, ranges and guides, that knows of no fits.
    """

    def __init__(self, sha256: str, tensors: Tensors, ranges: Ranges | None,
                 build: Callable[[Tensors, Ranges | None, Guides | None], Engine]) -> None:
        self.sha256 = sha256
        self._tensors, self._ranges, self._build = tensors, ranges, build
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._lock = threading.Lock()
        self._layers = lru_cache(maxsize=4)(self._found)

    def wanted(self, looks: Sequence[Look], statistics: Statistics | None) -> bool:
        """Whether another network than the base is to paint, or has been measured before."""
        known = statistics is not None and bool(statistics.moments.networks)
        return known or any(self._is_fitted(look) for look in looks)

    def engine(self, base: Engine, style: Style) -> Engine:
        """The engine of the network that paints in one style; raises SourceError for a fit that is none of the base."""
        mixture = style.mixture(self.sha256)
        if not mixture:
            return base
        key = mixture_digest(mixture)
        with self._lock:
            found = self._engines.get(key)
        found = found or self._built(mixture)  # others paint on while one is being built
        with self._lock:
            found = self._engines.setdefault(key, found)
            self._engines.move_to_end(key)
            if len(self._engines) > KEPT_NETWORKS:
                self._engines.popitem(last=False)
            return found

    def stylize(self, base: Engine, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each painted by the networks of its look, and the statistics of all of these.

        Statistics of other networks than those are left out of account: their pictures are measured anew.
        """
        layers = [self._layers(look) for look in looks]
        first: dict[str, Layer] = {}
        for layer in (layer for each in layers for layer in each):
            first.setdefault(layer.key, layer)
        painted: dict[str, Batch] = {}
        used: dict[str, Moments] = {}
        for key, layer in first.items():
            own = [next((one.look for one in each if one.key == key), layer.look) for each in layers]
            painted[key], found = self.engine(base, layer.look.style).stylize(images, own, part_of(statistics, key))
            used[key] = found.moments
        if len(first) == 1 and all(each[0].share == 1 for each in layers):
            return painted[layers[0][0].key], statistics_of(used, len(images), statistics)
        pictures = [mixed(image, [(painted[layer.key][index], layer.share) for layer in each])
                    for index, (image, each) in enumerate(zip(images, layers, strict=True))]
        return cast(Batch, np.stack(pictures)), statistics_of(used, len(images), statistics)

    def _built(self, mixture: Mixture) -> Engine:
        for fitted, _ in mixture:
            reason = checked(fitted, self._tensors)
            if reason is not None:
                raise SourceError(f"cannot paint with a fitted style: {reason}", "fit it anew: allaprima fit")
        return self._build(mixed_tensors(self._tensors, mixture), mixed_ranges(self._ranges, mixture),
                           mixed_guides(mixture))

    def _is_fitted(self, look: Look) -> bool:
        return any(style.mixture(self.sha256) for style, _ in look.style.networks(self.sha256))

    def _found(self, look: Look) -> tuple[Layer, ...]:
        """What paints which share of a picture."""
        return tuple(Layer(f"0 {self._digest(style)}", look if style is look.style else replace(look, style=style),
                           share)
                     for style, share in look.style.networks(self.sha256))

    def _digest(self, style: Style) -> str:
        return mixture_digest(style.mixture(self.sha256)) or BASE


def part_of(statistics: Statistics | None, key: str) -> Statistics | None:
    """The statistics of one network, as its own; None where there are none."""
    moments = None if statistics is None else statistics.moments.of_network(key)
    return None if moments is None or statistics is None else replace(statistics, moments=moments)
