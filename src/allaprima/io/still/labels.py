"""Words as small pictures, to stand beside pictures on a sheet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.sheets.grid import CHARCOAL, Colour

PALE: Colour = (225, 223, 218)


def label(text: str, *, size_px: int = 18, colour: Colour = PALE, background: Colour = CHARCOAL) -> NDArray[np.uint8]:
    """Return a line of text as a picture (H, W, 3), as wide as it needs, in the typeface that comes with Pillow."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size_px)
    width = max(1, round(font.getlength(text)))
    image = Image.new("RGB", (width + 2, round(size_px * 1.4)), background)
    ImageDraw.Draw(image).text((1, size_px), text, fill=colour, font=font, anchor="ls")
    return np.array(image)
