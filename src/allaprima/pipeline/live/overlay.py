"""What stands on the picture: figures, style, notices, help. Drawn on what is shown, never on what is recorded.

Everything is drawn at the window's size: the picture is brought to it first.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from allaprima.io.still.labels import label
from allaprima.pipeline.live.controls import HELP, View
from allaprima.pipeline.live.fitting import enlarged
from allaprima.pipeline.resizing import resized
from allaprima.sheets.grid import CHARCOAL

Rgb = NDArray[np.uint8]
MARGIN = 8
DIMMED = 0.35  # of the picture's light that stays behind words
LEAST_TEXT_PX, MOST_TEXT_PX = 11, 30
THUMBNAIL_LINES = 4
ALARM = (255, 176, 80)
FULL = (235, 233, 228)


@lru_cache(maxsize=512)
def words(text: str, size_px: int, colour: tuple[int, int, int] = FULL) -> Rgb:
    """A line of text on black."""
    return label(text, size_px=size_px, colour=colour, background=(0, 0, 0))


def text_px(height: int) -> int:
    """The size of words on a picture so high: twenty-six lines of them would fill it, thirty pixels at most."""
    return min(MOST_TEXT_PX, max(LEAST_TEXT_PX, height // 26))


def inside(picture: Rgb, width: int, height: int) -> Rgb:
    """The picture as large as it fits into that size."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    fitting = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return enlarged(picture, *fitting) if scale > 1 else np.asarray(resized(picture, *fitting), np.uint8)


def centred(picture: Rgb, width: int, height: int) -> Rgb:
    """The picture in the middle of that size, black around it; always a new array."""
    if picture.shape[:2] == (height, width):
        return picture.copy()
    whole = np.zeros((height, width, 3), np.uint8)
    top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    whole[top:top + picture.shape[0], left:left + picture.shape[1]] = picture
    return whole


def arranged(view: View, content: Rgb, painted: Rgb, size: tuple[int, int]) -> Rgb:
    """The painting, or camera and painting side by side, or each half of one, at the size (W, H) of a window."""
    width, height = size
    if view == "side by side":
        half = width // 2
        return np.concatenate((centred(inside(content, half, height), half, height),
                               centred(inside(painted, width - half, height), width - half, height)), axis=1)
    picture = inside(painted, width, height)
    if view == "split":
        middle = picture.shape[1] // 2
        picture = picture.copy()
        picture[:, :middle] = inside(content, width, height)[:, :middle]
        picture[:, max(0, middle - 1):middle + 1] = 255
    return centred(picture, width, height)


def put(picture: Rgb, stamp: Rgb, top: int, left: int) -> None:
    """Lays a stamp onto the picture, cut at its edges; where the stamp is dark, the picture shines through."""
    part = picture[max(0, top):top + stamp.shape[0], max(0, left):left + stamp.shape[1]]
    cut = stamp[:part.shape[0], :part.shape[1]]
    np.maximum((part * DIMMED).astype(np.uint8), cut, out=part)


def draw(picture: Rgb, lines: list[str], thumbnail: Rgb | None, notice: str | None, *, helped: bool) -> None:
    """Draws figures and thumbnail at the top left, a notice at the bottom, help in the middle; changes the picture."""
    top, size_px = MARGIN, text_px(picture.shape[0])
    for line in lines:
        stamp = words(line, size_px)
        put(picture, stamp, top, MARGIN)
        top += stamp.shape[0]
    if thumbnail is not None and lines:
        small = inside(thumbnail, picture.shape[1] // 3, THUMBNAIL_LINES * size_px)
        part = picture[top + 4:top + 4 + small.shape[0], MARGIN:MARGIN + small.shape[1]]
        part[...] = small[:part.shape[0], :part.shape[1]]
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
    rows = [np.concatenate((widened(words(keys, size_px), 7 * size_px), words(meaning, size_px)), axis=1)
            for keys, meaning in HELP]
    width = max(row.shape[1] for row in rows)
    return np.pad(np.concatenate([widened(row, width) for row in rows]), ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)))


def widened(picture: Rgb, width: int) -> Rgb:
    """The picture with black on its right up to that width."""
    return np.pad(picture, ((0, 0), (0, max(0, width - picture.shape[1])), (0, 0)))


def card(width: int, height: int, text: str = "", picture: Rgb | None = None) -> Rgb:
    """A line of text on the camera's picture, or on a dark card where there is none yet."""
    whole = np.full((height, width, 3), CHARCOAL, np.uint8) if picture is None else centred(
        inside(picture, width, height), width, height)
    if text:
        stamp = words(text, text_px(height))
        put(whole, stamp, height - stamp.shape[0] - MARGIN if picture is not None else height // 2, MARGIN)
    return whole
