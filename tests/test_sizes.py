"""Working sizes: the shorter side or both, and what would be endless."""

import pytest

from allaprima.errors import OptionError
from allaprima.sizes import Size, parsed_size


@pytest.mark.parametrize(("text", "width", "height"), [("360", 640, 360), ("100x50", 100, 50), ("720", 1280, 720)])
def test_a_size_is_the_shorter_side_or_both(text: str, width: int, height: int) -> None:
    assert parsed_size(text).of(1920, 1080) == (width, height)


def test_the_shorter_side_of_a_portrait_is_its_width() -> None:
    assert Size(shorter=360).of(1080, 1920) == (360, 640)


@pytest.mark.parametrize("text", ["", "0", "-5", "1.5", "x", "10x", "10x20x30", "99999999", "ten"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="not a size"):
        parsed_size(text)


def test_a_size_that_would_make_a_strip_endless_is_refused() -> None:
    assert Size(shorter=1080).of(20_000, 400) == (54_000, 1080)
    assert Size(shorter=16).of(200_000, 16) == (200_000, 16)
    with pytest.raises(OptionError, match="1350000x1080"):
        Size(shorter=1080).of(20_000, 16)
