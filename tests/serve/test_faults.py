"""What nobody should send: each is refused or bounded, and the server goes on answering."""

from __future__ import annotations

import struct
import time
import zlib
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from allaprima.serve import guard, server, uploads
from allaprima.serve.limits import Limits
from allaprima.serve.shelf import Shelf
from allaprima.serve.work import looked_at
from made_films import Film
from served import Served, raw_socket, served, waited_for

POST = b"POST /api/uploads?kind=film HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes) -> bytes:
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def answers(machine: Served) -> bool:
    """Whether the page and its list still come, soon."""
    began = time.monotonic()
    return (machine.fetch("/studio/")[0], machine.ask("/api/jobs")[0]) == (200, 200) and time.monotonic() - began < 20


def left(machine: Served) -> list[Path]:
    """What lies among the uploads and was not taken."""
    return [path for path in (machine.folder / "uploads").glob("*.raw") if not path.with_suffix(".json").exists()]


def test_an_upload_that_declares_ten_gigabytes_is_refused_before_any_of_it_came(machine: Served) -> None:
    with raw_socket(machine.port) as place:
        place.sendall(POST + b"Content-Length: %d\r\n\r\n" % (10 << 30))
        assert place.recv(4096).startswith(b"HTTP/1.1 413")
    assert answers(machine)
    assert left(machine) == []


def test_an_upload_that_goes_on_and_on_is_broken_off(tmp_path: Path) -> None:
    with served(tmp_path, Limits(film_bytes=3 << 20, spare_bytes=0)) as machine, raw_socket(machine.port) as place:
        place.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = 0
        try:
            while sent < 64 << 20:
                place.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
                sent += 1 << 20
            answer = place.recv(4096)
        except OSError:
            answer = b"HTTP/1.1 413"  # it hung up on us
        assert answer.startswith(b"HTTP/1.1 413")
        assert left(machine) == []
        assert answers(machine)


def test_an_upload_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    with served(tmp_path, Limits(spare_bytes=1 << 60)) as machine:
        status, said = machine.ask("/api/uploads?kind=film", "POST", b"film")
        assert (status, "disk" in str(said["error"])) == (507, True)


@pytest.mark.parametrize("bomb", [
    png(100_000, 100_000, zlib.compress(bytes(1 << 22), 9)),  # pixels that would take 30 GB
    png(64, 64, zlib.compress(bytes(1 << 26), 9)),            # 64 MiB behind a small header
    b"\x89PNG\r\n\x1a\n", b"not a picture at all"], ids=["many pixels", "much data", "cut short", "text"])
def test_a_bomb_of_a_picture_is_refused(machine: Served, bomb: bytes) -> None:
    status, said = machine.ask("/api/uploads?kind=picture&name=bomb.png", "POST", bomb)
    if status == 201:  # what is behind the pixels is not looked at, and they are as the header says
        assert (said["width"], said["height"]) == (64, 64)
        machine.ask("/api/jobs")
    else:
        assert status == 422
        assert "bomb.png" in str(said["error"])
        assert str(machine.folder) not in str(said["error"])
    assert answers(machine)


def claimed(content: bytes, width: int, height: int) -> bytes:
    """A film of plain pixels in AVI that says it is so large."""
    at = content.index(b"strf") + 8
    changed = bytearray(content)
    changed[at + 4:at + 12] = struct.pack("<ii", width, height)
    at = content.index(b"avih") + 8 + 32
    changed[at:at + 8] = struct.pack("<II", width, height)
    return bytes(changed)


def test_a_film_of_a_million_by_a_million_is_refused(machine: Served, tmp_path: Path) -> None:
    plain = Film(codec="rawvideo", options={}, times=(0, 512)).write(tmp_path / "plain.avi").read_bytes()
    jpegs = Film(codec="mjpeg", pix_fmt="yuvj420p", options={}, color_range=2, times=(0, 512)).write(
        tmp_path / "jpegs.avi").read_bytes()
    sizes = struct.pack(">HH", 48, 64), struct.pack(">HH", 65_500, 65_500)
    assert jpegs.count(b"\xff\xc0\x00\x11\x08" + sizes[0]) == 2
    for content in (claimed(plain, 10**6, 10**6), b"YUV4MPEG2 W1000000 H1000000 F25:1 C420\nFRAME\n",
                    claimed(jpegs.replace(b"\x11\x08" + sizes[0], b"\x11\x08" + sizes[1]), 65_500, 65_500)):
        status, said = machine.ask("/api/uploads?kind=film&name=huge.avi", "POST", content)
        assert status == 422, said
        assert "huge.avi" in str(said["error"])
    assert answers(machine)


