"""The control window: where things stand, what a touch means, what is drawn; and words on the stage at every size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from allaprima.config import LARGEST_STRENGTH
from allaprima.io.screen.events import Key, Pointer
from allaprima.pipeline.live import panel_view
from allaprima.pipeline.live.console import Console, Wish
from allaprima.pipeline.live.controls import HELP, Controls
from allaprima.pipeline.live.cues import Cue, LookSet
from allaprima.pipeline.live.overlay import DIMMED, arranged, draw, text_px, words
from allaprima.pipeline.live.panel import BUTTONS, Layout, Rect, Widget, laid_out
from allaprima.pipeline.live.panel_view import ACCENT, OTHER, RECORDING, PanelView, Shown, drawn
from allaprima.pipeline.live.playlist import Entry
from allaprima.pipeline.live.show_set import ShowSet

SIZES = [(480, 760), (300, 420), (1200, 700), (960, 1500)]
START = Controls()


class Styles:
    """A playlist of flat thumbnails."""

    def __init__(self, count: int) -> None:
        self.entries = tuple(Entry(f"style {number}", (), np.full((144, 200, 3), 40 + 20 * number % 200, np.uint8))
                             for number in range(count))


def layout_of(size: tuple[int, int] = (480, 760), styles: int = 6, cues: Sequence[str] = ()) -> Layout:
    return laid_out(*size, styles, cues, listening=True)


def find(layout: Layout, kind: str, name: str = "", place: int = 0) -> Rect:
    return next(each.rect for each in layout.widgets if (each.kind, each.name, each.place) == (kind, name, place))


def middle(rect: Rect) -> tuple[int, int]:
    return rect.left + rect.width // 2, rect.top + rect.height // 2


@pytest.fixture
def console(tmp_path) -> Console:  # type: ignore[no-untyped-def]
    return Console(START, Styles(6), ShowSet(None, tmp_path))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES)
def test_things_stand_inside_the_window_and_never_on_each_other(size: tuple[int, int]) -> None:
    layout = laid_out(*size, 10, ["f1", "f2", "f3", "f4", "f5"], listening=True)
    for widget in layout.widgets:
        assert widget.rect.left >= 0
        assert widget.rect.left + widget.rect.width <= size[0]
    touchable = [each for each in layout.widgets if each.kind not in ("text", "figures", "preview", "level")]
    for first, second in combinations(touchable, 2):
        a, b = first.rect, second.rect
        apart = (a.left + a.width <= b.left or b.left + b.width <= a.left or a.top + a.height <= b.top
                 or b.top + b.height <= a.top)
        assert apart, (first, second)


def test_every_button_is_a_key_that_the_help_names() -> None:
    told = " ".join(keys for keys, _ in HELP).split()
    assert {key for key, _ in BUTTONS} <= set(told)


def test_few_styles_are_shown_large_and_many_can_be_scrolled() -> None:
    few, many = layout_of(styles=3), layout_of(styles=60)
    assert find(few, "style").width > 1.5 * find(many, "style").width
    assert not any(each.kind == "style" and each.place == 59 for each in many.widgets)
    end = laid_out(480, 760, 60, [], listening=True, scrolled=100)
    assert any(each.kind == "style" and each.place == 59 for each in end.widgets)


@pytest.mark.parametrize(("kind", "name", "place", "changed"), [
    ("style", "", 3, replace(START, style=3)), ("choice", "brush", 2, replace(START, brush=2)),
    ("choice", "fade", 4, replace(START, fade_seconds=4.0)), ("choice", "sound", 1, replace(START, leading="strength")),
    ("key", "m", 0, replace(START, mirror=True)), ("key", "space", 0, replace(START, frozen=True)),
    ("slider", "strength", 0, replace(START, strength=0.75)), ("slider", "steady", 0, START),
    ("slider", "crossfader", 0, replace(START, blend=0.5)), ("preview", "", 0, START),
])
def test_a_click_does_what_it_says(console: Console, kind: str, name: str, place: int, changed: Controls) -> None:
    layout = layout_of()
    x, y = middle(find(layout, kind, name, place))
    assert console.take(Pointer(x, y, "press"), layout) is None
    assert console.controls == changed


def test_the_second_button_chooses_the_crossfaders_other_style(console: Console) -> None:
    layout = layout_of()
    console.take(Pointer(*middle(find(layout, "style", place=4)), "press", second=True), layout)
    assert console.controls == replace(START, other=4)
    console.take(Key("ctrl 3"), layout)
    assert console.controls == replace(START, other=2)


def test_a_click_on_an_end_sends_the_crossfader_there(console: Console) -> None:
    layout = layout_of()
    console.take(Pointer(*middle(find(layout, "other")), "press"), layout)
    assert console.controls.blend == 1
    assert console.now(console._glide.began + 0.25).blend == pytest.approx(0.5)  # type: ignore[union-attr]
    console.take(Pointer(*middle(find(layout, "first")), "press"), layout)
    assert console.controls.blend == 0


def test_a_slider_is_held_until_it_is_let_go(console: Console) -> None:
    layout = layout_of()
    rect = find(layout, "slider", "strength")
    console.take(Pointer(*middle(rect), "press"), layout)
    console.take(Pointer(rect.left - 300, rect.top + 90, "drag"), layout)  # outside, as hands do
    assert console.controls.strength == 0
    console.take(Pointer(rect.left + 5000, 0, "drag"), layout)
    assert console.controls.strength == LARGEST_STRENGTH
    knob = rect.height // 2
    all_of_it = rect.left + knob + round((rect.width - 2 * knob) / LARGEST_STRENGTH)
    console.take(Pointer(all_of_it + 4, 0, "drag"), layout)
    assert console.controls.strength == 1
    console.take(Pointer(rect.left + 5000, 0, "drag"), layout)
    console.take(Pointer(rect.left, 0, "release"), layout)
    console.take(Pointer(rect.left, rect.top, "drag"), layout)
    assert console.controls.strength == LARGEST_STRENGTH


def test_a_button_asks_for_what_its_key_asks_for(console: Console) -> None:
    layout = layout_of()
    for key, wish in (("r", Wish("record")), ("s", Wish("snapshot")), ("k", Wish("keep"))):
        assert console.take(Pointer(*middle(find(layout, "key", key)), "press"), layout) == wish
        assert console.take(Key(key), layout) == wish
    assert console.take(Key("ctrl f4"), layout) == Wish("keep", "f4")


def test_a_key_that_is_held_repeats_only_where_that_makes_sense(console: Console) -> None:
    for key in ("-", "f", "space", "r"):
        assert console.take(Key(key, held=True), None) is None
    assert console.controls == replace(START, strength=0.95)


def test_a_look_is_called_by_key_and_click_and_glides(console: Console) -> None:
    cues = (Cue("f1", 0, 1), Cue("f3", 0, 1, blend=1.0, strength=0.4, fade_seconds=1000.0))
    console.looks.looks = LookSet((), cues)
    layout = layout_of(cues=["f1", "f3"])
    console.take(Pointer(*middle(find(layout, "cue", "f3")), "press"), layout)
    assert (console.controls.strength, console.controls.blend) == (0.4, 1.0)
    began = console._glide.began  # type: ignore[union-attr]
    assert console.now(began).strength == 1.0
    half = console.now(began + 500)
    assert (half.strength, half.blend) == (pytest.approx(0.7), pytest.approx(0.5))
    assert console.now(began + 1000) == console.controls
    console.take(Key("f3"), layout)
    console.take(Key("-"), layout)      # a hand on the slider ends its own way
    assert console.now(began).strength == console.controls.strength == pytest.approx(0.35)
    console.take(Key("page down"), layout)
    assert console.looks.cue == "f1"
    console.take(Key("f9"), layout)
    assert console.told() == "no look on F9: k keeps what is shown"


def shown(controls: Controls = START, **changes: object) -> Shown:
    values = {"controls": controls, "led": controls, "entries": Styles(6).entries, "cues": (), "cue": None,
              "figures": ["28 fps   45 ms"], "recording": None, "notice": None, "level": 0.0, "flash": 0.0,
              "rhythm": "", "picture": np.full((90, 160, 3), (0, 200, 0), np.uint8), **changes}
    return Shown(**values)  # type: ignore[arg-type]


def edge(picture: np.ndarray, rect: Rect) -> tuple[int, ...]:
    return tuple(int(value) for value in picture[rect.top, rect.left + rect.width // 2])


@pytest.mark.parametrize("size", SIZES)
def test_the_chosen_styles_are_framed_and_the_stage_is_seen(size: tuple[int, int]) -> None:
    layout = layout_of(size)
    picture = drawn(shown(replace(START, style=1, other=4)), layout, *size)
    assert picture.shape == (size[1], size[0], 3)
    assert edge(picture, find(layout, "style", place=1)) == ACCENT
    assert edge(picture, find(layout, "style", place=4)) == OTHER
    assert edge(picture, find(layout, "style", place=2)) not in (ACCENT, OTHER)
    x, y = middle(find(layout, "preview"))
    assert tuple(picture[y, x]) == (0, 200, 0)


def test_what_is_recorded_and_what_is_wrong_are_seen() -> None:
    layout = layout_of()
    before = drawn(shown(), layout, 480, 760)
    recording = drawn(shown(recording="REC 1:02  evening.mkv"), layout, 480, 760)
    assert edge(recording, find(layout, "preview")) == RECORDING
    rect = find(layout, "figures")
    part = np.s_[rect.top:rect.top + rect.height, rect.left:rect.left + rect.width]
    told = drawn(shown(notice="the camera is gone; trying again"), layout, 480, 760)
    assert np.abs(before[part].astype(int) - told[part]).max() > 100
    assert np.array_equal(np.delete(before, np.s_[:rect.top + rect.height], 0),
                          np.delete(told, np.s_[:rect.top + rect.height], 0))


def part_of(picture: np.ndarray, rect: Rect) -> np.ndarray:
    return picture[rect.top:rect.top + rect.height, rect.left:rect.left + rect.width]


def test_sliders_levels_and_help_are_drawn() -> None:
    layout = layout_of()

    def change(**changes: object) -> Widget | None:
        """The first thing of the window that looks otherwise."""
        differs = (drawn(shown(), layout, 480, 760) != drawn(shown(**changes), layout, 480, 760)).any(axis=2)
        return next((each for each in layout.widgets if part_of(differs, each.rect).any()), None)

    for changes, kind, name in (({"level": 0.8}, "level", "level"), ({"flash": 1.0}, "level", "level"),
                                ({"rhythm": "128 bpm"}, "level", "level"),
                                ({"controls": replace(START, stability=0.1)}, "slider", "steady"),
                                ({"led": replace(START, strength=0.1)}, "slider", "strength")):
        found = change(**changes)
        assert found is not None
        assert (found.kind, found.name) == (kind, name)
    assert change(controls=replace(START, help=True)) is not None


@pytest.mark.parametrize("size", [(320, 180), (1280, 720), (1920, 1080)])
def test_words_on_the_stage_are_drawn_at_the_windows_size(size: tuple[int, int]) -> None:
    """Their pixels are those of the typeface at that size: enlarged ones would not be."""
    picture = arranged("painted", np.zeros((180, 320, 3), np.uint8), np.full((180, 320, 3), 60, np.uint8), size)
    draw(picture, ["28 fps   45 ms"], None, "kept a look", helped=False)
    stamp = words("28 fps   45 ms", text_px(size[1]))
    expected = np.maximum(stamp, np.uint8(60 * DIMMED))
    assert np.array_equal(picture[8:8 + stamp.shape[0], 8:8 + stamp.shape[1]], expected)
    assert (picture[-8 - text_px(size[1]):, 8:60] > 150).any()


@pytest.mark.parametrize("size", [(400, 200), (200, 400)])
def test_a_picture_keeps_its_shape_in_a_window_of_another(size: tuple[int, int]) -> None:
    painted = np.zeros((90, 160, 3), np.uint8)
    painted[30:60, 60:90] = 255
    content = np.full((90, 160, 3), 100, np.uint8)
    seen = arranged("painted", content, painted, size)
    assert seen.shape == (size[1], size[0], 3)
    rows, columns = np.nonzero(seen[..., 0] > 127)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)
    beside = arranged("side by side", content, painted, size)
    assert (beside[size[1] // 2, 4] == 100).all()
    assert (beside[:4] == 0).all()
    split = arranged("split", content, painted, size)
    assert (split[size[1] // 2, size[0] // 2 - 5] == 100).all()


def test_what_stands_still_is_drawn_once_and_all_is_seen_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[str] = []

    def counted(kind: str, drawer: Callable[..., None]) -> Callable[..., None]:
        def draws(*given: object) -> None:
            kinds.append(kind)
            drawer(*given)

        return draws

    for kind, drawer in list(panel_view._DRAWERS.items()):
        monkeypatch.setitem(panel_view._DRAWERS, kind, counted(kind, drawer))
    view, size, entries = PanelView(), (480, 760), Styles(6).entries
    cue = Cue("f2", 0, 1)
    blue = np.full((90, 160, 3), (0, 0, 200), np.uint8)
    for number, now in enumerate((
            shown(entries=entries), shown(entries=entries, picture=blue, figures=["9 fps"], level=0.5, flash=0.4),
            shown(replace(START, style=2), entries=entries), shown(entries=entries, led=replace(START, strength=0.4)),
            shown(entries=entries, recording="REC 0:01"), shown(entries=entries, recording="REC 0:02"),
            shown(replace(START, help=True), entries=entries), shown(entries=entries),
            shown(entries=(*entries[:-1], Styles(1).entries[0])), shown(entries=entries[:3]),
            shown(entries=entries[:3], notice="it is gone"), shown(entries=entries, cues=(cue,), cue="f2"))):
        layout = layout_of(size, len(now.entries), [each.key for each in now.cues])
        kinds.clear()
        found = view.drawn(now, layout, *size)
        if number in (1, 5, 10):
            assert set(kinds) <= {"preview", "figures", "level"}
        assert np.array_equal(found, drawn(now, layout, *size)), number
    assert view.drawn(shown(entries=entries), layout_of((300, 420)), 300, 420).shape == (420, 300, 3)
