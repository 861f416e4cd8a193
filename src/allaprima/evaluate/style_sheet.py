"""Styles on one sheet: a photograph painted in each of them, the style's own picture in a corner, its name below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allaprima.curves import constant
from allaprima.engines import Engine, at_detail
from allaprima.io.still.labels import label
from allaprima.pipeline.looks.brush import working_height
from allaprima.pipeline.looks.styles import shown_picture
from allaprima.pipeline.looks.tracks import load_track
from allaprima.pipeline.resizing import resized
from allaprima.sheets import encode_png, grid
from allaprima.sheets.grid import CHARCOAL

COLUMNS = 4
CELL_HEIGHT = 260
INSET_SHARE = 0.26      # of a cell's height, that the style's own picture takes
LABEL_HEIGHT = 28

Rgb = NDArray[np.uint8]


def style_sheet(photograph: Rgb, names: Sequence[str], engine: Engine,
                on_painted: Callable[[int], None] = lambda count: None) -> bytes:
    """A PNG: the photograph (H, W, 3), then its paintings, in rows of four.

    on_painted: told of each painting as it is done.
    """
    cells = [labelled(at_height(photograph, CELL_HEIGHT), "the photograph")]
    for name in names:
        cells.append(cell(photograph, name, engine))
        on_painted(1)
    return encode_png(grid([cells[start:start + COLUMNS] for start in range(0, len(cells), COLUMNS)]))


def sheet_of_pictures(styles: Sequence[tuple[str, str]]) -> bytes:
    """A PNG of styles' own pictures in rows of four, each by its name, with words below it."""
    cells = []
    for name, words in styles:
        shown = shown_picture(name)
        empty = np.full((CELL_HEIGHT, CELL_HEIGHT, 3), CHARCOAL, np.uint8)
        cells.append(labelled(empty if shown is None else at_height(shown, CELL_HEIGHT)[:, :2 * CELL_HEIGHT], words))
    return encode_png(grid([cells[start:start + COLUMNS] for start in range(0, len(cells), COLUMNS)]))


def cell(photograph: Rgb, name: str, engine: Engine) -> Rgb:
    """The photograph in the style of that name."""
    look = load_track(name, engine, constant(1.0)).at(Fraction(0))
    whole, _ = at_detail(engine, working_height("brush", look)).stylize(photograph[None], [look])
    painting = at_height(np.asarray(whole[0], np.uint8), CELL_HEIGHT)
    shown = shown_picture(name)
    if shown is not None:
        inset = at_height(shown, round(INSET_SHARE * CELL_HEIGHT))[:, :painting.shape[1] // 2]
        framed = np.pad(inset, ((2, 0), (2, 0), (0, 0)), constant_values=255)
        painting[-framed.shape[0]:, -framed.shape[1]:] = framed
    return labelled(painting, look.style.name)


def at_height(picture: Rgb, height: int) -> Rgb:
    """The picture (H, W, 3) at that height."""
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.array(resized(picture, width, height), np.uint8)


def labelled(picture: Rgb, words: str) -> Rgb:
    """The picture with a line of words below it."""
    written = label(words)[:, :picture.shape[1]]
    strip = np.empty((LABEL_HEIGHT, picture.shape[1], 3), np.uint8)
    strip[:] = CHARCOAL
    strip[:written.shape[0], :written.shape[1]] = written[:LABEL_HEIGHT]
    return np.concatenate([picture, strip])
