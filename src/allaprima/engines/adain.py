"""Painting by adaptive instance normalisation: the compact networks and the published reference model.

Both take a style as the scales and biases of their normalisations. The compact networks map a style's code to them; the
reference model's are AdaIN's own: the style's deviations and means at relu4_1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from allaprima import weights
from allaprima.engines.encoding import UnitPicture, style_of
from allaprima.engines.engine import Statistics
from allaprima.engines.fading import faded
from allaprima.engines.fitted import fits_of
from allaprima.engines.fitted_networks import FittedNetworks
from allaprima.engines.looks import Look, Sight, Style, Units
from allaprima.engines.mixing import KernelMixer, encoder_of, mixer_of, with_kernels
from allaprima.engines.moves import Moves, are_wanted
from allaprima.engines.regions import painted_in_regions
from allaprima.engines.unpainted import unpainted
from allaprima.fetching import FetchProgress
from allaprima.frames import FULL_SCALE, Pixels
from allaprima.functional.guides import Guides, guided
from allaprima.functional.padding import SMALLEST
from allaprima.functional.visibility import Plane, evenness_of, small_planes, visibility_of
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import (
    EPSILON,
    Batch,
    Encoder,
    Modulation,
    Ranges,
    Row,
    Runtime,
    Tensors,
    Transfer,
    folded,
)

if TYPE_CHECKING:
    from allaprima.engines.refining import Refiner

EVEN = 0.85  # of a picture in one colour: more than any photograph has, less than titles


class AdaINEngine:
    """Encodes styles and paints batches of pictures with one network on one runtime."""

    def __init__(self, name: str, transfer: Transfer, encoder: Encoder, encoder_hash: str, style_size: int,
                 modulate: Callable[[Look], Modulation], settings: dict[str, str], batch_size: int = 1,
                 networks: FittedNetworks | None = None, mixer: KernelMixer | None = None,
                 guides: Guides | None = None, moves: Moves | None = None) -> None:
        self.name = name
        self.batch_size = batch_size
        self.style_size = style_size
        self.settings = settings
        self.networks, self.mixer, self.guides, self.moves = networks, mixer, guides, moves
        self._transfer, self._encoder, self._encoder_hash = transfer, encoder, encoder_hash
        self._modulate = lru_cache(maxsize=16)(modulate)

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """The style of a picture (H, W, 3), looked at larger by ``scale``; larger gives coarser strokes.

        sight: see ``Engine``.
        """
        style = self._measured(picture, name, scale)
        if sight is not None and self.mixer is not None and self.moves is not None and are_wanted():
            same = sight.picture is picture and sight.scale == scale
            seen = style if same else self._measured(sight.picture, name, sight.scale)
            move = self.moves.of(sight.picture, name, self.style_size * sight.scale, self.mixer.units(seen))
            style = replace(style, units=(Units(self.mixer.kernels, self.mixer.units(style) + move),))
        return with_kernels(style, self.mixer)

    def _measured(self, picture: Pixels, name: str, scale: float) -> Style:
        return style_of(picture, name, self._encoder, self._encoder_hash, self.style_size * scale)

    def modulation(self, looks: Sequence[Look]) -> Modulation:
        """What the looks ask of the network, a row for each; one row where all are the same."""
        return stacked([self._modulate(look) for look in looks])

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each painted in its look, and the statistics that they were normalised by.

        statistics: None takes each picture's own; see ``Statistics`` for the rest. What has next to no light, shade or
        contrast is painted in the share that ``visibility`` tells: a flat picture comes out as it is.
        """
        if any(look.regions for look in looks):
            return painted_in_regions(self.stylize, images, looks, statistics)
        height, width = images.shape[1:3]
        if min(height, width) < SMALLEST:
            extended = np.pad(images, ((0, 0), (0, max(0, SMALLEST - height)), (0, max(0, SMALLEST - width)), (0, 0)),
                              mode="edge")
            painted, used = self.stylize(cast(Batch, extended), looks, statistics)
            return painted[:, :height, :width], used
        if self.networks is not None and self.networks.wanted(looks, statistics):
            return self.networks.stylize(self, images, looks, statistics)
        copies = [small_planes(image) for image in images]
        painted, used = self._painted(images, looks, statistics, copies)
        return unpainted(images, faded(images, painted, copies), looks), used

    def _painted(self, images: Batch, looks: Sequence[Look], statistics: Statistics | None,
                 copies: Sequence[Sequence[Plane]]) -> tuple[Batch, Statistics]:
        even = [image.dtype == np.uint8 and needs_floats(copy) for image, copy in zip(images, copies, strict=True)]
        if not any(even):
            return self._called(images, looks, statistics)
        pictures, rows = [], []
        for index, wide in enumerate(even):
            own = None if statistics is None else replace(statistics, moments=statistics.moments.of(index))
            image = images[index:index + 1]
            painted, used = self._called(in_floats(image) if wide else image, looks[index:index + 1], own)
            pictures.append(in_bytes(painted) if wide else painted)
            rows.append(used.moments)
        moments = replace(rows[0], mean=np.concatenate([row.mean for row in rows]),
                          variance=np.concatenate([row.variance for row in rows]))
        return cast(Batch, np.concatenate(pictures)), Statistics(moments, 1.0 if statistics is None
                                                                 else statistics.momentum)

    def _called(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None) -> tuple[Batch, Statistics]:
        modulation = self.modulation(looks)
        if self.guides is None:
            return self._transferred(images, modulation, statistics)
        seen = guided(images, self.guides)
        painted, used = self._transferred(seen, modulation, statistics)
        return without(painted, seen, images, modulation.mix), used

    def _transferred(self, images: Batch, modulation: Modulation,
                     statistics: Statistics | None) -> tuple[Batch, Statistics]:
        if statistics is not None and statistics.momentum == 0:
            return self._transfer.frozen(images, folded(modulation, statistics.moments)), statistics
        if statistics is None:
            painted, moments = self._transfer.measure(images, modulation)
            return painted, Statistics(moments)
        painted, moments = self._transfer.measure(images, modulation, statistics.moments, statistics.momentum)
        return painted, Statistics(moments, statistics.momentum)


