"""What a network was fitted to a style by: differences of its kernels, and the style's row, for one base network.

A fitted style is a style with such a difference beside its code. Differences add up, so that networks blend linearly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from allaprima.functional.guides import VALUES, Guides, are_guides
from allaprima.runtimes.calls import Ranges, Row, Tensors

STEPS = 127  # of 8 bits, to either side
FINENESS = 8  # steps in a kernel's root mean square: files are entropy-coded, so that finer ones cost a bit each time


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What is added to one tensor of the base network.

    values: float16, or int8 in steps of ``scale``, (O,) float32, one for each kernel of the tensor (O, ...).
    """

    values: NDArray[np.float16] | NDArray[np.int8]
    scale: NDArray[np.float32] | None = None

    def array(self) -> NDArray[np.float32]:
        """The difference in float32."""
        wide = self.values.astype(np.float32)
        return wide if self.scale is None else wide * self.scale.reshape(-1, *[1] * (wide.ndim - 1))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A base network made that of one style.

    base, sha256: the base's name and its file's hash. kernels: differences by the base's names of tensors.
    row: (2 M,) float32, every normalised layer's gains (less 1), then its biases, in the order of the base's places.
    null: the same for the content itself, where the fit has learnt it; None for the base's own.
    ranges: the lowest and the highest input of the fitted network's convolutions, for 8-bit arithmetic.
    brush: the working height, in pixels of the shorter side, that it was fitted at.
    guides: what tells the network where in the frame it is, see ``functional.guides``; None for a network that is told
    colours alone.
    mixed: whether the style's code gave it, see ``engines.mixing``; such a fit is kept in no file.
    """

    base: str
    sha256: str
    kernels: Mapping[str, Difference]
    row: Row
    null: Row | None = None
    ranges: Ranges = field(default_factory=lambda: MappingProxyType({}))
    brush: int | None = None
    mixed: bool = False
    guides: Guides | None = None


Mixture = tuple[tuple[Fitted, float], ...]
"""Fits of one base network with their shares; what shares miss to 1 is the base as it is."""


def in_bytes(difference: NDArray[np.float32]) -> Difference:
    """The difference in at most 8 bits, in steps that suit each kernel; vectors stay in 16."""
    if difference.ndim < 2:
        return Difference(difference.astype(np.float16))
    within = tuple(range(1, difference.ndim))
    usual, largest = np.sqrt(np.square(difference).mean(axis=within)), np.abs(difference).max(axis=within)
    scale = np.maximum(np.maximum(usual / FINENESS, largest / STEPS), np.float32(1e-12)).astype(np.float32)
    steps = difference / scale.reshape(-1, *[1] * (difference.ndim - 1))
    return Difference(np.clip(np.rint(steps), -STEPS, STEPS).astype(np.int8), scale)


def mixed_tensors(base: Tensors, mixture: Mixture) -> dict[str, NDArray[np.float32]]:
    """The base's tensors with the differences of a mixture added; those without any are the base's own."""
    tensors = dict(base)
    for fitted, share in mixture:
        for name, difference in fitted.kernels.items():
            tensors[name] = tensors[name] + np.float32(share) * difference.array()
    return tensors


def mixed_ranges(base: Ranges | None, mixture: Mixture) -> dict[str, tuple[float, float]]:
    """Ranges that hold every part of a mixture; none for a convolution whose range one of them does not know."""
    parts = [fitted.ranges for fitted, _ in mixture]
    if sum(share for _, share in mixture) < 1 - 1e-6:
        parts.append(base or {})
    known = set.intersection(*(set(ranges) for ranges in parts)) if parts else set()
    return {name: (min(ranges[name][0] for ranges in parts), max(ranges[name][1] for ranges in parts))
            for name in sorted(known)}


def mixed_guides(mixture: Mixture) -> Guides | None:
    """The guides of a mixture's largest part that has some, as strong as the share of all that have; None for none."""
    knowing = [(fitted.guides, share) for fitted, share in mixture if fitted.guides is not None]
    if not knowing:
        return None
    guides = max(knowing, key=lambda pair: pair[1])[0].copy()
    guides[:, -VALUES:] *= min(1.0, sum(share for _, share in knowing))
    return guides


@lru_cache(maxsize=128)
def digest_of(fitted: Fitted) -> str:
    """The first digits of a hash over all of a fit that changes pixels."""
    digest = hashlib.sha256(fitted.sha256.encode())
    for name in sorted(fitted.kernels):
        difference = fitted.kernels[name]
        digest.update(name.encode() + difference.values.tobytes())
        if difference.scale is not None:
            digest.update(difference.scale.tobytes())
    digest.update(fitted.row.tobytes() + (b"" if fitted.null is None else fitted.null.tobytes()))
    digest.update(str(sorted(fitted.ranges.items())).encode())
    if fitted.guides is not None:
        digest.update(fitted.guides.tobytes())
    return digest.hexdigest()[:16]


def mixture_digest(mixture: Mixture) -> str:
    """The same for a mixture; nothing for the base as it is."""
    return "+".join(f"{digest_of(fitted)}:{share:.6g}" for fitted, share in mixture)


def fits_of(fits: Iterable[Fitted], sha256: str) -> Fitted | None:
    """Which of a style's fits is of the base network with that hash."""
    return next((fitted for fitted in fits if fitted.sha256 == sha256), None)


def checked(fitted: Fitted, base: Tensors) -> str | None:
    """What of a fit does not belong to the base network that it names, as words; None where all does."""
    for name, difference in fitted.kernels.items():
        if name not in base or base[name].shape != difference.values.shape:
            return f"its kernels {name!r} are not those of {fitted.base}"
    length = sum(len(tensor) for name, tensor in base.items() if name.endswith(".modulation.bias"))
    rows: Sequence[Row | None] = (fitted.row, fitted.null)
    if any(row is not None and row.shape != (length,) for row in rows):
        return f"its row is not {length} numbers long"
    if fitted.guides is not None and not are_guides(fitted.guides):
        return "its guides are no Gaussians"
    return None
