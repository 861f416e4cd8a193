"""Paintings that fade as their contents do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from allaprima.functional.visibility import Plane, visibility_of
from allaprima.runtimes.calls import Batch


def faded(contents: Batch, painted: Batch, copies: Sequence[Sequence[Plane]]) -> Batch:
    """The painted pictures (N, H, W, 3) in the share that there is to be seen of their contents, over these.

    copies: small ones of the contents, by channel. Pictures of light, shade and contrast enough are given back as they
    were painted, to the bit.
    """
    import cv2

    shares = [visibility_of(copy) for copy in copies]
    if min(shares) == 1:
        return painted
    mixed = [picture if share == 1 else cv2.addWeighted(np.asarray(picture), share, np.asarray(content), 1 - share, 0)
             for content, picture, share in zip(contents, painted, shares, strict=True)]
    return cast(Batch, np.stack(mixed))
