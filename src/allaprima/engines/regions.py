"""Several looks in one picture: masks as shares of every pixel that sum to one."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.looks import Look


def shares_of(look: Look, height: int, width: int) -> NDArray[np.float32]:
    """Each region's share of every pixel, then the background's, (R + 1, H, W), at that size.

    Where masks overlap beyond one they share the place in their proportion; the background has what they leave.
    """
    masks = np.stack([at_size(region.mask, height, width) for region in look.regions])
    total = masks.sum(axis=0)
    masks = masks / np.maximum(total, 1)
    rest = np.maximum(1 - total, 0)
    return cast(NDArray[np.float32], np.concatenate([masks, rest[None]]).astype(np.float32))


def looks_of(look: Look) -> list[Look]:
    """The looks that the shares belong to: of the regions, then of the background."""
    background = Look(look.style, 0.0) if look.keeps_rest else Look(look.style, look.strength)
    return [*(region.look for region in look.regions), background]


def at_size(mask: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """A mask (H, W) at another size, in [0, 1]."""
    if mask.shape == (height, width):
        return mask
    import cv2

    method = cv2.INTER_AREA if height * width < mask.size else cv2.INTER_LINEAR
    return np.clip(np.asarray(cv2.resize(mask, (width, height), interpolation=method), np.float32), 0, 1)