def test_a_film_longer_or_larger_than_may_be_is_refused(tmp_path: Path) -> None:
    content = Film(times=tuple(range(0, 100 * 512, 512))).write(tmp_path / "in.mp4").read_bytes()
    for limits, word in ((Limits(minutes=0.05, spare_bytes=0), "minutes"),
                         (Limits(film_pixels=64 * 40, spare_bytes=0), "pixels")):
        with served(tmp_path / word, limits) as machine:
            status, said = machine.ask("/api/uploads?kind=film", "POST", content)
            assert status == 422
            assert word in str(said["error"])


def test_a_film_that_goes_on_beyond_its_header_is_ended(tmp_path: Path) -> None:
    content = Film(times=tuple(range(0, 100 * 512, 512))).write(tmp_path / "in.mp4").read_bytes()
    with served(tmp_path / "studio", Limits(minutes=0.05, spare_bytes=0)) as machine:
        longer = Limits(minutes=1, spare_bytes=0)
        upload = "0123456789abcdef"
        shelf = Shelf(machine.folder)
        shelf.raw_path(upload).write_bytes(content)
        looked_at(shelf, upload, "film", "long.mp4", longer)
        job = machine.ask("/api/films", "POST", {"upload": upload, "style": "starry", "model": "none",
                                                 "temporal": "off"})[1]["id"]
        said = waited_for(lambda: machine.job(job)["ended"] and machine.job(job))
        assert isinstance(said, dict)
        assert "longer than the 0.05 minutes" in str(said["error"])


def test_twenty_sockets_that_stall_hold_nobody_up_and_are_left(machine: Served,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.5)
    monkeypatch.setattr(guard, "RECEIVE_SECONDS", 0.5)
    begun = (b"", b"GET /api/jobs HT", b"GET /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
             POST + b"Content-Length: 1000000\r\n\r\nonly this")
    with ExitStack() as stack:
        sockets = [stack.enter_context(raw_socket(machine.port)) for _ in range(20)]
        for number, place in enumerate(sockets):
            place.sendall(begun[number % len(begun)])
        assert answers(machine)
        for place in sockets:
            while place.recv(4096):  # an answer perhaps, then the end
                pass
    assert answers(machine)
    waited_for(lambda: left(machine) == [])


def test_more_uploads_at_once_than_may_be_are_put_off(machine: Served) -> None:
    head = POST + b"Content-Length: 100\r\n\r\nabc"
    with ExitStack() as stack:
        for _ in range(uploads.MOST_UPLOADS):
            stack.enter_context(raw_socket(machine.port)).sendall(head)
        waited_for(lambda: len(left(machine)) == uploads.MOST_UPLOADS)
        assert machine.ask("/api/uploads?kind=film", "POST", b"abc")[0] == 503
    waited_for(lambda: left(machine) == [])
    assert machine.ask("/api/uploads?kind=film", "POST", b"")[0] == 400


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{", b"[" * 60_000, b"\xff", b'{"upload": 3}', b'{"upload": "../../etc/passwd"}', b" " * 70_000,
    b'{"upload": "0123456789abcdef"}'])
def test_requests_that_make_no_sense_are_refused(machine: Served, body: bytes) -> None:
    for path in ("/api/films", "/api/fits"):
        status, said = machine.ask(path, "POST", body)
        assert status in (400, 404, 413)
        assert said["error"]


def test_every_field_of_a_job_is_bounded(machine: Served, tmp_path: Path) -> None:
    upload = machine.uploaded(Film(times=(0, 512, 1024)).write(tmp_path / "in.mp4").read_bytes())
    usual = {"upload": upload, "style": "starry", "model": "none"}
    for field, value in (("style", "/etc/passwd"), ("style", "upload:../x"), ("style", ""), ("style", "a+" * 20 + "a"),
                         ("style", "nosuch"), ("style", "fit:0123456789abcdef"), ("style", 3), ("strength", 2),
                         ("strength", "1"), ("size", 1e9), ("size", 8), ("model", "reference"),
                         ("model", "/x.safetensors"), ("temporal", "slow"), ("preserve_color", [])):
        status, said = machine.ask("/api/films", "POST", usual | {field: value})
        assert status in (400, 404), (field, value)
        assert said["error"]
    with pytest.raises(AssertionError):
        machine.uploaded(np.zeros(10, np.uint8).tobytes())
    picture = {"upload": upload, "minutes": 3}
    assert machine.ask("/api/fits", "POST", picture)[0] == 400  # it is a film
