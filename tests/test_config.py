"""Options: what is out of range is refused, defaults can be read off the class."""

from fractions import Fraction

import pytest

from allaprima.config import StyleOptions, VideoOptions, parsed_seconds
from allaprima.errors import OptionError


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
