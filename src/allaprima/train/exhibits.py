"""Rgb8 sheets of a run: a few contents in a few styles, and at strengths between nothing and all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.frames import Rgb8
from allaprima.sheets import encode_png, grid
from allaprima.train.pictures import Pictures

CONTENTS, STYLES, SIDE_PX = 5, 6, 192
STRENGTHS = (0.0, 0.25, 0.5, 0.75)  # of the first style, before the full strength of all

Painter = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Paints contents (1, 3, H, W) in whitened codes (1, 1920) at strengths (1,)."""


def spread(pictures: Pictures, count: int) -> list[Tensor]:
    """Up to ``count`` pictures from all over the list, their middle squares, (1, 3, S, S) in [0, 1]."""
    places = np.unique(np.linspace(0, len(pictures) - 1, count).round().astype(int)).tolist()
    squares = []
    for place in places:
        image = pictures.images[place]
        side = min(image.shape[1:])
        top, left = (image.shape[1] - side) // 2, (image.shape[2] - side) // 2
        square = image[None, :, top:top + side, left:left + side].float() / 255
        squares.append(F.interpolate(square, (SIDE_PX, SIDE_PX), mode="bilinear", antialias=True).clamp(0, 1))
    return squares


def as_picture(image: Tensor) -> Rgb8:
    """An array (H, W, 3) uint8 of a picture (1, 3, H, W)."""
    levels = (image[0].float().clamp(0, 1) * 255).round().to(torch.uint8)
    picture: Rgb8 = levels.permute(1, 2, 0).cpu().numpy()
    return picture


@torch.inference_mode()
def sheet_of(painter: Painter, encoder: Callable[[Tensor], Tensor], contents: Sequence[Tensor],
             styles: Sequence[Tensor]) -> Rgb8:
    """A row a content: the content, the first style at growing strengths, then every style in full."""
    codes = [encoder(style) for style in styles]
    shown = [(codes[0], strength) for strength in STRENGTHS] + [(code, 1.0) for code in codes]
    rows: list[list[Rgb8 | None]] = [[None] * (1 + len(STRENGTHS)) + [as_picture(style) for style in styles]]
    for content in contents:
        painted = [painter(content, code, content.new_tensor([strength])) for code, strength in shown]
        rows.append([as_picture(content), *map(as_picture, painted)])
    return grid(rows, gap=4)


def write_sheet(picture: Rgb8, path: Path) -> None:
    """Writes a sheet as PNG."""
    path.write_bytes(encode_png(picture))
