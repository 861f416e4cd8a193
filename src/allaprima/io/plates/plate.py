"""A plate in memory: every part of its file with all channels and the whole header, and what of it is painted."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.colorspaces.configs import Tagged
from allaprima.errors import OptionError

if TYPE_CHECKING:
    import OpenImageIO

Samples = NDArray[np.float32] | NDArray[np.float64] | NDArray[np.uint16] | NDArray[np.uint8]
_COLOR = (("r", "g", "b"), ("red", "green", "blue"))
_GREY = ("y", "l", "luminance")
_MAIN = ("", "rgba", "rgb", "beauty", "combined")
_DATA = re.compile(r"u?crypto.*|n|normals?|p|position|pref|uv|st|z|depth|motion.*|vector|velocity|forward|backward"
                   r"|ids?|(object|material|face|.*_)ids?", re.IGNORECASE)
"""Layers by whose names R, G and B are no colours: they are painted only where they are asked for by name."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels: its left upper corner, which may be negative, and its size."""

    x: int
    y: int
    width: int
    height: int

    def __or__(self, other: Window) -> Window:
        """The smallest window that holds both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Window(x, y, max(self.x + self.width, other.x + other.width) - x,
                      max(self.y + self.height, other.y + other.height) - y)

    def rows_and_columns(self, inside: Window) -> tuple[slice, slice]:
        """Where this window lies in an array that covers another."""
        top, left = self.y - inside.y, self.x - inside.x
        return slice(top, top + self.height), slice(left, left + self.width)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a plate's file: its header, and the samples (H, W, C) of its data window, exact in their type."""

    spec: OpenImageIO.ImageSpec
    samples: Samples

    @property
    def name(self) -> str:
        return str(self.spec.getattribute("name") or "")

    @property
    def window(self) -> Window:
        return window_of(self.spec)


@dataclass(frozen=True, slots=True)
class Layer:
    """A colour layer: its name, the part that it is in, and where its channels stand there.

    color: the channels' places for red, green and blue; three times the same for grey. alpha: the place of alpha.
    """

    name: str
    part: int
    color: tuple[int, int, int]
    alpha: int | None


@dataclass(frozen=True, slots=True)
class Plate:
    """All of a plate's file. ``format`` is OpenImageIO's name for its kind."""

    parts: tuple[Part, ...]
    format: str

    def pixels(self, layer: Layer) -> NDArray[np.float32]:
        """The colour of a layer, (H, W, 3); integers are [0, 1]."""
        return _floats(self.parts[layer.part].samples[..., list(layer.color)])

    def alpha(self, layer: Layer) -> NDArray[np.float32] | None:
        """The layer's alpha (H, W), None where it has none."""
        return None if layer.alpha is None else _floats(self.parts[layer.part].samples[..., layer.alpha])

    def painted(self, layer: Layer, pixels: NDArray[np.float32]) -> Plate:
        """The plate with other colours (H, W, 3) in a layer; those that are the same stay the same samples."""
        part = self.parts[layer.part]
        before, samples = self.pixels(layer), part.samples.copy()
        changed = before.view(np.uint32) != np.ascontiguousarray(pixels, np.float32).view(np.uint32)
        values = _stored(pixels, samples.dtype, _limit(part.spec, layer.color[0]), bits_of(part.spec))
        grey = len(set(layer.color)) == 1
        if grey:
            with np.errstate(invalid="ignore"):
                values = values.mean(axis=2, keepdims=True).astype(values.dtype)
            changed = changed.any(axis=2, keepdims=True)
        for place, channel in enumerate(layer.color[:1] if grey else layer.color):
            np.copyto(samples[..., channel], values[..., place], where=changed[..., place])
        parts = (*self.parts[:layer.part], replace(part, samples=samples), *self.parts[layer.part + 1:])
        return replace(self, parts=parts)


def window_of(spec: OpenImageIO.ImageSpec) -> Window:
    """The data window of a header."""
    return Window(spec.x, spec.y, spec.width, spec.height)


def bits_of(spec: OpenImageIO.ImageSpec) -> int:
    """The bits of a sample of whole numbers, which are read as 8 or 16."""
    return int(spec.getattribute("oiio:BitsPerSample") or 8 * spec.format.size())


def tagged(spec: OpenImageIO.ImageSpec, kind: str) -> Tagged:
    """What a part's header says of its colours, in a file of a kind that OpenImageIO names."""
    chromaticities = spec.getattribute("chromaticities")
    name = spec.getattribute("oiio:ColorSpace")
    transfer = str(spec.getattribute("dpx:Transfer") or "")
    log = name == "KodakLog" or "og" in transfer or "ensity" in transfer or kind == "cineon"
    return Tagged(None if name in ("KodakLog", "Linear", None) else str(name),
                  None if chromaticities is None else tuple(map(float, chromaticities)), log=log,
                  linear=kind in ("openexr", "hdr") or name == "Linear")


