"""What wires may ask for, and what a surface's controls are taught: values."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from allaprima.config import LARGEST_STRENGTH
from allaprima.errors import OptionError, SourceError
from allaprima.io.screen.events import Key, Pointer
from allaprima.pipeline.live.commands import ACTIONS, NAMES, Command, command_of, obeyed, state_of
from allaprima.pipeline.live.controls import ACTIONS as KEY_ACTIONS
from allaprima.pipeline.live.controls import CHANGES, Controls
from allaprima.pipeline.live.panel import laid_out
from allaprima.pipeline.live.targets import OF_KEYS, target_of
from allaprima.pipeline.live.wiring import parsed_target, read_wiring, wired, write_wiring

STYLES = ("starry", "woodcut", "delft")


def after(name: str, value: float | str | bool | None = None, controls: Controls = Controls()) -> Controls:  # noqa: B008
    return obeyed(command_of(name, value), controls, STYLES)


def test_every_setting_can_be_asked_for() -> None:
    assert after("strength", 0.7).strength == 0.7
    assert after("strength", "0.7").strength == 0.7
    assert after("strength", 1e30).strength == LARGEST_STRENGTH
    assert after("crossfader", -1).blend == 0
    assert after("steady", 0.25).stability == 0.25
    assert after("fade", 4).fade_seconds == 4
    assert after("photoreal", 0.5).photoreal == 0.5
    assert (after("brush", "coarsest").brush, after("brush", 1).brush) == (2, 1)
    assert (after("view", "split").view, after("sound", 1).leading) == ("split", "strength")
    assert after("colours", 1).preserve_colors
    assert not after("colours", controls=Controls(preserve_colors=True)).preserve_colors
    assert (after("style", "delft").style, after("style", 2).style, after("other", 3).other) == (2, 1, 2)
    assert after("full", True).fullscreen
    assert not after("full", True).overlay
    assert command_of("look", 3) == command_of("look", "F3") == Command("look", "f3")
    assert command_of("record", 0) == Command("record", False)


@pytest.mark.parametrize(("name", "value"), [
    ("strength", math.nan), ("strength", "much"), ("strength", None), ("brush", 3), ("brush", "broad"), ("view", -1),
    ("style", 0), ("style", None), ("style", 4), ("style", "stary"), ("style", 1e300), ("look", "f13"), ("look", 13),
    ("quit", None), ("", None), ("strenght", 1), ("colours", "on")])
def test_what_makes_no_sense_is_refused_with_a_sentence(name: str, value: float | str | None) -> None:
    with pytest.raises(OptionError) as refused:
        after(name, value)
    assert refused.value.hint


def test_a_show_cannot_be_ended_from_afar() -> None:
    assert "quit" not in NAMES
    assert "quit" not in ACTIONS.values()


def test_the_state_is_told_in_the_words_that_it_is_asked_for_in() -> None:
    controls = Controls(photoreal=0.25)
    for name, value in (("strength", 0.5), ("style", 2), ("colours", True), ("brush", 2)):
        controls = after(name, value, controls)
    told = state_of(controls, STYLES)
    assert (told["style"], told["other"], told["strength"], told["colours"]) == (("woodcut", 2), ("delft", 3), (0.5,),
                                                                               (True,))
    again = Controls()
    for name, values in told.items():
        again = after(name, values[0], again)
    assert state_of(again, STYLES) == told


def test_every_key_that_changes_something_can_be_taught_and_every_target_is_known() -> None:
    untaught = {"w", "q", "e", "escape"}  # the control window, the end, and teaching itself
    assert (set(CHANGES) | set(KEY_ACTIONS)) - untaught == set(OF_KEYS) - {"escape"}
    for target in set(OF_KEYS.values()) - {"escape"}:
        parsed_target(target)
    assert [target_of(Key(key), None) for key in ("up", "3", "ctrl 0", "f4", "u")] == [
        "strength", "style 3", "other 10", "look f4", None]


def test_a_touch_in_the_control_window_names_what_it_touches() -> None:
    layout = laid_out(480, 760, 3, ["f2"], listening=False)

    def touch(kind: str, name: str = "", *, second: bool = False) -> str | None:
        rect = next(each.rect for each in layout.widgets if each.kind == kind and name in ("", each.name))
        return target_of(Pointer(rect.left + 3, rect.top + 3, "press", second), layout)

    assert [touch("slider", "strength"), touch("choice", "brush"), touch("style"), touch("style", second=True),
            touch("key", "s"), touch("cue"), touch("first")] == [
        "strength", "brush", "style 1", "other 1", "snapshot", "look f2", "cross"]
    assert target_of(Pointer(0, 0, "press"), layout) is None
    assert target_of(Pointer(5, 5, "press"), None) is None


def test_a_control_moves_what_it_was_taught() -> None:
    def asked(target: str, value: float, before: float = 0.0, *, toggles: bool = True) -> Command | None:
        return wired(parsed_target(target), value, before, toggles=toggles)

    assert asked("strength", 1.0) == Command("strength", LARGEST_STRENGTH)
    assert asked("fade", 1.0) == Command("fade", 8.0)
    assert asked("brush", 0.5) == Command("brush", 1)
    assert asked("style 3", 0.9) == Command("style", 2)
    assert asked("style 3", 0.9, before=0.8) is None
    assert asked("snapshot", 0.0, before=1.0) is None
    assert (asked("mirror", 1.0), asked("mirror", 0.0, 1.0)) == (Command("mirror"), None)
    assert asked("mirror", 0.0, 1.0, toggles=False) == Command("mirror", False)
    assert asked("look f2", 1.0) == Command("look", "f2")


def test_a_wiring_is_read_as_it_was_written(tmp_path: Path) -> None:
    wiring = {"midi cc 1 7": "strength", "midi note 10 36": "snapshot", "midi bend 16": "crossfader",
              "osc /1/fader3": "steady", "midi cc 2 127": "style 3"}
    write_wiring(tmp_path / "a.wires", wiring)
    assert read_wiring(tmp_path / "a.wires") == wiring


@pytest.mark.parametrize("text", [
    "", "[]", "{", '{"allaprima": "wires"}', '{"allaprima": "wires", "version": 1, "wires": []}',
    '{"allaprima": "wires", "version": 1, "wires": {"midi cc 17 1": "strength"}}',
    '{"allaprima": "wires", "version": 1, "wires": {"midi cc 1 128": "strength"}}',
    '{"allaprima": "wires", "version": 1, "wires": {"midi cc 1 1": "quit"}}',
    '{"allaprima": "wires", "version": 1, "wires": {"midi cc 1 1": 3}}',
    '{"allaprima": "wires", "version": 1, "wires": {"midi cc 1 1": "style x y"}}'.replace("x y", ""),
    '{"allaprima": "wires", "version": 1, "wires": {"osc a b": "strength"}}'])
def test_a_file_that_holds_no_wiring_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.wires").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.wires"):
        read_wiring(tmp_path / "a.wires")
