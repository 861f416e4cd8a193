"""Steadiness as one reads it: every clip in one line, held steady beside frame by frame, and what falls short."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allaprima.evaluate.temporal import LAGS
from allaprima.evaluate.temporal_report import HEADER, told
from allaprima.evaluate.temporal_rows import Row
from allaprima.sheets import grid

WANTED = {"ratio lag 1": 0.4, "ratio lag 8": 0.5, "style ratio": 1.05}
TEN_THOUSANDTHS = 1e4    # excess is small: it is told in these
Line = dict[str, str | float | None]


def beside(rows: Sequence[Row]) -> tuple[tuple[str, ...], list[list[str]]]:
    """The header and the lines of a table: what is held steady, beside the same frame by frame.

    Only what was asked for several times (styles, models, ways of steadying) has a column that names it.
    """
    lines = held(told(rows))
    names = [name for name in HEADER[1:4] if len({line[name] for line in lines}) > 1]
    header = ("clip", *names, *(head for lag in LAGS for head in (f"lag {lag} painted", "held", "share")),
              "style painted", "held", "share", "left behind")
    alone = {key(line): line for line in told(rows) if line["temporal"] == "off"}
    table = []
    for line in lines:
        own = alone.get(key(line), dict.fromkeys(HEADER))
        cells = [str(line[name]) for name in ("clip", *names)]
        for lag in LAGS:
            cells += [number(own[f"excess lag {lag}"], 1, TEN_THOUSANDTHS),
                      number(line[f"excess lag {lag}"], 1, TEN_THOUSANDTHS), number(line[f"ratio lag {lag}"], 2)]
        table.append([*cells, number(own["style loss"], 3), number(line["style loss"], 3),
                      number(line["style ratio"], 2), number(line["left behind"], 3)])
    return header, table


def held(lines: Sequence[Line]) -> list[Line]:
    """The lines of what was held steady; all of them where nothing was."""
    return [line for line in lines if line["temporal"] != "off"] or list(lines)


def key(line: Line) -> tuple[str | float | None, ...]:
    """What is one thing frame by frame and held steady: the clip, the style, the model."""
    return tuple(line[name] for name in HEADER[:3])


def number(value: str | float | None, digits: int, unit: float = 1.0) -> str:
    """A cell of the table."""
    return "-" if value is None or isinstance(value, str) else f"{value * unit:.{digits}f}"


def conclusions(rows: Sequence[Row]) -> list[str]:
    """What the table says, in sentences: the means over all clips, and which fall short of what is wanted."""
    lines = held(told(rows))
    said = []
    for name, most in WANTED.items():
        known = {str(line["clip"]): value for line in lines if isinstance(value := line[name], float)}
        if not known:
            continue
        beyond = [f"{clip} {value:.2f}" for clip, value in known.items() if round(value, 2) > most]
        said.append(f"{name}: {np.mean(list(known.values())):.2f} on the mean; above the {most:g} that is wanted: "
                    + (", ".join(beyond) or "none"))
    return said


def strips(rows: Sequence[Row]) -> dict[str, bytes]:
    """Every clip's strips by its name, style and model, as a PNG: one way of steadying below another."""
    import cv2

    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(f"{row.take}, {row.style}, {row.model}".replace("/", "_"), []).append(row)
    sheets = {}
    for name, group in groups.items():
        read = [cv2.imdecode(np.frombuffer(row.strip, np.uint8), cv2.IMREAD_COLOR) for row in group]
        sheet = grid([[np.asarray(picture, np.uint8)] for picture in read], gap=0)
        sheets[name] = cv2.imencode(".png", sheet)[1].tobytes()
    return sheets
