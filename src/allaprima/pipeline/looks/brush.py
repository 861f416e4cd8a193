"""How coarse strokes are, as one number: the lines at which a network works, and how large it looks at the style.

Strokes belong to a picture and not to its pixels: of few lines a face is a few bold strokes, of many it is hatched.
"""

from __future__ import annotations

from allaprima.engines import Look, Style, blended
from allaprima.pipeline.looks.tracks import Track
from allaprima.sizes import BRUSHES, Detail

USUAL = BRUSHES["medium"]


def working_height(detail: Detail, look: Look | Track) -> int | None:
    """The lines at which a look is to be painted: those asked for, else its brush's; None for full size."""
    return brush_of(look) if detail == "brush" else detail


def brush_of(look: Look | Track) -> int:
    """The brush of a look, of a track the one that it begins with: what its style was fitted with, else the usual."""
    if isinstance(look, Look):
        return round(lines_of(look.style))
    if look.masked:
        return brush_of(look.masked[0].track)
    styles = [(look.book.style(path, look.scale.keys[0][1]), weight.keys[0][1]) for path, weight in look.blends[0][1]]
    return round(lines_of(blended(styles) if sum(weight for _, weight in styles) > 0 else styles[0][0]))


def lines_of(style: Style) -> float:
    """The lines that a style was fitted at; of a blend the mean of its parts'."""
    if style.parts:
        return sum(share * lines_of(part) for part, share in style.parts)
    return next((float(fitted.brush) for fitted in style.fitted if fitted.brush is not None), float(USUAL))
