"""The control window as a picture, drawn at its own size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.config import LARGEST_STRENGTH
from allaprima.io.still.labels import label
from allaprima.pipeline.live.controls import FADES_SECONDS, LEADINGS, Controls, other_style
from allaprima.pipeline.live.cues import Cue
from allaprima.pipeline.live.overlay import ALARM, FULL, centred, help_page, inside
from allaprima.pipeline.live.panel import BRUSH_NAMES, BUTTONS, Layout, Rect, Widget
from allaprima.pipeline.live.playlist import Entry

Rgb = NDArray[np.uint8]
Colour = tuple[int, int, int]
BACKGROUND: Colour = (24, 24, 26)
RAISED: Colour = (46, 46, 50)
GROOVE: Colour = (12, 12, 13)
QUIET: Colour = (150, 148, 144)
ACCENT: Colour = (86, 156, 255)    # the style that is shown, and what is on
OTHER: Colour = (255, 168, 66)     # the crossfader's other style
RECORDING: Colour = (226, 52, 52)
HEARD: Colour = (96, 200, 130)
MOVING = frozenset({"preview", "figures", "level"})  # kinds of widgets that change by themselves


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the control window shows.

    controls: as they are set; led: as sound and glides have them now. figures: lines beside the picture. flags: what is
    on, in words. level: of the sound, 0 to 1; flash: how fresh its last onset or beat is, 0 to 1; rhythm: tempo in
    words. picture: the stage's, None before the first.
    """

    controls: Controls
    led: Controls
    entries: Sequence[Entry]
    cues: Sequence[Cue]
    cue: str | None
    figures: Sequence[str]
    recording: str | None
    notice: str | None
    level: float
    flash: float
    rhythm: str
    picture: Rgb | None


