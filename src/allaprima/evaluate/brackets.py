"""One content and one style bracketed: by strength, and by the size of strokes or of the style that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from allaprima.engines import Engine, Look, Style, at_detail
from allaprima.evaluate.pictures import Sample, Square, as_levels
from allaprima.pipeline.looks.styles import load_styles
from allaprima.pipeline.resizing import resized
from allaprima.sheets import encode_png, grid, heading, page, pictures
from allaprima.sizes import look_at_scale, parsed_brush


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of a sheet: what is painted with, and its words."""

    caption: str
    engine: Engine
    style: Style


def rows_by_brush(spec: str, engine: Engine, brushes: Sequence[str]) -> list[Row]:
    """A row for each brush, by name or lines; the style is looked at as large as the brush wants it."""
    lines = [parsed_brush(brush) for brush in brushes]
    styles = load_styles(spec, engine, [look_at_scale(each) for each in lines], fitted=True)
    return [Row(f"brush {brush}", at_detail(engine, each), style)
            for brush, each, style in zip(brushes, lines, styles, strict=True)]


def rows_by_scale(spec: str, engine: Engine, scales: Sequence[float]) -> list[Row]:
    """A row for each style scale, all painted at one size."""
    return [Row(f"style scale {scale:g}", engine, style)
            for scale, style in zip(scales, load_styles(spec, engine, scales), strict=True)]


def bracketed(content: Sample, rows: Sequence[Row], strengths: Sequence[float], size: int) -> list[list[Square]]:
    """The content (H, W, 3) painted by each row at each strength, shown with a shorter side of ``size`` pixels."""
    return [[painted(content.image, row, strength, size) for strength in strengths] for row in rows]


def painted(content: Square, row: Row, strength: float, size: int) -> Square:
    """The content painted as a row has it, at a strength, as an 8-bit picture; then made smaller."""
    whole, _ = row.engine.stylize(as_levels(content[None]), [Look(row.style, strength)])
    picture = np.asarray(whole[0], np.float32) / np.float32(255)
    height, width = picture.shape[:2]
    share = min(1.0, size / min(height, width))
    return cast(Square, picture if share == 1 else resized(picture, round(width * share), round(height * share)))


def sheet_png(shown: Sequence[Sequence[Square]]) -> bytes:
    """A PNG of rows of pictures."""
    return encode_png(grid([[as_levels(picture) for picture in row] for row in shown]))


def sheet_html(title: str, rows: Sequence[Row], shown: Sequence[Sequence[Square]], strengths: Sequence[float]) -> str:
    """One HTML page: a row of captioned pictures for each row of the sheet."""
    parts = []
    for row, painted_row in zip(rows, shown, strict=True):
        parts += [heading(row.caption),
                  pictures([(encode_png(as_levels(picture)), f"strength {strength:g}")
                            for strength, picture in zip(strengths, painted_row, strict=True)])]
    return page(title, *parts)
