"""What stands on the picture: figures, style, notices, help. Drawn on what is shown, never on what is recorded."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from allaprima.io.still.labels import label
from allaprima.pipeline.live.controls import HELP, View
from allaprima.sheets.grid import CHARCOAL

Rgb = NDArray[np.uint8]
MARGIN = 8
DIMMED = 0.35  # of the picture's light that stays behind words
LEAST_TEXT_PX = 11
ALARM = (255, 176, 80)
FULL = (235, 233, 228)


@lru_cache(maxsize=256)
def words(text: str, size_px: int, colour: tuple[int, int, int] = FULL) -> Rgb:
    """A line of text on black."""
    return label(text, size_px=size_px, colour=colour, background=(0, 0, 0))


def text_px(picture: Rgb) -> int:
    """The size of words on a picture: twenty-six lines of them would fill it."""
    return max(LEAST_TEXT_PX, int(picture.shape[0]) // 26)


def arranged(view: View, content: Rgb, painted: Rgb) -> Rgb:
    """The painting, or camera and painting side by side, or each half of one picture; a new array."""
    if view == "painted":
        return painted.copy()
    if view == "side by side":
        return np.concatenate((content, painted), axis=1)
    picture = painted.copy()
    middle = picture.shape[1] // 2
    picture[:, :middle] = content[:, :middle]
    picture[:, middle - 1:middle + 1] = 255
    return picture


def put(picture: Rgb, stamp: Rgb, top: int, left: int) -> None:
    """Lays a stamp onto the picture, cut at its edges; where the stamp is dark, the picture shines through."""
    part = picture[max(0, top):top + stamp.shape[0], max(0, left):left + stamp.shape[1]]
    cut = stamp[:part.shape[0], :part.shape[1]]
    np.maximum((part * DIMMED).astype(np.uint8), cut, out=part)


def draw(picture: Rgb, lines: list[str], thumbnail: Rgb | None, notice: str | None, *, helped: bool) -> None:
    """Draws figures and thumbnail at the top left, a notice at the bottom, help in the middle; changes the picture."""
    top, size_px = MARGIN, text_px(picture)
    for line in lines:
        stamp = words(line, size_px)
        put(picture, stamp, top, MARGIN)
        top += stamp.shape[0]
    if thumbnail is not None and lines:
        part = picture[top + 4:top + 4 + thumbnail.shape[0], MARGIN:MARGIN + thumbnail.shape[1]]
        part[...] = thumbnail[:part.shape[0], :part.shape[1]]
    if notice is not None:
        stamp = words(notice, size_px, ALARM)
        put(picture, stamp, picture.shape[0] - stamp.shape[0] - MARGIN, MARGIN)
    if helped:
        page = help_page(min(size_px, (picture.shape[0] - 2 * MARGIN) * 2 // (3 * len(HELP))))
        put(picture, page, max(0, (picture.shape[0] - page.shape[0]) // 2),
            max(0, (picture.shape[1] - page.shape[1]) // 2))


@lru_cache(maxsize=4)
def help_page(size_px: int) -> Rgb:
    """All keys and what they do."""
    rows = [np.concatenate((widened(words(keys, size_px), 6 * size_px), words(meaning, size_px)), axis=1)
            for keys, meaning in HELP]
    width = max(row.shape[1] for row in rows)
    return np.pad(np.concatenate([widened(row, width) for row in rows]), ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)))


def widened(picture: Rgb, width: int) -> Rgb:
    """The picture with black on its right up to that width."""
    return np.pad(picture, ((0, 0), (0, max(0, width - picture.shape[1])), (0, 0)))


def card(width: int, height: int, text: str = "") -> Rgb:
    """A dark picture with a line of text, while there is nothing else to show."""
    picture = np.full((height, width, 3), CHARCOAL, np.uint8)
    if text:
        put(picture, words(text, text_px(picture)), height // 2, MARGIN)
    return picture
