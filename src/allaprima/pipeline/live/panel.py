"""Where things stand in the control window, and what a touch of them means: values and pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from allaprima.io.screen.events import Pointer
from allaprima.pipeline.live.controls import BRUSHES, FADES_SECONDS, LEADINGS

Kind = Literal["preview", "figures", "style", "first", "other", "slider", "choice", "key", "cue", "level", "text"]
SLIDERS = ("crossfader", "strength", "steady")
BUTTONS = (("r", "record"), ("s", "snapshot"), ("l", "look"), ("k", "keep"), ("t", "fit"), ("f", "full"),
           ("c", "colours"), ("m", "mirror"), ("space", "freeze"), ("v", "view"), ("o", "figures"), ("h", "help"))
BRUSH_NAMES = ("fine", "coarser", "coarsest")
USUAL_WIDTH, USUAL_HEIGHT = 480, 760
BUTTONS_A_ROW = 6
CUES_A_ROW = 4
COLUMNS = 3, 4, 5   # of styles: the fewer, the larger
WIDE = 1.0          # width to height of a window from which styles stand beside all else
TILE_SHAPE = 0.72   # height of a style's tile to its width


class Rect(NamedTuple):
    """A part of the window, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether a pixel is inside."""
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height


@dataclass(frozen=True, slots=True)
class Widget:
    """A thing in the control window.

    name: of the slider, the choice's setting, the key that a button stands for; of a look its key. place: of a style in
    the playlist, or of a choice among others.
    """

    kind: Kind
    rect: Rect
    name: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Touch:
    """What the pointer did: to which thing; amount: where on a slider, 0 to 1. second: by the second button."""

    widget: Widget
    amount: float = 0.0
    second: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The things of a control window; unit: the scale of words and rows. rows: of styles that are shown."""

    widgets: tuple[Widget, ...]
    unit: float
    text_px: int
    rows: int

    def at(self, x: int, y: int) -> Widget | None:
        """The thing at a pixel that can be touched."""
        return next((each for each in self.widgets if each.kind not in ("preview", "figures", "level", "text")
                     and each.rect.holds(x, y)), None)


def laid_out(width: int, height: int, styles: int, cues: Sequence[str], *, listening: bool,
             scrolled: int = 0) -> Layout:
    """The layout for so many styles and the looks on those keys; scrolled: rows of styles that stand above."""
    whole, wide = width, width > WIDE * height  # in a wide window styles stand beside all else, not under it
    if wide:
        width = round(height * USUAL_WIDTH / USUAL_HEIGHT)
    unit = min(2.5, max(0.5, min(width / USUAL_WIDTH, height / USUAL_HEIGHT)))
    gap, row = round(10 * unit), round(26 * unit)
    inner = width - 2 * gap
    half = (inner - gap) // 2
    widgets = [Widget("preview", Rect(gap, gap, half, half * 9 // 16)),
               Widget("figures", Rect(gap + half + gap, gap, half, half * 9 // 16))]
    top = gap + half * 9 // 16 + gap
    end = round(92 * unit)
    widgets += [Widget("first", Rect(gap, top, end, 2 * row)),
                Widget("other", Rect(width - gap - end, top, end, 2 * row)),
                Widget("text", Rect(gap + end + gap, top, inner - 2 * (end + gap), row), "crossfader"),
                Widget("slider", Rect(gap + end + gap, top + row, inner - 2 * (end + gap), row), "crossfader")]
    top += 2 * row + gap
    label = round(86 * unit)
    for name in SLIDERS[1:]:
        widgets += [Widget("text", Rect(gap, top, label, row), name),
                    Widget("slider", Rect(gap + label, top, inner - label - round(50 * unit), row), name)]
        top += row + gap // 2
    settings = {"brush": BRUSHES, "fade": len(FADES_SECONDS), "sound": len(LEADINGS)}
    for name, count in settings.items():
        widgets.append(Widget("text", Rect(gap, top, label, row), name))
        across = inner - label
        if name == "sound":
            across = round(across * 0.62)
            widgets.append(Widget("level", Rect(gap + label + across + gap // 2, top, inner - label - across - gap // 2,
                                                row), "level" if listening else "tempo"))
        widgets += [Widget("choice", rect, name, place) for place, rect in enumerate(
            cells(Rect(gap + label, top, across, row), count, 1, round(2 * unit)))]
        top += row + gap // 2
    top += gap // 2
    rows = -(-len(BUTTONS) // BUTTONS_A_ROW)
    widgets += [Widget("key", rect, key) for (key, _), rect in zip(BUTTONS, cells(
        Rect(gap, top, inner, rows * row + (rows - 1) * gap // 3), BUTTONS_A_ROW, rows, gap // 3), strict=False)]
    top += rows * row + (rows - 1) * gap // 3 + gap
    if cues:
        rows = -(-len(cues) // CUES_A_ROW)
        high = round(58 * unit)
        widgets += [Widget("cue", rect, key) for key, rect in zip(cues, cells(
            Rect(gap, top, inner, rows * high + (rows - 1) * gap // 2), CUES_A_ROW, rows, gap // 2), strict=False)]
        top += rows * high + (rows - 1) * gap // 2 + gap
    room = (Rect(width, gap, whole - width - gap, height - 2 * gap) if wide
            else Rect(gap, top, inner, height - top - gap))
    return _with_styles(widgets, room, unit, styles, scrolled)


def _with_styles(widgets: list[Widget], room: Rect, unit: float, styles: int, scrolled: int) -> Layout:
    """The layout with the styles' thumbnails in the room that is left: as large as all of them can be, else in rows."""
    gap = round(5 * unit)
    for columns in COLUMNS:
        high = round((room.width / columns) * TILE_SHAPE)
        rows = max(1, (room.height + gap) // (high + gap)) if room.height > high // 2 else 0
        if rows * columns >= styles:
            break
    first = columns * min(scrolled, max(0, -(-styles // columns) - rows))
    place = Rect(room.left, room.top, room.width, rows * high + (rows - 1) * gap)
    tiles = [Widget("style", rect, place=first + number)
             for number, rect in enumerate(cells(place, columns, rows, gap) if rows else ()) if first + number < styles]
    return Layout((*widgets, *tiles), unit, max(8, round(13 * unit)), rows)


def cells(rect: Rect, columns: int, rows: int, gap: int) -> Iterator[Rect]:
    """A part of the window cut into equal ones, row after row."""
    for row in range(rows):
        top, bottom = (rect.top + (rect.height + gap) * each // rows for each in (row, row + 1))
        for column in range(columns):
            left, right = (rect.left + (rect.width + gap) * each // columns for each in (column, column + 1))
            yield Rect(left, top, right - left - gap, bottom - top - gap)


def amount_on(rect: Rect, x: int) -> float:
    """Where on a slider a pixel is, 0 to 1 in hundredths."""
    knob = rect.height // 2
    return round(min(1.0, max(0.0, (x - rect.left - knob) / max(1, rect.width - 2 * knob))), 2)


def touched(layout: Layout, pointer: Pointer, dragged: Widget | None) -> Touch | None:
    """What the pointer did; dragged: the slider that it holds since its button was pressed."""
    if pointer.kind == "press":
        widget = layout.at(pointer.x, pointer.y)
        return None if widget is None else Touch(widget, amount_on(widget.rect, pointer.x), pointer.second)
    if pointer.kind == "drag" and dragged is not None:
        here = next((each for each in layout.widgets if (each.kind, each.name) == (dragged.kind, dragged.name)),
                    dragged)
        return Touch(here, amount_on(here.rect, pointer.x), pointer.second)
    return None
