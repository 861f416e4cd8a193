"""What a style mixes of a base network by its code alone: differences of kernels and rows, without any fitting.

A network's file of kernels (``nets.mixed``) gives every style such a difference. To the engine it is a fit like any
other, which nobody had to wait for: compiled once, blended linearly, put on and off. It is never written into files,
since the code that gives it stands there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from allaprima import weights
from allaprima.engines.engine import Engine
from allaprima.engines.fitted import Difference, Fitted, fits_of
from allaprima.engines.looks import CODE_LENGTH, Style
from allaprima.errors import WeightsError
from allaprima.runtimes.calls import Ranges, Row, Tensors

FAR = 3.0  # deviations from the mean, as in ``nets.measured_codes``
COMMON, DIFFERENCES, SCALES = "common.", "differences.", "scales."
LINEAR = ("mapping.", "coefficients.", "rows.", "null_rows.")


class KernelMixer:
    """Gives every style the difference of kernels and the rows that its code mixes.

    tensors: of a file of kernels, in float32. whitening: means and deviations (1920,) of codes. base, sha256: of the
    network that the differences belong to. ranges: the widest that its convolutions' inputs have in mixed styles.
    drawn_in: whether it has learnt from codes whose far numbers are nearer, see ``nets.measured_codes``. kernels: that
    file's sha256.
    Raises WeightsError where tensors are missing or do not fit each other.
    """

    def __init__(self, tensors: Tensors, whitening: tuple[Row, Row], base: str, sha256: str,
                 ranges: Ranges | None, drawn_in: bool = False, kernels: str = "") -> None:
        self._drawn_in, self.kernels = drawn_in, kernels
        self.base, self.sha256, self.ranges = base, sha256, ranges or {}
        self._tensors, self._whitening = unpacked(tensors, "", LINEAR), whitening
        self._common, self._differences = unpacked(tensors, COMMON), unpacked(tensors, DIFFERENCES)
        counts = {len(difference) for difference in self._differences.values()}
        self.count = max(counts, default=0)
        self._filters = filters_of(self._common)
        self.fit = lru_cache(maxsize=64)(self._mixed)
        blank = Style("", np.zeros(CODE_LENGTH, np.float32), (1, 1, 1, 1), "")
        try:
            whole = len(counts) == 1 and self._mixed(blank).kernels.keys() == self._differences.keys()
        except (KeyError, ValueError):
            whole = False
        if not whole:
            raise WeightsError(f"the kernels of {base} are not whole", "train them anew: allaprima train")

    def _mixed(self, style: Style) -> Fitted:
        found = next((units.values for units in style.units if units.kernels == self.kernels), None)
        mapped = self.units(style) if found is None else found
        shares = self._linear("coefficients", mapped).reshape(-1, self.count)
        kernels = {}
        for name, filters in self._filters.items():
            mixed = self._common[name] + np.einsum("ok,ko...->o...", shares[filters], self._differences[name])
            kernels[name] = Difference(mixed.astype(np.float16))
        return Fitted(self.base, self.sha256, kernels, self._linear("rows", mapped),
                      self._linear("null_rows", mapped), self.ranges, mixed=True)

    def units(self, style: Style) -> Row:
        """The units (256,) that a style's code is mapped to."""
        mapped = self._seen(style)
        for layer in ("mapping.0", "mapping.2"):
            mapped = np.maximum(self._linear(layer, mapped), 0)
        return mapped

    @property
    def tensors(self) -> Tensors:
        """All that it mixes by, in float32, by the names in the file."""
        return {**self._tensors, **{COMMON + name: values for name, values in self._common.items()},
                **{DIFFERENCES + name: values for name, values in self._differences.items()}}

    def _seen(self, style: Style) -> Row:
        """A style's whitened code as it is mixed by."""
        mean, deviation = self._whitening
        whitened = np.asarray((style.code - mean) / deviation, np.float32)
        return np.asarray(FAR * np.arcsinh(whitened / FAR), np.float32) if self._drawn_in else whitened

    def _linear(self, layer: str, x: Row) -> Row:
        found = np.einsum("ij,j->i", self._tensors[f"{layer}.weight"], x) + self._tensors[f"{layer}.bias"]
        return np.asarray(found, np.float32)


def filters_of(tensors: Tensors) -> dict[str, slice]:
    """Where the filters of every tensor stand among those of all layers, in the order of the layers' names."""
    places: dict[str, slice] = {}
    start, layer = 0, ""
    for name in sorted(tensors, key=lambda name: name.rpartition(".")[0]):
        if name.rpartition(".")[0] != layer:
            start = max((place.stop for place in places.values()), default=0)
        layer = name.rpartition(".")[0]
        places[name] = slice(start, start + len(tensors[name]))
    return places


def unpacked(tensors: Tensors, prefix: str, beginnings: tuple[str, ...] = ("",)) -> dict[str, Row]:
    """The tensors whose names begin so, by the rest of their names; those in 8 bits by the scales of their kernels."""
    found = {}
    for name, values in tensors.items():
        if name.startswith(prefix) and name.startswith(beginnings):
            scale = tensors.get(SCALES + name)
            wide = values if scale is None else values * scale.reshape(*scale.shape, *[1] * (values.ndim - scale.ndim))
            found[name.removeprefix(prefix)] = np.asarray(wide, np.float32)
    return found


def mixer_of(model: str) -> KernelMixer | None:
    """What mixes kernels for that model; None for those whose styles mix none."""
    kernels = weights.kernels_of(model)
    return None if kernels is None else _mixer(model, kernels, weights.named(model).sha256)


@cache
def _mixer(model: str, kernels: str, sha256: str) -> KernelMixer:
    encoder = weights.load("style-encoder")
    entry = weights.named(kernels)
    if entry.base != sha256:
        raise WeightsError(f"the kernels {kernels} were trained for another {model} than the one that is here",
                           "train them anew, or remove them")
    return KernelMixer(weights.load(kernels), (encoder["whitening.mean"], encoder["whitening.deviation"]),
                       model, sha256, entry.ranges, entry.codes == weights.SLIM_VGG, entry.sha256)


def encoder_of(model: str) -> str:
    """The weights by which that network's styles are measured: those by which what its styles mix has learnt."""
    kernels = weights.kernels_of(model)
    return weights.STYLE_ENCODER if kernels is None else weights.named(kernels).codes


def with_kernels(style: Style, mixer: KernelMixer | None) -> Style:
    """The style, and each of its parts, with what its code mixes, where nothing was fitted to it for that network."""
    if mixer is None:
        return style
    if style.parts:
        parts = tuple((with_kernels(part, mixer), share) for part, share in style.parts)
        return replace(style, parts=parts)
    if fits_of(style.fitted, mixer.sha256) is not None:
        return style
    return replace(style, fitted=(*style.fitted, mixer.fit(style)))


def paints(fitted: Fitted, engine: Engine) -> bool:
    """Whether a fit is one of that engine's network."""
    return fitted.sha256.startswith(engine.settings.get("weights", "none"))


def completed(style: Style, engine: Engine) -> Style:
    """A style that was read from a file, with what its code mixes for that engine's network."""
    mixer = mixer_of(engine.name)
    if mixer is None or not mixer.sha256.startswith(engine.settings.get("weights", "none")):
        return style
    return with_kernels(style, mixer)
