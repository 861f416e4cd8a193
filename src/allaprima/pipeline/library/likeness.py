"""Styles found by likeness: their codes are vectors, and near ones look alike.

Codes are compared by the direction in which they depart from the usual one (cosine distance), in units of how much each
channel varies from painting to painting, the four layers alike: how far a style goes that way, its contrast above all,
matters less to the eye than which way it goes. By Euclidean distance a pale ink drawing is most like a pale painting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from allaprima import weights
from allaprima.bundled import bundled_fits
from allaprima.engines.looks import LAYER_CHANNELS
from allaprima.errors import AllaprimaError
from allaprima.library import ENDING, library_styles
from allaprima.pipeline.looks.styles import read_code

FURTHEST = 4.0  # deviations: beyond them a channel says no more, or one odd channel would decide alone


@dataclass(frozen=True, slots=True)
class Likeness:
    """A style that was found. distance: 0 for the same code, about 1 for two that have nothing in common."""

    name: str
    distance: float


def known_codes() -> dict[str, NDArray[np.float32]]:
    """The codes of all styles that have names; those that cannot be read are left out."""
    files = {**bundled_fits(), **{name: path.with_suffix(ENDING) for name, path in library_styles().items()}}
    found = {}
    for name, path in files.items():
        try:
            found[name] = read_code(path)
        except AllaprimaError:
            continue
    return found


def nearest_styles(wanted: Sequence[NDArray[np.float32]], most: int,
                   without: Sequence[str] = ()) -> list[Likeness]:
    """The named styles that are nearest to a code (1920,), or lie best between several, nearest first.

    Between several: by the mean of the distances to them.
    """
    targets = [direction_of(code) for code in wanted]
    found = []
    for name, code in known_codes().items():
        if name not in without:
            own = direction_of(code)
            distances = [max(0.0, 1 - float(own @ target)) for target in targets]
            found.append(Likeness(name, float(np.mean(distances))))
    return sorted(found, key=lambda one: (one.distance, one.name))[:most]


def direction_of(code: NDArray[np.float32]) -> NDArray[np.float32]:
    """The unit vector in which a code departs from the usual one."""
    mean, deviation = usual_code()
    departure = np.clip((code - mean) / deviation, -FURTHEST, FURTHEST) * np.sqrt(layer_weights())
    return np.asarray(departure / max(float(np.linalg.norm(departure)), 1e-12), np.float32)


@cache
def usual_code() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean of codes over many paintings, and how much each channel varies among them."""
    encoder = weights.load("style-encoder")
    return encoder["whitening.mean"], encoder["whitening.deviation"]


def layer_weights() -> NDArray[np.float32]:
    """Weights (1920,) of mean 1 by which each of the four layers counts as much as another."""
    total, layers = 2 * sum(LAYER_CHANNELS), len(LAYER_CHANNELS)
    return np.concatenate([np.full(2 * channels, total / (layers * 2 * channels), np.float32)
                           for channels in LAYER_CHANNELS])