def needs_floats(copy: Sequence[Plane]) -> bool:
    """Whether a picture, of which this is a small copy, is so even that 8 bits and bf16 do not paint it well enough."""
    return evenness_of(copy) >= EVEN and visibility_of(copy) > 0


def without(painted: Batch, seen: Batch, images: Batch, mix: Row) -> Batch:
    """Pictures (N, H, W, 3) as painted of ``images``, where a share of what the network has ``seen`` is mixed in.

    mix: (N, 1) or (1, 1), the network's share of its pictures; the rest is what it was given.
    """
    rest = (1 - np.broadcast_to(mix, (len(painted), 1)))[:, :, None, None]
    if not rest.any():
        return painted
    wide = painted.astype(np.float32) + rest * (images.astype(np.float32) - seen)
    if painted.dtype == np.float32:
        return cast(Batch, wide)
    return cast(Batch, np.clip(np.rint(wide), 0, FULL_SCALE[painted.dtype.name]).astype(painted.dtype))


def in_floats(images: Batch) -> Batch:
    """Pictures of 8 bits as float32 in [0, 1], which networks compute in fp32."""
    return cast(Batch, images.astype(np.float32) * np.float32(1 / 255))


def in_bytes(images: Batch) -> Batch:
    """Pictures in [0, 1] as 8 bits."""
    return cast(Batch, np.rint(images.astype(np.float32) * np.float32(255)).astype(np.uint8))


def stacked(rows: Sequence[Modulation]) -> Modulation:
    """One modulation of as many rows as pictures; a single one where all are the same."""
    if all(row is rows[0] for row in rows):
        rows = rows[:1]
    return Modulation(*(np.concatenate([getattr(row, part) for row in rows])
                        for part in ("scale", "bias", "keep", "mix")))


def settings_of(name: str, sha256: str, runtime: Runtime) -> dict[str, str]:
    """What of an engine changes pixels: its network, its weights, and how they are computed."""
    return {"model": name, "weights": sha256[:12], "runtime": f"{runtime.name} {runtime.device} {runtime.precision}"}


def compact(name: str, runtime: Runtime) -> AdaINEngine:
    """A compact network, with what its kernels take styles' codes from: the style encoder, or VGG-19 in low rank."""
    entry, measure = weights.named(name), encoder_of(name)
    shape, style_size = entry.shape, entry.style_size
    assert shape is not None
    assert style_size is not None
    tensors, whitening = weights.load(name), weights.load(weights.STYLE_ENCODER)
    encode = (runtime.vgg_code(weights.load(measure)) if measure == weights.SLIM_VGG
              else runtime.style_encoder(whitening))
    modulate = compact_modulation(tensors, whitening, shape, entry.gate, entry.sha256)
    settings = settings_of(name, entry.sha256, runtime)

    mixer = mixer_of(name)

    @cache
    def refiner() -> Refiner:
        from allaprima.engines.refining import Refiner

        assert mixer is not None
        return Refiner(tensors, shape, mixer.tensors, mixer.count, "cuda" if runtime.device == "cuda" else "cpu")

    def moved(pieces: list[UnitPicture], units: Row) -> Row:
        return refiner().move(pieces, units)

    moves = None if mixer is None else Moves(mixer.kernels, moved)

    def engine(tensors: Tensors, ranges: Ranges | None, networks: FittedNetworks | None,
               guides: Guides | None = None) -> AdaINEngine:
        return AdaINEngine(name, runtime.compact(tensors, shape, ranges), encode, weights.named(measure).sha256[:12],
                           style_size, modulate, settings, runtime.batch_size, networks, mixer, guides, moves)

    return engine(tensors, entry.ranges, FittedNetworks(
        entry.sha256, tensors, entry.ranges, lambda tensors, ranges, guides: engine(tensors, ranges, None, guides)))


