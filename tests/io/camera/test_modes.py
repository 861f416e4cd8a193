"""A camera's modes, read from what a driver of the tests' own answers; no machine of ours has a camera."""

from __future__ import annotations

import errno
import struct
from pathlib import Path

import pytest

from allaprima.errors import SourceError
from allaprima.io.camera.modes import ENUM_FORMATS, ENUM_INTERVALS, ENUM_SIZES, Mode, listed, modes_of

MJPG, YUYV = (struct.unpack("=I", name)[0] for name in (b"MJPG", b"YUYV"))


def driver(number: int, memory: bytearray) -> None:
    """Two formats; one with two sizes and several rates, the other with a range of both."""
    index, = struct.unpack_from("=I", memory)
    try:
        if number == ENUM_FORMATS:
            struct.pack_into("=I", memory, 44, [MJPG, YUYV][index])
        elif number == ENUM_SIZES and struct.unpack_from("=I", memory, 4) == (MJPG,):
            struct.pack_into("=III", memory, 8, 1, *[(1280, 720), (640, 480)][index])
        elif number == ENUM_SIZES:
            struct.pack_into("=IIIIIII", memory, 8, [3][index], 32, 1920, 2, 16, 1080, 2)
        elif number == ENUM_INTERVALS and struct.unpack_from("=I", memory, 4) == (MJPG,):
            struct.pack_into("=III", memory, 16, 1, 1, [30, 60][index])
        elif number == ENUM_INTERVALS:
            struct.pack_into("=IIIII", memory, 16, [3][index], 1, 25, 1, 5)
    except IndexError:
        raise OSError(errno.EINVAL, "past the last item") from None


def test_formats_sizes_and_rates_are_listed() -> None:
    assert list(listed(driver)) == [Mode("MJPG", 1280, 720, (60.0, 30.0)), Mode("MJPG", 640, 480, (60.0, 30.0)),
                                    Mode("YUYV", 1920, 1080, (25.0,))]
    assert str(Mode("MJPG", 1280, 720, (60.0, 30.0))) == "MJPG 1280x720 at 60, 30 fps"


def test_requests_have_the_numbers_of_the_kernels_header() -> None:
    assert [hex(number) for number in (ENUM_FORMATS, ENUM_SIZES, ENUM_INTERVALS)] == [
        "0xc0405602", "0xc02c564a", "0xc034564b"]


def test_what_is_no_camera_has_no_modes_and_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert modes_of("/dev/null") == []
    with pytest.raises(SourceError, match="video99"):
        modes_of("/dev/video99")