def layers_of(specs: tuple[OpenImageIO.ImageSpec, ...]) -> tuple[Layer, ...]:
    """The colour layers of a file's headers: channels named R, G, B or Y, with a layer's name before a dot."""
    found = []
    for part, spec in enumerate(specs):
        own = str(spec.getattribute("name") or "") if len(specs) > 1 else ""
        groups: dict[str, dict[str, int]] = {}
        for place, channel in enumerate(spec.channelnames):
            prefix, _, last = channel.rpartition(".")
            groups.setdefault(prefix, {})[last.lower()] = place
        for prefix, channels in groups.items():
            layer = _layer(own if prefix == own else ".".join(filter(None, (own, prefix))), part, channels)
            if layer is not None:
                found.append(layer)
    return tuple(found)


def chosen_layers(layers: tuple[Layer, ...], asked: tuple[str, ...]) -> tuple[Layer, ...]:
    """The layers of those names, each once; the main one where none is asked for; ``all`` is all that are colours.

    What stands before the last dot of a name may be left out (``DiffDir`` for ``ViewLayer.DiffDir``). Raises
    OptionError.
    """
    names = ", ".join(layer.name or "the main one" for layer in layers) or "none"
    if not layers:
        raise OptionError("the plate holds no colour", "channels named R, G and B, or Y, are painted")
    colors = tuple(layer for layer in layers if _DATA.fullmatch(_last(layer)) is None) or layers
    if not asked:
        return tuple([layer for layer in colors if _last(layer) in _MAIN] or colors)[:1]
    found: list[Layer] = []
    for name in asked:
        wanted = name.lower()
        if wanted == "all":
            found += colors
            continue
        own = [layer for layer in layers if layer.name.lower() == wanted or (wanted == "main" and not layer.name)]
        own = own or [layer for layer in layers if _last(layer) == wanted]
        if not own:
            raise OptionError(f"the plate has no colour layer {name!r}", f"it has {names}")
        if len(own) > 1:
            raise OptionError(f"the plate has {len(own)} colour layers {name!r}",
                              f"name one of them wholly: {', '.join(layer.name for layer in own)}")
        found += own
    return tuple(dict.fromkeys(found))


def _last(layer: Layer) -> str:
    """The last part of a layer's name, in lower case."""
    return layer.name.rpartition(".")[2].lower()


def _layer(name: str, part: int, channels: dict[str, int]) -> Layer | None:
    alpha = next((channels[key] for key in ("a", "alpha") if key in channels), None)
    for keys in _COLOR:
        if all(key in channels for key in keys):
            red, green, blue = (channels[key] for key in keys)
            return Layer(name, part, (red, green, blue), alpha)
    for key in _GREY:
        if key in channels and "ry" not in channels:  # luminance with subsampled chroma is another matter
            return Layer(name, part, (channels[key],) * 3, alpha)
    return None


def _floats(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    if samples.dtype == np.uint16:
        return samples.astype(np.float32) / np.float32(65535)
    if samples.dtype == np.uint8:
        return samples.astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(samples, np.float32)


def _limit(spec: OpenImageIO.ImageSpec, channel: int) -> float:
    """The largest number that a channel holds."""
    formats = spec.channelformats
    name = str(formats[channel] if len(formats) else spec.format)
    return 65504.0 if name == "half" else float(np.finfo(np.float32).max)


def _stored(pixels: NDArray[np.float32], dtype: np.dtype[np.generic], limit: float,
            bits: int) -> NDArray[np.generic]:
    if dtype in (np.uint16, np.uint8):
        whole = bits if dtype == np.uint16 and 8 < bits < 16 else 8 * dtype.itemsize
        codes: NDArray[np.generic] = np.rint(np.clip(np.nan_to_num(pixels), 0, 1)
                                             * np.float32(2**whole - 1)).astype(dtype)
        if whole == 8 * dtype.itemsize:
            return codes
        # Ten bits in sixteen: the writer cuts off the low ones, so the nearest code is chosen here.
        wide = codes.astype(np.uint16)
        return np.asarray(wide << (16 - whole) | wide >> (2 * whole - 16), np.uint16)
    finite = np.isfinite(pixels)
    return np.where(finite, np.clip(pixels, -limit, limit), pixels).astype(dtype)
