"""Guides: where in the frame a place lies, written into the picture for a network that is given nothing but colours.

Gaussian guides tell a network that learns from painted frames which place it is at (Texler et al. 2020, Interactive
video stylization using few-shot patch-based training). Theirs are further inputs. Here they stand in the picture
itself: of every 2x2 pixels, which the compact networks take as twelve numbers, three are how much a channel alternates
along both diagonals, of which photographs have next to nothing. That is taken out and the guides are put in its place,
so that the network, its cost, its tiles and its file stay as they are. Numpy only.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import FULL_SCALE, Pixels

AMPLITUDE = 16 / 255  # of a guide, to either side; light and dark ends of the picture give way to it
VALUES = 3            # a guide's numbers at a place, one for each channel of a picture
COLUMNS = 3 + VALUES
WIDE = {"uint8": np.int16, "uint16": np.int32, "float32": np.float32}  # what sums of four pixels are reckoned in
MOST = 64             # Gaussians
SPREAD = 0.25         # of the usual ones: half of what lies between two

Guides = NDArray[np.float32]
"""Gaussians (K, 6): x and y of the centre, 0 to 1 across and down the frame, the deviation alike, three values."""


def usual_guides() -> Guides:
    """Nine Gaussians on a lattice: left to right, top to bottom, and a third number that alternates between them."""
    line = (0.0, 0.5, 1.0)
    rows = [(x, y, SPREAD, 2 * x - 1, 2 * y - 1, 1.0 if (i + j) % 2 == 0 else -1.0)
            for j, y in enumerate(line) for i, x in enumerate(line)]
    return np.array(rows, np.float32)


def are_guides(array: NDArray[np.generic]) -> bool:
    """Whether an array from elsewhere is a few Gaussians."""
    if array.dtype != np.float32 or array.ndim != 2 or array.shape[1] != COLUMNS or not 0 < len(array) <= MOST:
        return False
    numbers = array.astype(np.float32)
    return bool(np.isfinite(numbers).all() and (numbers[:, 2] > 0).all())


def field_of(guides: Guides, height: int, width: int) -> NDArray[np.float32]:
    """The guides at every 2x2 pixels of a frame, (ceil(H / 2), ceil(W / 2), 3), in -1 to 1.

    A place has the mean of the Gaussians' values, weighed by how near they are.
    """
    return _field(np.ascontiguousarray(guides, np.float32).tobytes(), height, width)


@lru_cache(maxsize=8)
def _field(guides: bytes, height: int, width: int) -> NDArray[np.float32]:
    rows = np.frombuffer(guides, np.float32).reshape(-1, COLUMNS).astype(np.float64)
    across, down = ((np.arange(0, side, 2) + 1) / side for side in (width, height))
    distances = [np.square((places[None] - rows[:, index, None]) / rows[:, 2, None])
                 for index, places in enumerate((across, down))]
    exponents = -0.5 * (distances[1][:, :, None] + distances[0][:, None])
    weights = np.exp(exponents - exponents.max(axis=0))
    mixed = np.einsum("khw,kc->hwc", weights / weights.sum(axis=0), rows[:, 3:])
    return np.asarray(mixed, np.float32)


def guided(images: Pixels, guides: Guides) -> Pixels:
    """Pictures (N, H, W, 3) with the guides in them, of their type."""
    height, width = images.shape[1:3]
    full, wide = FULL_SCALE[images.dtype.name], WIDE[images.dtype.name]
    exact = images.dtype == np.float32
    held = np.clip(images, *(np.asarray(edge if exact else round(edge), images.dtype)
                             for edge in (AMPLITUDE * full, (1 - AMPLITUDE) * full)))
    if height % 2 or width % 2:
        held = np.pad(held, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    field = np.float32(4 * AMPLITUDE * full) * field_of(guides, height, width)
    parts = [held[:, top::2, left::2] for top in (0, 1) for left in (0, 1)]
    first, second, third, last = (part.astype(wide) for part in parts)
    change = (field if exact else np.rint(field).astype(wide)) - (first - second - third + last)
    change = change / 4 if exact else change + 2 >> 2
    for part, values, sign in zip(parts, (first, second, third, last), (1, -1, -1, 1), strict=True):
        part[...] = np.clip(values + sign * change, 0, full)
    return cast(Pixels, held[:, :height, :width])
