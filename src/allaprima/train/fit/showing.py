"""A sheet of a fit: a few contents, as they are and as the network paints them by now."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from allaprima.frames import Rgb8
from allaprima.functional.padding import padding_for
from allaprima.sheets import encode_png, fitted, grid
from allaprima.train.exhibits import as_picture
from allaprima.train.fit.job import look_at
from allaprima.train.fit.network import FittedNetwork

SHOWN = 4
STYLE_BOX_PX = 320


@torch.inference_mode()
def painted(network: FittedNetwork, content: Tensor) -> Tensor:
    """A picture (1, 3, H, W) in [0, 1] of any size, painted, its border reflected around it."""
    frame = padding_for(*content.shape[2:])
    around = (frame.left, frame.right, frame.top, frame.bottom)
    whole: Tensor = network(torch.nn.functional.pad(content, around, mode="reflect"))
    return whole[:, :, frame.top:frame.top + frame.height, frame.left:frame.left + frame.width]


def spread(contents: Sequence[Tensor], count: int = SHOWN) -> list[Tensor]:
    """Up to so many of the contents, from all over the list."""
    return [contents[index * len(contents) // count] for index in range(min(count, len(contents)))]


def sheet_of(network: FittedNetwork, contents: Sequence[Tensor], styles: Sequence[Tensor], lines: int) -> bytes:
    """The sheet as PNG: the styles, then a row a content (3, H, W), uint8, at so many lines, and what becomes of it."""
    device = network.row.device
    rows: list[list[Rgb8 | None]] = [[fitted(as_picture(look_at(style, 2 * STYLE_BOX_PX)), STYLE_BOX_PX,
                                                STYLE_BOX_PX) for style in styles[:3]]]
    for content in spread(contents):
        shown = look_at(content, lines)
        rows.append([as_picture(shown), as_picture(painted(network, shown.to(device)))])
    return encode_png(grid(rows, gap=4))
