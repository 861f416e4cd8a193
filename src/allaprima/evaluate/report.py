"""An evaluation told: as plain data, as a table, and as one HTML file with curves and pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np

from allaprima.evaluate.candidates import REFERENCE
from allaprima.evaluate.intervals import Interval, draws, interval_of_mean, interval_of_ratio
from allaprima.evaluate.judge import LAYERS, Measures
from allaprima.evaluate.pictures import as_levels, centre_square
from allaprima.evaluate.quality import CONTENT_COPY, STYLE_COPY, CurvePoint, Evaluation
from allaprima.functional import artefacts
from allaprima.nets.vgg import STYLE_LAYERS
from allaprima.sheets import Curve, chart, encode_png, grid, heading, page, paragraph, pictures, table

MEASURES: dict[str, Callable[[Measures], float]] = {
    "content": lambda cell: cell.content,
    "style": lambda cell: cell.style,
    "wasserstein": lambda cell: sum(cell.wasserstein),
    "gram": lambda cell: sum(cell.gram),
    "ssim": lambda cell: cell.ssim,
}


def weave_at(place: int) -> Callable[[Measures], float]:
    """Takes the weave at one of the periods."""
    return lambda cell: cell.weave[place]


ARTEFACTS: dict[str, Callable[[Measures], float]] = {
    "weave": lambda cell: math.hypot(*cell.weave),
    **{f"weave_{period}": weave_at(place) for place, period in enumerate(artefacts.PERIODS)},
    "shift": lambda cell: cell.shift,
    "halo": lambda cell: cell.halo,
}
REALISM: dict[str, Callable[[Measures], float]] = {
    "residual": lambda cell: cell.residual,
    "edges": lambda cell: cell.edges,
}
ARTEFACT_TITLES = ("weave", *(f"of {period} px" for period in artefacts.PERIODS), "shift", "halo")
EXPLANATION = (
    "content: mean squared error of VGG-19's relu4_1 to the content. style: over relu1_1 to relu4_1, squared errors of "
    "channel means and deviations to the style. Wasserstein (squared, a channel) and Gram: summed over relu1_1 to "
    "relu5_1; no network here was trained by either. SSIM: grey, to the content. In brackets: 95 % of resampled means, "
    "contents and styles drawn anew. Smaller is better but for SSIM; the two copies are the ends of the scale.")
ARTEFACT_EXPLANATION = (
    "In levels of 8 bits, smaller is better. Weave: the root of the mean energy of what repeats every 2, 4 and 8 px "
    "in flat windows of the content, beyond the style's own. Shift: how differently a content moved by 1 to 7 pixels "
    "is painted. Halo: overshoot 3 to 8 pixels beside strong edges against 13 to 20. Contents without flat places, or "
    "without strong edges beside them, are left out.")


REALISM_EXPLANATION = (
    "Whether a photograph stays one. Residual: what no affine change of the content's colours explains nearby, in "
    "levels of 8 bits, smaller is realer. Edges: SSIM of edge strengths to the content's, 1 where all edges stay.")


class Row(TypedDict):
    """What is known of one candidate; intervals as mean, low, high. Ratios are to the reference model, where it ran.

    artefacts: in levels; None where no picture tells.
    """

    measures: dict[str, Interval]
    artefacts: dict[str, Interval | None]
    realism: dict[str, Interval]
    ratios: dict[str, Interval]
    layers: dict[str, dict[str, float]]
    median_ms: float | None


class Summary(TypedDict):
    """An evaluation as plain data."""

    size: int
    style_size: int
    strength: float
    contents: list[str]
    styles: list[str]
    rows: dict[str, Row]
    curves: dict[str, list[dict[str, float]]]


def summary(done: Evaluation) -> Summary:
    """The evaluation as plain data, ready for JSON."""
    weights = draws(len(done.contents), len(done.styles), done.options.seed)
    grids = {name: {measure: done.grid(name, take) for measure, take in MEASURES.items()} for name in done.rows}
    real = {name: {measure: done.grid(name, take) for measure, take in REALISM.items()} for name in done.rows}
    unwanted = {name: {measure: done.grid(name, take) for measure, take in ARTEFACTS.items()} for name in done.rows}
    rows: dict[str, Row] = {}
    for name, cells in done.rows.items():
        everything = [cell for row in cells for cell in row]
        ratios = {measure: interval_of_ratio(grids[name][measure], grids[REFERENCE][measure], weights)
                  for measure in ("content", "style", "wasserstein", "gram")} if REFERENCE in grids else {}
        rows[name] = Row(
            measures={measure: interval_of_mean(values, weights) for measure, values in grids[name].items()},
            realism={measure: interval_of_mean(values, weights) for measure, values in real[name].items()},
            artefacts={measure: known(interval_of_mean(values, weights)) for measure, values in unwanted[name].items()},
            ratios={} if name == REFERENCE else ratios,
            layers={"style": means(STYLE_LAYERS, [cell.style_layers for cell in everything]),
                    "gram": means(LAYERS, [cell.gram for cell in everything]),
                    "wasserstein": means(LAYERS, [cell.wasserstein for cell in everything])},
            median_ms=None if name in (CONTENT_COPY, STYLE_COPY)
            else 1000 * float(np.median([cell.seconds for cell in everything])))
    return Summary(size=done.options.size, style_size=done.options.style_size or done.options.size,
                   strength=done.options.strength, contents=[picture.name for picture in done.contents],
                   styles=[picture.name for picture in done.styles], rows=rows,
                   curves={name: [as_data(point) for point in points] for name, points in done.curves.items()})


def known(interval: Interval) -> Interval | None:
    """The interval, or None where nothing is known: JSON has no NaN."""
    return None if math.isnan(interval.mean) else interval


def artefact_rows(told: Summary) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the table of artefacts, as text."""
    return ["model", *ARTEFACT_TITLES], [
        [name, *("" if interval is None else as_text(interval, 2) for interval in row["artefacts"].values())]
        for name, row in told["rows"].items()]


