"""Curves drawn as SVG text: axes, round ticks and a legend, in colours that the page around them sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

LINE_COLOURS = 8  # the page defines --line-0 to --line-7; more series begin again
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 44
_MOST_POINTS = 800  # about the pixels across: more would only make the file larger
_MARKED_POINTS = 40  # up to here each point is drawn and tells its values


@dataclass(frozen=True, slots=True)
class Curve:
    """One named line: x and y of one length; where either is not finite the line is broken. points: marks, no line."""

    name: str
    x: ArrayLike
    y: ArrayLike
    points: bool = False


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    log: bool
    start_px: float
    end_px: float

    def at(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        share = (self._measure(values) - self._measure(self.low)) / (self._measure(self.high) - self._measure(self.low))
        return self.start_px + share * (self.end_px - self.start_px)

    def _measure(self, values: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.log10(values) if self.log else np.asarray(values, dtype=np.float64)


def chart(curves: Sequence[Curve], *, x_label: str, y_label: str, log_x: bool = False, log_y: bool = False,
          width: int = 760, height: int = 320) -> str:
    """Return an SVG element of curves in one frame, to stand in a page of ``sheets.page``.

    Logarithmic axes leave out what is not above 0. Raises ValueError where no point is left to draw.
    """
    data = [_finite(curve, log_x, log_y) for curve in curves]
    every_x, every_y = np.concatenate([x for x, _ in data]), np.concatenate([y for _, y in data])
    if not np.isfinite(every_x).any():
        raise ValueError("a chart needs at least one finite point")
    x_axis = _axis(every_x, log_x, _LEFT, width - _RIGHT)
    y_axis = _axis(every_y, log_y, height - _BOTTOM, _TOP)
    parts = [_frame(x_axis, y_axis, x_label, y_label, width, height)]
    for number, (curve, (x, y)) in enumerate(zip(curves, data, strict=True)):
        parts.append(_drawn(curve, x, y, x_axis, y_axis, number % LINE_COLOURS))
    legend = "".join(f'<span><i style="background:var(--line-{number % LINE_COLOURS})"></i>{escape(curve.name)}</span>'
                     for number, curve in enumerate(curves))
    return (f'<figure class="chart"><svg viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{escape(y_label)} over {escape(x_label)}">{"".join(parts)}</svg>'
            f'<figcaption class="legend">{legend}</figcaption></figure>')


def _finite(curve: Curve, log_x: bool, log_y: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.array(curve.x, dtype=np.float64), np.array(curve.y, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"the curve {curve.name!r} has {x.shape} values of x and {y.shape} of y")
    usable = np.isfinite(x) & np.isfinite(y) & ((x > 0) | (not log_x)) & ((y > 0) | (not log_y))
    x[~usable] = y[~usable] = np.nan
    return (x, y) if curve.points else _thinned(x, y)


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest point of each stretch of a long curve: peaks stay, the file stays small."""
    if x.size <= _MOST_POINTS:
        return x, y
    kept: list[int] = [0, x.size - 1]
    for stretch in np.array_split(np.arange(x.size), _MOST_POINTS // 2):
        values = y[stretch]
        if np.isnan(values).all():
            kept.append(int(stretch[0]))
        else:
            kept += [int(stretch[np.nanargmin(values)]), int(stretch[np.nanargmax(values)])]
    chosen = np.unique(kept)
    return x[chosen], y[chosen]


def _axis(values: NDArray[np.float64], log: bool, start_px: float, end_px: float) -> _Axis:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if log:
        low, high = (low / 1.2, high * 1.2) if low == high else (low, high)
        return _Axis(low, high, True, start_px, end_px)
    if low == high:
        low, high = low - (abs(low) or 1) * 0.1, high + (abs(high) or 1) * 0.1
    elif 0 < low < 0.4 * high:  # near enough to show the zero
        low = 0.0
    return _Axis(low, high, False, start_px, end_px)


def ticks(low: float, high: float, *, log: bool = False, about: int = 6) -> list[float]:
    """Return round numbers between two, some ``about`` of them: steps of 1, 2 or 5, or powers of ten."""
    if log and high / low >= 10:
        first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
        every = max(1, math.ceil((last - first + 1) / about))
        tens = [10.0 ** power for power in range(first, last + 1, every)]
        if len(tens) > 2:
            return tens
        found = [factor * 10.0 ** power for power in range(first - 1, last + 1) for factor in (1, 2, 5)]
        return [value for value in found if low * 0.999 <= value <= high * 1.001]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    return [number * step for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _number(value: float) -> str:
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:.6g}"
    mantissa, power = f"{value:.3g}".split("e") if "e" in f"{value:.3g}" else (f"{value:.3g}", "")
    return f"{mantissa}e{int(power)}" if power else mantissa


def _frame(x_axis: _Axis, y_axis: _Axis, x_label: str, y_label: str, width: int, height: int) -> str:
    parts = []
    for value in ticks(y_axis.low, y_axis.high, log=y_axis.log, about=5):
        y = float(y_axis.at(np.array(value)))
        parts.append(f'<line class="rule" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                     f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>')
    floor = height - _BOTTOM
    for value in ticks(x_axis.low, x_axis.high, log=x_axis.log, about=8):
        x = float(x_axis.at(np.array(value)))
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{floor}" y2="{floor + 4}"/>'
                     f'<text class="tick" x="{x:.1f}" y="{floor + 17}" text-anchor="middle">{_number(value)}</text>')
    middle_x, middle_y = (_LEFT + width - _RIGHT) / 2, (_TOP + floor) / 2
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{floor}" y2="{floor}"/>'
                 f'<text class="label" x="{middle_x}" y="{height - 8}" text-anchor="middle">{escape(x_label)}</text>'
                 f'<text class="label" transform="translate(14 {middle_y}) rotate(-90)" text-anchor="middle">'
                 f'{escape(y_label)}</text>')
    return "".join(parts)


def _drawn(curve: Curve, x: NDArray[np.float64], y: NDArray[np.float64], x_axis: _Axis, y_axis: _Axis,
           colour: int) -> str:
    across, down = x_axis.at(x), y_axis.at(y)
    parts = []
    if not curve.points:
        steps, pen_down = [], False
        for px, py in zip(across, down, strict=True):
            if math.isfinite(px) and math.isfinite(py):
                steps.append(f"{'L' if pen_down else 'M'}{px:.1f} {py:.1f}")
            pen_down = math.isfinite(px)
        weight = "line fine" if x.size > 4 * _MARKED_POINTS else "line"
        parts.append(f'<path class="{weight}" style="stroke:var(--line-{colour})" d="{"".join(steps)}"/>')
    if curve.points or x.size <= _MARKED_POINTS:
        radius = 4 if curve.points else 3
        parts += [f'<circle style="fill:var(--line-{colour})" cx="{px:.1f}" cy="{py:.1f}" r="{radius}"><title>'
                  f'{escape(curve.name)}: {_number(vx)}, {_number(vy)}</title></circle>'
                  for px, py, vx, vy in zip(across, down, x, y, strict=True) if math.isfinite(px)]
    return "".join(parts)
