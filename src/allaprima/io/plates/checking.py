"""Whether a plate that was written holds the samples that were meant, channel by channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.io.plates.plate import Part, Plate, bits_of

LOSSES = {"pxr24": 1e-4, "b44": 0.1, "b44a": 0.1, "dwaa": 0.1, "dwab": 0.1}
"""OpenEXR's compressions that lose something, and the most: of a channel's root mean square. Noise, which they keep
worst, loses 0.04 by B44 and 0.007 by DWA."""

BRIGHT = 0.9
"""The share of a channel's samples that is as dark as what counts of the others."""


def difference_of(meant: Plate, written: Plate) -> str | None:
    """The first thing, as a phrase, in which a plate read back is not the one meant; None where it is.

    Samples are compared as the file's own types hold them, bit for bit, or up to what a lossy compression may lose.
    """
    if len(meant.parts) != len(written.parts):
        return f"{len(written.parts)} parts in place of {len(meant.parts)}"
    for number, (one, two) in enumerate(zip(meant.parts, written.parts, strict=True)):
        said = _difference(one, two)
        if said is not None:
            return said if len(meant.parts) == 1 else f"part {one.name or number}: {said}"
    return None


def _difference(meant: Part, written: Part) -> str | None:
    if meant.window != written.window:
        return f"the data window {written.window} in place of {meant.window}"
    names = tuple(meant.spec.channelnames)
    if names != tuple(written.spec.channelnames):
        return f"the channels {', '.join(written.spec.channelnames)} in place of {', '.join(names)}"
    loss = LOSSES.get(str(meant.spec.getattribute("compression") or "").partition(":")[0], 0.0)
    for place, name in enumerate(names):
        wanted, found = stored(meant, place), np.ascontiguousarray(written.samples[..., place])
        if not _alike(wanted, found, loss):
            return f"other samples in the channel {name}"
    return None


def stored(part: Part, channel: int) -> NDArray[np.generic]:
    """The samples (H, W) of a channel as its type in the file holds them, in the type that they are read in."""
    samples = np.ascontiguousarray(part.samples[..., channel])
    formats = part.spec.channelformats
    if str(formats[channel] if len(formats) else part.spec.format) == "half":
        with np.errstate(over="ignore"):
            return samples.astype(np.float16).astype(samples.dtype)
    if samples.dtype == np.uint16 and 8 < bits_of(part.spec) < 16:  # the low bits repeat the high ones
        bits = bits_of(part.spec)
        code = samples.astype(np.uint16) >> (16 - bits)
        return np.asarray(code << (16 - bits) | code >> (2 * bits - 16), np.uint16)
    return samples


def _alike(wanted: NDArray[np.generic], found: NDArray[np.generic], loss: float) -> bool:
    if wanted.tobytes() == found.tobytes() or np.array_equal(wanted, found, equal_nan=wanted.dtype.kind == "f"):
        return True
    if loss == 0:
        return False
    one, two = wanted.astype(np.float64), found.astype(np.float64)
    one, two = (side[np.isfinite(one) & np.isfinite(two)] for side in (one, two))
    if not one.size:
        return True
    most = float(np.quantile(np.abs(one), BRIGHT))  # or a sun would be all that counts
    one, two = (np.clip(side, -most, most) for side in (one, two))
    return float(np.square(one - two).sum()) <= loss**2 * float(np.square(one).sum())