def realism_rows(told: Summary) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the table of what stays real, as text."""
    return ["model", *REALISM], [[name, *(as_text(interval) for interval in row["realism"].values())]
                                 for name, row in told["rows"].items()]


def means(layers: Sequence[str], values: Sequence[Sequence[float]]) -> dict[str, float]:
    """By layer, the mean of a measure over all pairs."""
    return {layer: float(mean) for layer, mean in zip(layers, np.mean(values, axis=0), strict=True)}


def as_data(point: CurvePoint) -> dict[str, float]:
    """A point of a curve as plain data."""
    return {"strength": point.strength, "content": point.content, "style": point.style,
            "wasserstein": point.wasserstein, "ssim": point.ssim}


def table_rows(told: Summary) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the main table, as text."""
    ratios = any(row["ratios"] for row in told["rows"].values())
    header = ["model", "content", "style", "Wasserstein", "Gram", "SSIM", "ms"]
    header += ["content ratio", "style ratio"] if ratios else []
    rows = []
    for name, row in told["rows"].items():
        cells = [name, *(as_text(row["measures"][measure]) for measure in MEASURES)]
        cells.append("" if row["median_ms"] is None else f"{row['median_ms']:.0f}")
        if ratios:
            cells += [as_text(row["ratios"][measure]) if measure in row["ratios"] else ""
                      for measure in ("content", "style")]
        rows.append(cells)
    return header, rows


def as_text(interval: Interval, digits: int = 3) -> str:
    """An interval as ``1.234 (1.100-1.400)``."""
    mean, low, high = (f"{value:.{digits}f}" for value in interval)
    return f"{mean} ({low}-{high})"


def html(done: Evaluation, told: Summary, notes: Sequence[str] = ()) -> str:
    """The evaluation as one self-contained HTML page; ``notes`` stand under its table."""
    header, rows = table_rows(told)
    parts = [paragraph(f"{len(done.contents)} contents x {len(done.styles)} styles, squares of {told['size']} pixels, "
                       f"styles seen at {told['style_size']} pixels, strength {told['strength']:g}."),
             table(header, rows), paragraph(EXPLANATION), table(*artefact_rows(told)),
             paragraph(ARTEFACT_EXPLANATION), table(*realism_rows(told)), paragraph(REALISM_EXPLANATION),
             *(paragraph(note) for note in notes)]
    for kind in ("style", "wasserstein", "gram"):
        layers = STYLE_LAYERS if kind == "style" else LAYERS
        parts += [heading(f"{kind.capitalize()} by layer"),
                  table(["model", *layers], [[name, *(row["layers"][kind][layer] for layer in layers)]
                                             for name, row in told["rows"].items()])]
    if any(done.curves.values()):
        parts += curves(done)
    if any(done.painted.values()):
        parts += [heading("Pictures"), paragraph(f"From left to right: content, style, {', '.join(done.painted)}."),
                  pictures([(sheet(done), "the same pairs for every model, none of them chosen")], wide=True)]
    return page("Quality of style transfer", *parts)


def curves(done: Evaluation) -> list[str]:
    """The way from content to style: style over content loss, and both over strength."""
    across = [Curve(name, [point.content for point in points], [point.style for point in points])
              for name, points in done.curves.items()]
    style = [Curve(name, [point.strength for point in points], [point.style for point in points])
             for name, points in done.curves.items()]
    ssim = [Curve(name, [point.strength for point in points], [point.ssim for point in points])
            for name, points in done.curves.items()]
    return [heading("From content to style"), chart(across, x_label="content loss", y_label="style loss"),
            chart(style, x_label="strength", y_label="style loss"), chart(ssim, x_label="strength", y_label="SSIM")]


def sheet(done: Evaluation) -> bytes:
    """A PNG of the pairs that are shown: content, style, and what each candidate made of them."""
    rows = []
    for content, style in done.shown:
        shown = [done.contents[content].image, centre_square(done.styles[style].image, done.options.size),
                 *(painted[content, style] for painted in done.painted.values())]
        rows.append([as_levels(picture) for picture in shown])
    return encode_png(grid(rows))
