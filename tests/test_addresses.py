"""What is shown of an address: where it leads, and nothing that opens it."""

from __future__ import annotations

import pytest

from allaprima.addresses import shown_address, without_secrets
from allaprima.errors import SourceError


@pytest.mark.parametrize(("address", "shown"), [
    ("http://admin:SECRET@127.0.0.1:9/s", "http://***@127.0.0.1:9/s"),
    ("rtsp://SECRET@cam/live", "rtsp://***@cam/live"),
    ("RTSP://admin:p@SECRET@cam:554/live", "RTSP://***@cam:554/live"),
    ("http:/admin:SECRET@cam/s", "http:/***@cam/s"),
    ("http://admin:SE/CRET@cam/s", "http://***@cam/s"),
    ("http://admin:SE?CRET@cam/s", "http://***@cam/s"),
    ("http://admin:1/SECRET@cam/s", "http://***@cam/s"),
    ("http://admin:my SECRET@cam/s", "http://***@cam/s"),
    ("http://admin:'SECRET@cam/s", "http://***@cam/s"),
    ("http://cam/video.cgi?user=admin&pwd=SECRET", "http://cam/video.cgi?***"),
    ("srt://cam:1?passphrase=SECRET", "srt://cam:1?***"),
    ("rtsp://cam/user=admin_password=SECRET_channel=1.sdp", "rtsp://cam/user=***"),
    ("http://cam/stream@1", "http://cam/stream@1"),
    ("http://[::1]:80/s", "http://[::1]:80/s"),
    ("http://127.0.0.1:8000/v.mp4", "http://127.0.0.1:8000/v.mp4"),
    ("/dev/video0", "/dev/video0"), ("0", "0"), ("C:/films/a@b.mp4", "C:/films/a@b.mp4"), ("a@b.mp4", "a@b.mp4"),
])
def test_an_address_is_shown_without_what_opens_it(address: str, shown: str) -> None:
    assert shown_address(address) == shown


def test_addresses_within_a_text_are_masked_and_the_rest_is_left() -> None:
    text = "cannot open 'rtsp://a:SECRET@cam/s': refused (http://b:SECRET@cam:80/t?key=SECRET); try a@b: again"
    assert without_secrets(text) == ("cannot open 'rtsp://***@cam/s': refused (http://***@cam:80/t?***); try a@b: "
                                     "again")


def test_no_error_of_ours_shows_a_password() -> None:
    error = SourceError("cannot open http://admin:SECRET@cam/s", "try http://admin:SECRET@cam/t")
    assert "SECRET" not in f"{error} {error.hint}"
    assert str(error) == "cannot open http://***@cam/s"
