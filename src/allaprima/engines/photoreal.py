"""Photographs that stay photographs: of a painting only what is a change of light and colour.

After Luan et al. 2017 (Deep Photo Style Transfer), whose constraint is that the change is affine in colour everywhere,
enforced here by projection: the painting is taken through a bilateral grid of such transforms, so that it works for
every model and takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.looks import Look
from allaprima.engines.regions import shares_of
from allaprima.frames import FULL_SCALE, Pixels
from allaprima.functional.bilateral_grid import Sums, fitted, sliced, sums_of
from allaprima.runtimes.calls import Batch

SURE = 4  # power of a region's share in the fit: its soft edge is a mixture, which hardly tells


def photoreal(contents: Batch, painted: Batch, looks: Sequence[Look]) -> Batch:
    """The painted pictures (N, H, W, 3), as far as their looks want it changes of the contents' light and colour."""
    if all(look.photoreal == 0 for look in looks):
        return painted
    return cast(Batch, np.stack([
        projected(content, picture, look, sums_in(content, picture, look)) if is_projected(look) else picture
        for content, picture, look in zip(contents, painted, looks, strict=True)]))


def is_projected(look: Look) -> bool:
    """Whether anything is to be done: at strength 0 the picture is the content already, to the bit."""
    return look.photoreal > 0 and (look.strength > 0 or bool(look.regions))


def sums_in(content: Pixels, painted: Pixels, look: Look) -> tuple[Sums, ...]:
    """What a fit needs to know of a content and its painting (H, W, 3), for each part that has a look of its own."""
    if not look.regions:
        return (sums_of(content, painted),)
    shares = shares_of(look, *content.shape[:2])
    return tuple(sums_of(content, painted, share**SURE) for share in (shares[:-1] if look.keeps_rest else shares))


def projected(content: Pixels, painted: Pixels, look: Look, sums: Sequence[Sums]) -> Pixels:
    """The painting (H, W, 3), in the share that the look wants the content changed by what those sums fit.

    Parts with looks of their own are changed each by its own transforms and laid together by their masks, as they are
    where they are painted; what keeps the content keeps it to the bit.
    """
    import cv2

    result = np.empty(painted.shape, painted.dtype)
    full = FULL_SCALE[content.dtype.name]
    depth = {"uint8": cv2.CV_8U, "uint16": cv2.CV_16U}.get(content.dtype.name, cv2.CV_32F)  # whole ones are rounded
    shares = shares_of(look, *content.shape[:2]) if look.regions else None
    for parts in zip(*(sliced(content, fitted(one)) for one in sums), strict=True):
        rows = parts[0][0]
        changed = (parts[0][1] if shares is None
                   else laid_together(content[rows], [part for _, part in parts], shares[:, rows]))
        cv2.addWeighted(changed, look.photoreal, painted[rows], 1 - look.photoreal, 0, result[rows], depth)
    return np.clip(result, 0, full, out=result) if content.dtype == np.float32 else result


def laid_together(content: Pixels, parts: Sequence[NDArray[np.float32]],
                  shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Parts (h, w, 3) by their shares (R, h, w) of each pixel; what is left of these is the content's."""
    total = np.zeros(content.shape, np.float32)
    for part, share in zip(parts, shares, strict=False):
        total += part * share[..., None]
    return total if len(parts) == len(shares) else total + content * shares[-1][..., None]
