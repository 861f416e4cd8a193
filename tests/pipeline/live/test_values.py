"""Controls, fades, the ladder and the meter: values and pure functions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import Style
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import CODE_LENGTH
from allaprima.pipeline.live.controls import ACTIONS, CHANGES, HELP, Controls, pressed
from allaprima.pipeline.live.fade import FADE_SECONDS, mixed, redirected
from allaprima.pipeline.live.fitting import covering
from allaprima.pipeline.live.ladder import MISSED_SECONDS, ROOM_SECONDS, Ladder, stepped
from allaprima.pipeline.live.meter import Meter
from allaprima.pipeline.live.newest import Newest
from allaprima.pipeline.live.rungs import brushed, first_that_holds, heights, rungs_of
from allaprima.pipeline.live.stage import paint_seconds

START = Controls()


def style(name: str) -> Style:
    return Style(name, np.zeros(CODE_LENGTH, np.float32), (1, 1, 1, 1), "e")


@pytest.mark.parametrize(("keys", "changed"), [
    ("n", replace(START, style=1)), ("p", replace(START, style=2)), ("nnn", START), ("3", replace(START, style=2)),
    ("4", START), ("-", replace(START, strength=0.95)), ("+", replace(START, strength=1.05)),
    ("+" * 20, replace(START, strength=1.5)), ("]]", replace(START, blend=0.1)),
    ("][", START), (".", replace(START, stability=0.55)), (",", replace(START, stability=0.45)),
    ("c", replace(START, preserve_colors=True)), ("g", replace(START, photoreal=1.0)), ("gg", START),
    ("v", replace(START, view="side by side")),
    ("vv", replace(START, view="split")), ("vvv", START), ("m", replace(START, mirror=True)),
    ("o", replace(START, overlay=False)), ("h", replace(START, help=True)),
    ("f", replace(START, fullscreen=True, overlay=False)), ("ff", START),
    ("hf", replace(START, fullscreen=True, overlay=False)),
    ("fo", replace(START, fullscreen=True)), ("x", replace(START, blend=1.0)), ("xx", START),
    ("d", replace(START, fade_seconds=1.0)), ("dddd", replace(START, fade_seconds=8.0)),
    ("ddddd", replace(START, fade_seconds=0.0)), ("a", replace(START, leading="strength")), ("aaa", START),
    ("w", replace(START, panel=False)), ("0", START),
    ("b", replace(START, brush=1)), ("bb", replace(START, brush=2)), ("bbb", START),
    ("z", START), ("--------------------------", replace(START, strength=0.0)),
])
def test_each_key_does_what_it_says(keys: str, changed: Controls) -> None:
    controls = START
    for key in keys:
        controls, action = pressed(key, controls, styles=3)
        assert action is None
    assert controls == changed


def test_special_keys_have_names() -> None:
    assert pressed("right", START, 3)[0].style == 1
    assert pressed("down", START, 3)[0].strength == 0.95
    assert pressed("space", START, 3)[0].frozen
    assert pressed("escape", START, 3)[1] == "quit"
    assert pressed("s", START, 3) == (START, "snapshot")


def test_no_key_has_two_meanings() -> None:
    assert not set(CHANGES) & set(ACTIONS)
    told = [key for keys, _ in HELP for key in keys.split() if key in CHANGES or key in ACTIONS]
    assert len(told) == len(set(told))


def test_the_help_names_every_key() -> None:
    told = " ".join(keys for keys, _ in HELP).split()
    assert {key for key in (*CHANGES, *ACTIONS) if key != "escape"} <= set(told)


def test_a_fade_runs_from_one_style_to_the_other_in_half_a_second() -> None:
    a, b = style("a"), style("b")
    fade = redirected(None, ((a, 1.0),), 10.0)
    assert fade.at(10.0) == ((a, 1.0),)
    fade = redirected(fade, ((b, 1.0),), 10.0)
    assert redirected(fade, ((b, 1.0),), 10.1) is fade
    middle = {each.name: weight for each, weight in fade.at(10.0 + FADE_SECONDS / 2)}
    assert middle == pytest.approx({"a": 0.5, "b": 0.5})
    assert fade.at(10.0 + FADE_SECONDS) == ((b, 1.0),)


def test_a_fade_that_is_redirected_goes_on_from_where_it_is() -> None:
    a, b, c = style("a"), style("b"), style("c")
    fade = redirected(redirected(None, ((a, 1.0),), 0.0), ((b, 1.0),), 0.0)
    turned = redirected(fade, ((c, 1.0),), 0.25)
    assert {each.name: weight for each, weight in turned.at(0.25)} == pytest.approx({"a": 0.5, "b": 0.5})
    assert turned.at(0.75) == ((c, 1.0),)


def test_mixtures_of_the_same_style_add_up() -> None:
    a, b = style("a"), style("b")
    assert mixed(((a, 0.5), (b, 0.5)), ((a, 1.0),), 0.5) == ((a, 0.75), (b, 0.25))


def climbed(ladder: Ladder, seconds: float, cost: float, start: float = 0.0) -> Ladder:
    for step in range(round(seconds * 20)):
        ladder = stepped(ladder, start + step / 20, cost / 100, 1.7)
    return ladder


def test_the_ladder_goes_down_after_a_second_over_budget_and_not_before() -> None:
    assert climbed(Ladder(3), MISSED_SECONDS * 0.9, 130).rung == 0
    assert climbed(Ladder(3), MISSED_SECONDS * 1.2, 130).rung == 1
    assert climbed(Ladder(3), MISSED_SECONDS * 10, 130).rung == 2


def test_the_ladder_goes_up_where_the_taller_rung_would_fit() -> None:
    assert climbed(Ladder(3, rung=2), ROOM_SECONDS * 1.2, 40).rung == 1
    assert climbed(Ladder(3, rung=2), ROOM_SECONDS * 1.2, 60).rung == 2


def test_one_late_frame_changes_nothing() -> None:
    ladder = Ladder(3)
    for step in range(100):
        ladder = stepped(ladder, step / 20, 5.0 if step % 10 == 0 else 0.5, 1.0)
    assert ladder.rung == 0


def test_one_late_frame_in_five_is_a_step_down() -> None:
    ladder = Ladder(3)
    for step in range(60):
        ladder = stepped(ladder, step / 20, 1.1 if step % 5 == 0 else 0.9, 1.0)
    assert ladder.rung == 1


def test_a_ladder_that_was_climbed_in_vain_waits_longer() -> None:
    ladder = climbed(Ladder(2, rung=1), 3.5, 40)
    assert ladder.rung == 0
    ladder = climbed(ladder, 1.5, 150, start=3.5)
    assert ladder.rung == 1
    assert ladder.wait_seconds == 2 * ROOM_SECONDS
    assert climbed(ladder, 1.5 * ROOM_SECONDS, 40, start=5.0).rung == 1


class Named(IdentityEngine):
    def __init__(self, name: str) -> None:
        self.name = name


def test_rungs_are_networks_at_sizes_best_first() -> None:
    fine, quick = Named("fine"), Named("quick")
    rungs = rungs_of([fine, quick], 640, 360, 2.0)
    assert [(rung.engine.name, rung.width, rung.height) for rung in rungs] == [
        ("fine", 640, 360), ("fine", 484, 272), ("quick", 640, 360), ("quick", 484, 272), ("quick", 312, 176)]
    assert [rung.style_scale for rung in rungs] == pytest.approx([2 * rung.height / 360 for rung in rungs])
    assert [rung.detail for rung in rungs_of([quick], 360, 640, 1.0)] == [360, 272, 176]


def test_a_brush_paints_fewer_lines_and_looks_at_the_style_larger() -> None:
    quick = IdentityEngine()
    rungs = rungs_of([quick], 640, 360, 1.0, brush=100)
    assert [rung.detail for rung in rungs] == [100, 72, 64]
    assert rungs[0].style_scale == 2
    assert rungs_of([quick], 640, 360, 1.0, brush=720)[0].detail == 360


def test_coarser_strokes_are_smaller_rungs_of_the_same_network() -> None:
    fine, quick = IdentityEngine(), IdentityEngine()
    rungs = rungs_of([fine, quick], 640, 360, 1.0)
    assert [rung.detail for rung in rungs] == [360, 272, 360, 272, 176]
    assert [brushed(rungs, 0, brush) for brush in range(3)] == [0, 1, 1]
    assert [brushed(rungs, 2, brush) for brush in range(3)] == [2, 3, 4]
    assert [brushed(rungs, 3, brush) for brush in range(3)] == [3, 3, 4]


def test_painting_may_take_what_rate_and_latency_leave() -> None:
    assert paint_seconds(100, 40, 25) == pytest.approx(0.04)
    assert paint_seconds(100, None, 25) == pytest.approx(0.06)
    assert paint_seconds(100, None, 5) == pytest.approx(0.05)
    assert paint_seconds(60_000, None, None) == pytest.approx(60 - 1 / 30)


def test_a_run_begins_on_the_first_rung_that_holds_the_rate() -> None:
    assert first_that_holds([0.06, 0.035, 0.02, 0.01], 1 / 24) == 2
    assert first_that_holds([0.06, 0.03, 0.02, 0.01], 1 / 24) == 1
    assert first_that_holds([0.6, 0.3, 0.4], 1 / 24) == 1


@pytest.mark.parametrize(("tallest", "rungs"), [(360, (360, 272, 176)), (720, (720, 544, 360)), (64, (64,)),
                                                (72, (72, 64))])
def test_the_ladder_has_three_heights_where_there_is_room(tallest: int, rungs: tuple[int, ...]) -> None:
    assert heights(tallest) == rungs


def test_percentiles_are_exact_to_the_millisecond() -> None:
    meter = Meter()
    for index in range(100):
        meter.show(index / 25, index + 1.0, 1.0)
    assert [meter.latency.percentile_ms(share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert [meter.waiting.percentile_ms(share) for share in (0.5, 0.95, 0.99)] == [49, 94, 98]
    assert meter.fps() == pytest.approx(25)
    assert meter.fps_now() == pytest.approx(25)
    meter.show(5.0, 1e9, 0.0)
    assert meter.latency.worst_ms == 1e9
    assert Meter().latency.percentile_ms(0.5) == 0


def test_the_newest_value_wins_and_the_end_comes_after_it() -> None:
    slot: Newest[int] = Newest()
    slot.put(1)
    slot.put(2)
    slot.end(ValueError("over"))
    assert not slot.ended
    assert slot.take(0) == 2
    assert slot.replaced == 1
    with pytest.raises(ValueError, match="over"):
        slot.take(0)
    assert slot.ended


def test_an_error_that_ends_the_values_is_met_by_who_asks_whether_they_are_over() -> None:
    slot: Newest[int] = Newest()
    assert not slot.is_over()
    slot.put(1)
    slot.end(ValueError("over"))
    assert not slot.is_over()
    assert slot.take(0) == 1
    with pytest.raises(ValueError, match="over"):
        slot.is_over()
    assert slot.is_over()


def test_what_nobody_took_is_dropped_and_its_error_met() -> None:
    slot: Newest[int] = Newest()
    slot.put(1)
    slot.end(ValueError("over"))
    with pytest.raises(ValueError, match="over"):
        slot.drop()
    assert slot.is_over()


def test_a_picture_of_another_aspect_is_cut_not_stretched() -> None:
    picture = np.zeros((60, 60, 3), np.uint8)
    picture[20:40, 20:40] = 255
    fitted = covering(picture, 120, 60)
    assert fitted.shape == (60, 120, 3)
    rows, columns = np.nonzero(fitted[..., 0] > 127)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)