def drawn(shown: Shown, layout: Layout, width: int, height: int) -> Rgb:
    """The control window (H, W, 3)."""
    canvas = Canvas(np.full((height, width, 3), BACKGROUND, np.uint8), layout)
    for moving in (False, True):
        draw_widgets(canvas, layout, shown, moving=moving)
    if shown.controls.help:
        page = help_page(max(8, min(layout.text_px + 1, (height - 40) * 2 // 66, (width - 40) // 26)))
        top, left = max(0, (height - page.shape[0]) // 2), max(0, (width - page.shape[1]) // 2)
        canvas.fill(Rect(left, top, page.shape[1], page.shape[0]), GROOVE)
        canvas.paste(page, left, top)
        canvas.frame(Rect(left, top, page.shape[1], page.shape[0]), QUIET)
    return canvas.picture


class PanelView:
    """Draws the control window again and again: what has not changed since the last time is kept, not drawn anew."""

    def __init__(self) -> None:
        self._still: tuple[Shown, Layout, Rgb] | None = None

    def drawn(self, shown: Shown, layout: Layout, width: int, height: int) -> Rgb:
        """The control window (H, W, 3), as ``drawn`` gives it."""
        if shown.controls.help:  # a page over all of it
            return drawn(shown, layout, width, height)
        kept = self._still
        if (kept is None or kept[2].shape[:2] != (height, width) or kept[1] != layout
                or not stands_still(kept[0], shown)):
            still = np.full((height, width, 3), BACKGROUND, np.uint8)
            draw_widgets(Canvas(still, layout), layout, shown, moving=False)
            kept = self._still = shown, layout, still
        picture = kept[2].copy()
        draw_widgets(Canvas(picture, layout), layout, shown, moving=True)
        return picture


def stands_still(before: Shown, now: Shown) -> bool:
    """Whether all that is not drawn each time is what it was."""
    pairs = [*zip(before.entries, now.entries, strict=False), *zip(before.cues, now.cues, strict=False)]
    return ((before.controls, before.led, before.cue, before.recording is None, len(before.entries), len(before.cues))
            == (now.controls, now.led, now.cue, now.recording is None, len(now.entries), len(now.cues))
            and all(one is other for one, other in pairs))


def draw_widgets(canvas: Canvas, layout: Layout, shown: Shown, *, moving: bool) -> None:
    """Draws those that change by themselves, or those that do not."""
    for widget in layout.widgets:
        if (widget.kind in MOVING) is moving:
            _DRAWERS[widget.kind](canvas, widget, shown)


class Canvas:
    """A picture that is drawn on; whatever leads beyond its edges is cut."""

    def __init__(self, picture: Rgb, layout: Layout) -> None:
        self.picture, self.text_px, self.unit = picture, layout.text_px, layout.unit

    def fill(self, rect: Rect, colour: Colour) -> None:
        """Fills a part."""
        self.picture[max(0, rect.top):max(0, rect.top + rect.height),
                     max(0, rect.left):max(0, rect.left + rect.width)] = colour

    def frame(self, rect: Rect, colour: Colour, thick: int = 1) -> None:
        """Draws a part's edge, inside of it."""
        left, top, width, height = rect
        for edge in (Rect(left, top, width, thick), Rect(left, top + height - thick, width, thick),
                     Rect(left, top, thick, height), Rect(left + width - thick, top, thick, height)):
            self.fill(edge, colour)

    def paste(self, picture: Rgb, left: int, top: int) -> None:
        """Lays a picture down."""
        part = self.picture[max(0, top):max(0, top + picture.shape[0]), max(0, left):max(0, left + picture.shape[1])]
        part[...] = picture[:part.shape[0], :part.shape[1]]

    def text(self, words: str, rect: Rect, *, colour: Colour = FULL, background: Colour = BACKGROUND,
             middle: bool = False, size_px: int | None = None) -> None:
        """Writes a line into a part, in the middle of its height, cut with an ellipsis where it is too long."""
        if not words or rect.width < 4:
            return
        stamp = stamped(words, size_px or self.text_px, colour, background)
        while stamp.shape[1] > rect.width and len(words) > 1:
            words = words.removesuffix("…")[:-1].rstrip() + "…"
            stamp = stamped(words, size_px or self.text_px, colour, background)
        left = rect.left + ((rect.width - stamp.shape[1]) // 2 if middle else 0)
        self.paste(stamp[:rect.height, :rect.width], left, rect.top + max(0, (rect.height - stamp.shape[0]) // 2))


_STAMPS: dict[tuple[str, int, Colour, Colour], Rgb] = {}


def stamped(words: str, size_px: int, colour: Colour, background: Colour) -> Rgb:
    """A line of text as a picture; the latest thousand are remembered, since drawing words is slow."""
    key = words, size_px, colour, background
    if key not in _STAMPS:
        if len(_STAMPS) > 1000:
            _STAMPS.clear()
        _STAMPS[key] = label(words, size_px=size_px, colour=colour, background=background)
    return _STAMPS[key]


def _preview(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    rect = widget.rect
    canvas.fill(rect, GROOVE)
    if shown.picture is not None:
        canvas.paste(centred(inside(shown.picture, rect.width, rect.height), rect.width, rect.height), rect.left,
                     rect.top)
    if shown.recording is not None:
        canvas.frame(rect, RECORDING, max(2, round(2 * canvas.unit)))


def _figures(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    left, top, width, height = widget.rect
    line = round(canvas.text_px * 1.5)
    for text in shown.figures:
        canvas.text(text, Rect(left, top, width, line))
        top += line
    if shown.recording is not None:
        canvas.text(shown.recording, Rect(left, top, width, line), colour=RECORDING)
        top += line
    if shown.notice:
        room = max(1, (widget.rect.top + height - top) // line)
        for text in wrapped(shown.notice, max(8, round(width / (0.53 * canvas.text_px))))[:room]:
            canvas.text(text, Rect(left, top, width, line), colour=ALARM)
            top += line


def wrapped(text: str, letters: int) -> list[str]:
    """The text in lines of so many letters at most, broken between words where it can be."""
    import textwrap

    return textwrap.wrap(text, letters)


def _tile(canvas: Canvas, rect: Rect, entry: Entry, place: int, colour: Colour | None) -> None:
    """A style's thumbnail with its number and name, framed where it is chosen."""
    line = round(canvas.text_px * 1.3)
    canvas.fill(rect, RAISED)
    room = max(1, rect.height - line)
    if entry.thumbnail is not None:
        canvas.paste(covered(entry.thumbnail, rect.width, room), rect.left, rect.top)
    canvas.text(f"{place + 1}  {entry.name}" if place < 10 else entry.name,
                Rect(rect.left + 3, rect.top + room, rect.width - 6, line), background=RAISED,
                size_px=max(8, canvas.text_px - 2), colour=FULL if colour else QUIET)
    if colour is not None:
        canvas.frame(rect, colour, max(2, round(2.5 * canvas.unit)))


def covered(picture: Rgb, width: int, height: int) -> Rgb:
    """The middle of a picture, filling that size."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    whole = inside(picture, max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    whole = centred(whole, max(width, whole.shape[1]), max(height, whole.shape[0]))
    top, left = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
    return whole[top:top + height, left:left + width]


def _style(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    place = widget.place
    chosen = ACCENT if place == shown.controls.style else (
        OTHER if place == other_style(shown.controls, len(shown.entries)) else None)
    _tile(canvas, widget.rect, shown.entries[place], place, chosen)


def _end(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    first = widget.kind == "first"
    place = shown.controls.style if first else other_style(shown.controls, len(shown.entries))
    place %= len(shown.entries)
    _tile(canvas, widget.rect, shown.entries[place], place, ACCENT if first else OTHER)


def _slider(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    left, top, width, height = widget.rect
    value, now = values_of(widget.name, shown.controls), values_of(widget.name, shown.led)
    knob, groove = height // 2, max(3, height // 5)
    run = width - 2 * knob
    rail = Rect(left + knob, top + (height - groove) // 2, run, groove)
    canvas.fill(rail, GROOVE)
    colour = OTHER if widget.name == "crossfader" else ACCENT
    canvas.fill(rail._replace(width=round(run * now)), colour)
    at = left + knob + round(run * value)
    canvas.fill(Rect(at - knob // 2, top + height // 6, max(4, knob), height - height // 3), FULL)
    if widget.name == "strength":  # a mark where all of the style is reached
        canvas.fill(Rect(left + knob + round(run / LARGEST_STRENGTH), top + height - max(3, height // 5), 1,
                         max(3, height // 5)), QUIET)
        value = shown.controls.strength
    if widget.name != "crossfader":
        canvas.text(f"{value:.0%}", Rect(left + width + 4, top, round(46 * canvas.unit), height))


def values_of(name: str, controls: Controls) -> float:
    """Where a slider stands, 0 to 1."""
    return {"crossfader": controls.blend, "strength": controls.strength / LARGEST_STRENGTH,
            "steady": controls.stability}[name]


KEYS_OF = {"strength": "+ -", "steady": ". ,", "brush": "b", "fade": "d", "sound": "a"}


def _text(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    if widget.name == "crossfader":
        canvas.text(f"[   crossfader {shown.led.blend:.0%}   ]", widget.rect, middle=True, colour=QUIET)
        return
    rect = widget.rect
    keys = round(26 * canvas.unit)
    canvas.text(widget.name, rect._replace(width=rect.width - keys))
    canvas.text(KEYS_OF[widget.name], Rect(rect.left + rect.width - keys, rect.top, keys - 2, rect.height),
                colour=QUIET)


def _choice(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    controls = shown.controls
    words, chosen = {
        "brush": (BRUSH_NAMES, controls.brush),
        "fade": ([f"{each:g} s" for each in FADES_SECONDS],
                 FADES_SECONDS.index(controls.fade_seconds) if controls.fade_seconds in FADES_SECONDS else -1),
        "sound": (LEADINGS, LEADINGS.index(controls.leading))}[widget.name]
    _button(canvas, widget.rect, words[widget.place], on=widget.place == chosen)


def _button(canvas: Canvas, rect: Rect, words: str, *, on: bool, colour: Colour = ACCENT, key: str = "") -> None:
    background = colour if on else RAISED
    canvas.fill(rect, background)
    size_px = max(8, canvas.text_px - 1)
    if key:
        cap = round((0.9 if len(key) == 1 else 0.58 * len(key)) * size_px) + 3
        canvas.text(key, Rect(rect.left + 4, rect.top, cap, rect.height), background=background, size_px=size_px,
                    colour=(10, 10, 12) if on else QUIET)
        rect = Rect(rect.left + cap + 4, rect.top, rect.width - cap - 5, rect.height)
    canvas.text(words, rect, middle=not key, background=background, size_px=size_px,
                colour=(10, 10, 12) if on else FULL)


def _key(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    controls = shown.controls
    on = {"r": shown.recording is not None, "f": controls.fullscreen, "c": controls.preserve_colors,
          "m": controls.mirror, "space": controls.frozen, "v": controls.view != "painted", "o": controls.overlay,
          "h": controls.help}.get(widget.name, False)
    key = "␣" if widget.name == "space" else widget.name
    _button(canvas, widget.rect, dict(BUTTONS)[widget.name], on=on, key="sp" if key == "␣" else key,
            colour=RECORDING if widget.name == "r" else ACCENT)


def _cue(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    cue = next(each for each in shown.cues if each.key == widget.name)
    name = shown.entries[cue.style % len(shown.entries)].name
    line = round(canvas.text_px * 1.3)
    rect = widget.rect
    canvas.fill(rect, RAISED)
    room = max(1, rect.height - line)
    picture = cue.thumbnail if cue.thumbnail is not None else shown.entries[cue.style % len(shown.entries)].thumbnail
    if picture is not None:
        canvas.paste(covered(picture, rect.width, room), rect.left, rect.top)
    canvas.text(f"{cue.key.upper()}  {name}  {cue.fade_seconds:g} s",
                Rect(rect.left + 3, rect.top + room, rect.width - 6, line), background=RAISED,
                size_px=max(8, canvas.text_px - 2))
    if cue.key == shown.cue:
        canvas.frame(rect, ACCENT, max(2, round(2.5 * canvas.unit)))


def _level(canvas: Canvas, widget: Widget, shown: Shown) -> None:
    left, top, width, height = widget.rect
    words = round(74 * canvas.unit)
    if widget.name == "level":
        rail = Rect(left, top + height // 4, width - words - 4, height // 2)
        canvas.fill(rail, GROOVE)
        canvas.fill(rail._replace(width=round(rail.width * shown.level)), HEARD)
    dot = height // 2
    faded = tuple(round(low + (high - low) * shown.flash) for low, high in zip(RAISED, ALARM, strict=True))
    canvas.fill(Rect(left + width - words, top + height // 4, dot, dot), (faded[0], faded[1], faded[2]))
    canvas.text(shown.rhythm or "tab", Rect(left + width - words + dot + 4, top, words - dot - 4, height), colour=QUIET)


_DRAWERS = {"preview": _preview, "figures": _figures, "style": _style, "first": _end, "other": _end, "slider": _slider,
            "choice": _choice, "key": _key, "cue": _cue, "level": _level, "text": _text}
