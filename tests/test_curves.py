"""Values over time: exact at their keys, whatever unit, rate and time base say when that is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from allaprima.curves import Clock, Curve, Instant, constant, parsed_curve, parsed_instant
from allaprima.errors import OptionError

FILM = Clock(Fraction(1, 12288), Fraction(24))
NTSC_MATROSKA = Clock(Fraction(1, 1000), Fraction(24000, 1001))


def strength(text: str, easing: str = "linear") -> Curve:
    return parsed_curve(text, "strength", 0, 1, easing)  # type: ignore[arg-type]


@pytest.mark.parametrize("easing", ["linear", "smooth"])
def test_the_value_at_a_key_is_the_keys_own_to_the_last_bit(easing: str) -> None:
    curve = strength("0:0.2,1.25:0.7,5:1", easing)
    assert [curve.at(Fraction(time), FILM) for time in ("0", "1.25", "5")] == [0.2, 0.7, 1.0]


def test_before_the_first_and_after_the_last_key_values_stay() -> None:
    curve = strength("2:0.25,3:0.75")
    assert [curve.at(Fraction(time), FILM) for time in (0, 100)] == [0.25, 0.75]


def test_linear_is_half_way_in_the_middle_and_smooth_starts_and_ends_at_rest() -> None:
    assert strength("0:0,4:1").at(Fraction(1), FILM) == 0.25
    smooth = strength("0:0,4:1", "smooth")
    assert smooth.at(Fraction(2), FILM) == 0.5
    assert smooth.at(Fraction(1, 100), FILM) < 1e-4
    assert smooth.at(Fraction(399, 100), FILM) > 1 - 1e-4


def test_a_number_alone_never_changes() -> None:
    assert strength("0.3").constant == 0.3
    assert strength("0:0.3,5:0.3").constant == 0.3
    assert strength("0:0.3,5:0.4").constant is None
    assert str(constant(1.0)) == "1.0"


@pytest.mark.parametrize("frame", [0, 1, 2, 7, 1000, 100_001])
def test_a_key_at_a_frame_meets_that_frame_although_the_container_rounds_times(frame: int) -> None:
    pts = round(frame / NTSC_MATROSKA.rate / NTSC_MATROSKA.time_base)  # type: ignore[operator]
    seconds = NTSC_MATROSKA.seconds(pts)
    assert seconds == NTSC_MATROSKA.seconds_of(Instant(Fraction(frame), in_frames=True))
    curve = Curve(((Instant(Fraction(frame), in_frames=True), 0.3), (Instant(Fraction(frame + 9), True), 0.9)))
    assert curve.at(seconds, NTSC_MATROSKA) == 0.3
    written = Instant(Fraction(pts, 1000))  # the time that a player shows
    assert NTSC_MATROSKA.seconds_of(written) == seconds


def test_time_runs_from_the_beginning_of_the_stream() -> None:
    clock = Clock(Fraction(1, 90000), Fraction(25), beginning=Fraction(7, 5))
    assert clock.seconds(round(1.4 * 90000)) == 0
    assert clock.seconds(round(2.4 * 90000)) == 1


def test_numbered_frames_go_by_their_own_numbers() -> None:
    clock = Clock(Fraction(1, 24), Fraction(24), first_frame=1001)
    assert clock.seconds_of(Instant(Fraction(1025), in_frames=True)) == clock.seconds(24) == 1


def test_frames_that_hold_no_constant_rate_keep_their_times() -> None:
    clock = Clock(Fraction(1, 1000), Fraction(30))
    assert clock.seconds(517) == Fraction(517, 1000)


def test_a_frame_cannot_be_placed_without_a_rate() -> None:
    with pytest.raises(OptionError, match="120f"):
        strength("0:0,120f:1").at(Fraction(1), Clock(Fraction(1, 1000)))


@pytest.mark.parametrize("text", ["0:0.2,5", "x:1", "0:0,-1:1", "1.5f:1", "5:0,2:1", "0:0,0:1", "0:", "0:2", "2",
                                  "fine", "nan", "0:nan", ",", ":"])
def test_what_is_no_curve_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="strength"):
        strength(text)


def test_keys_of_two_units_that_cross_are_refused_when_the_clock_is_known() -> None:
    with pytest.raises(OptionError, match="do not follow"):
        strength("0:0,48f:1,1:0").at(Fraction(1), FILM)


def test_instants_are_seconds_or_frames() -> None:
    assert parsed_instant(" 2.5") == Instant(Fraction(5, 2))
    assert parsed_instant("120f") == Instant(Fraction(120), in_frames=True)
    assert [parsed_instant(text) for text in ("", "f", "-1", "1e3f", "1.5f", "1:02", "1e999999999", "9" * 5000)
            ] == [None] * 8


def test_an_instant_may_be_written_as_programs_write_small_numbers() -> None:
    assert parsed_instant("1e-05") == Instant(Fraction(1, 100_000))
    assert strength("0:0,1e-05:1").at(Fraction(1), Clock(Fraction(1, 10**6))) == 1
