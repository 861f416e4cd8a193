"""Options: what is out of range is refused, defaults can be read off the class."""

from fractions import Fraction

import pytest

from allaprima.config import Size, StyleOptions, VideoOptions, parsed_seconds, parsed_size
from allaprima.errors import OptionError


@pytest.mark.parametrize(("text", "width", "height"), [("360", 640, 360), ("100x50", 100, 50), ("720", 1280, 720)])
def test_a_size_is_the_shorter_side_or_both(text: str, width: int, height: int) -> None:
    assert parsed_size(text).of(1920, 1080) == (width, height)


def test_the_shorter_side_of_a_portrait_is_its_width() -> None:
    assert Size(shorter=360).of(1080, 1920) == (360, 640)


@pytest.mark.parametrize("text", ["", "0", "-5", "1.5", "x", "10x", "10x20x30", "99999999", "ten"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="not a size"):
        parsed_size(text)


@pytest.mark.parametrize(("text", "seconds"), [("12.5", Fraction(25, 2)), ("1:02", Fraction(62)),
                                               ("1:00:00.1", Fraction(36001, 10)), ("0", Fraction(0))])
def test_times_are_exact(text: str, seconds: Fraction) -> None:
    assert parsed_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:2:3:4", "abc", "1/2", "nan"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="not a time"):
        parsed_seconds(text)


def test_impossible_options_are_refused() -> None:
    for impossible in ({"crf": 99}, {"batch_size": 0}, {"start": Fraction(2), "end": Fraction(1)}):
        with pytest.raises(OptionError):
            VideoOptions(**impossible)
    with pytest.raises(OptionError):
        StyleOptions(strength=2)
    with pytest.raises(OptionError):
        StyleOptions(style_scale=0)


def test_defaults_can_be_read_off_the_class() -> None:
    assert VideoOptions.crf == VideoOptions().crf


def test_a_size_that_would_make_a_strip_endless_is_refused() -> None:
    assert Size(shorter=1080).of(20_000, 400) == (54_000, 1080)
    assert Size(shorter=16).of(200_000, 16) == (200_000, 16)
    with pytest.raises(OptionError, match="1350000x1080"):
        Size(shorter=1080).of(20_000, 16)
