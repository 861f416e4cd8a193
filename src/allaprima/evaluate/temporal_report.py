"""Models and ways of steadying measured on clips, and told: as plain data, as a table, as one HTML file with strips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isnan

import numpy as np

from allaprima.config import Temporal, VideoOptions
from allaprima.evaluate.candidates import Candidate
from allaprima.evaluate.judge import Judge
from allaprima.evaluate.pictures import Sample
from allaprima.evaluate.temporal import Steadiness, Take, remembered, steadiness
from allaprima.evaluate.temporal_painting import painted
from allaprima.evaluate.temporal_rows import DIFFERENCE_GAIN, Row, RowFolder, strip_of
from allaprima.sheets import Curve, chart, heading, page, paragraph, pictures, table
from allaprima.temporal.blend import Stabilizer

MODES: tuple[Temporal, ...] = ("off", VideoOptions.temporal)
HEADER = ("clip", "style", "model", "temporal", "excess lag 1", "excess lag 8", "ratio lag 1", "ratio lag 8",
          "style loss", "style ratio", "left behind", "flicker", "patch")
JPEG_QUALITY = 85
LEAST = 2e-5              # excess that is none: a level of 8 bits, or two
EXPLANATION = (
    "Excess: mean squared warping error of the result less the content's own, by exact motion where the clip was made "
    "and by a flow other than the blender's where it was filmed. Ratio: to the same model frame by frame. Left behind: "
    "how much of the old frame's colours stands where its content has moved on, 1 for all of it. "
    "Flicker: RMS change in time of what holds still. Patch: by how much, of full scale, the middle of a patch of "
    "constant brightness changes its colour over the shot.")


def evaluate_films(takes: Iterable[Take], styles: Sequence[Sample], candidates: Sequence[Candidate], judge: Judge,
                   stability: float = Stabilizer().stability, modes: Sequence[Temporal] = MODES,
                   folder: RowFolder | None = None, advance: Callable[[Row], None] = lambda row: None) -> list[Row]:
    """Every take in every style by every model, in each of the modes.

    folder: where rows are kept as they are measured; those that are there are not measured again. advance: told of
    each.
    """
    targets = [judge.features(style.image) for style in styles]
    codes = [[candidate.encode(style, style.image.shape[0]) for candidate in candidates] for style in styles]
    rows = []
    for take in takes:
        motion = remembered(take)
        for style, target, own_codes in zip(styles, targets, codes, strict=True):
            for candidate, code in zip(candidates, own_codes, strict=True):
                for mode in modes:
                    row = folder.find(take.name, style.name, candidate.name, mode) if folder else None
                    if row is None:
                        shown, unsteadied = painted(take.frames, candidate.painter, code, mode, stability)
                        row = Row(take.name, style.name, candidate.name, mode,
                                  steadiness(motion, shown, unsteadied, judge, target), strip_of(shown))
                        if folder:
                            folder.keep(row)
                    rows.append(row)
                    advance(row)
    return rows


def baseline(rows: Sequence[Row], row: Row) -> Steadiness | None:
    """What the same model does to the same clip in the same style, frame by frame."""
    return next((other.measured for other in rows if other.temporal == "off"
                 and (other.take, other.style, other.model) == (row.take, row.style, row.model)), None)


def ratio(value: float | None, base: float | None) -> float | None:
    """The ratio, where both are known and the base is something: what is as steady as its content has no excess."""
    return value / base if value is not None and base is not None and base > LEAST else None


def known(value: str | float | None) -> str | float | None:
    """The value; None for what could not be measured, as where no two frames that far apart share a scene."""
    return None if isinstance(value, float) and isnan(value) else value


def told(rows: Sequence[Row]) -> list[dict[str, str | float | None]]:
    """The rows as plain data, under the names of the table's columns."""
    lines = []
    for row in rows:
        own = baseline(rows, row)
        excess = row.measured.excess
        values = (row.take, row.style, row.model, row.temporal, excess.get(1), excess.get(8),
                  ratio(excess.get(1), own.excess.get(1) if own else None),
                  ratio(excess.get(8), own.excess.get(8) if own else None), row.measured.style,
                  ratio(row.measured.style, own.style if own else None), row.measured.left_behind, row.measured.flicker,
                  row.measured.patch)
        lines.append(dict(zip(HEADER, map(known, values), strict=True)))
    return lines


def as_jpeg(strip: bytes) -> bytes:
    """A strip as JPEG: a report holds hundreds."""
    import cv2

    picture = cv2.imdecode(np.frombuffer(strip, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()


def html(rows: Sequence[Row], notes: Sequence[str] = ()) -> str:
    """The report: the table, spectra of flicker where something holds still, and strips of every row."""
    lines = [[line[name] for name in HEADER] for line in told(rows)]
    parts = [paragraph(EXPLANATION), *(paragraph(note) for note in notes), table(HEADER, lines)]
    for take, style in dict.fromkeys((row.take, row.style) for row in rows):
        group = [row for row in rows if (row.take, row.style) == (take, style)]
        parts.append(heading(f"{take} in {style}"))
        curves = [Curve(f"{row.model} {row.temporal}", np.arange(1, len(row.measured.spectrum) + 1)
                        / (2 * len(row.measured.spectrum)), row.measured.spectrum)
                  for row in group if row.measured.spectrum is not None and row.measured.spectrum.any()]
        if curves:
            parts.append(chart(curves, x_label="cycles a frame", y_label="power of what holds still", log_y=True))
        parts.append(pictures([(as_jpeg(row.strip), f"{row.model}, temporal {row.temporal}: frames, and their "
                                f"differences times {DIFFERENCE_GAIN:g}") for row in group], wide=True))
    return page("Steadiness of painted films", *parts)