def compact_modulation(tensors: Tensors, encoder: Tensors, shape: Shape, opens_at: float,
                       sha256: str = "") -> Callable[[Look], Modulation]:
    """What a look asks of a compact network: its mapping, in numpy; of a style fitted to it, the fit's own row.

    Strength moves from the null style, which stands for the content, to the style: the modulations are linear, so that
    this interpolates scales and biases. Below the strength ``opens_at`` a smooth gate mixes in the content itself.
    Kernels of a style's own know that style alone: half-way rows through them blur and blacken. There strength mixes
    the whole style's picture with the content, and moves rows only beyond 1.
    sha256: of the network's file, by which fits are known.
    """
    layers = list(shape.normalised_layers())
    weight = np.concatenate([tensors[f"{layer}.modulation.weight"] for layer in layers])
    bias = np.concatenate([tensors[f"{layer}.modulation.bias"] for layer in layers])
    gains = which_are_gains(shape)
    null = product(weight, tensors["null_style"])

    @lru_cache(maxsize=16)
    def modulations_of(style: Style) -> Row:
        whitened = (style.code - encoder["whitening.mean"]) / encoder["whitening.deviation"]
        hidden = np.maximum(product(tensors["mapping.0.weight"], whitened) + tensors["mapping.0.bias"], 0)
        mapped = np.maximum(product(tensors["mapping.2.weight"], hidden) + tensors["mapping.2.bias"], 0)
        return product(weight, mapped)

    def fitted_row(style: Style, strength: float) -> Row:
        """The row of a fitted style, or of a settled blend of such and others, at that strength."""
        if style.settled and style.mixture(sha256):
            rows = [share * fitted_row(part, strength) for part, share in style.parts]
            return np.asarray(np.sum(rows, axis=0), np.float32)
        fitted = fits_of(style.fitted, sha256)
        if fitted is None:
            return cast(Row, (1 - strength) * null + strength * modulations_of(style) + bias)
        content = null + bias if fitted.null is None else fitted.null
        return cast(Row, (1 - strength) * content + strength * fitted.row)

    def modulate(look: Look) -> Modulation:
        style, strength = look.style, look.strength
        if style.mixture(sha256):
            modulations, mix = fitted_row(style, max(strength, 1.0)), min(strength, 1.0)
        else:
            modulations, mix = fitted_row(style, strength), gate(strength, opens_at)
        return Modulation(row(1 + modulations[gains]), row(modulations[~gains]), keep=row(np.zeros(1)),
                          mix=row(np.array([mix])))

    return modulate


def product(matrix: Row, vector: Row) -> Row:
    """A matrix times a vector, on this thread alone.

    The library behind ``@`` would wake threads for it that then wait, spinning, for more: a core's worth of work, taken
    from the network at every frame of a moving look.
    """
    return np.asarray(np.einsum("ij,j->i", matrix, vector), np.float32)


def which_are_gains(shape: Shape) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of the concatenated modulation outputs are gains: each layer gives its gains first, then its biases."""
    parts = [place.channels.stop - place.channels.start for place in shape.normalised_layers().values()]
    return np.concatenate([np.repeat([True, False], width) for width in parts])


def gate(strength: float, opens_at: float) -> float:
    """The network's share of the picture: 0 at strength 0, 1 from ``opens_at`` on, smooth between."""
    way = min(strength / opens_at, 1.0)
    return way * way * (3 - 2 * way)


def reference(runtime: Runtime, progress: FetchProgress | None = None) -> AdaINEngine:
    """The published AdaIN network with VGG-19 as its encoder; its weights are fetched on first use."""
    encoder, decoder = weights.load("vgg19", progress), weights.load("decoder", progress)
    entry = weights.named("vgg19")
    assert entry.style_size is not None
    return AdaINEngine("reference", runtime.reference(encoder, decoder), runtime.vgg_code(encoder), entry.sha256[:12],
                       entry.style_size, reference_modulation, settings_of("reference", entry.sha256, runtime),
                       runtime.batch_size)


def reference_modulation(look: Look) -> Modulation:
    """What a look asks of the reference model: AdaIN with the style's relu4_1, blended with the content's features."""
    mean, deviation = look.style.layer(3)
    count = look.style.pixels[3]
    # Codes hold biased deviations with 1e-5 under the root; the published network divides by N - 1.
    unbiased = np.sqrt(np.maximum(deviation**2 - EPSILON, 0) * (count / max(count - 1, 1)) + EPSILON)
    strength = np.float32(look.strength)
    return Modulation(row(strength * unbiased), row(strength * mean), keep=row(np.array([1 - strength])),
                      mix=np.ones((1, 1), np.float32))


def row(values: NDArray[np.floating]) -> Row:
    """The values as a row of a batch, (1, M) float32."""
    return np.asarray(values, dtype=np.float32)[None]
