"""Live over a socket, by the server's own engine: a real client sends frames and gets them back painted."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from allaprima.serve import sockets
from allaprima.serve.limits import FRAME_BYTES, MOST_SHOWS
from served import LIMIT_SECONDS, Served, served, waited_for


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Served]:
    """A server for each test: a show of the one before may still be ending, and counts."""
    with served(tmp_path) as found:
        yield found


def jpeg(level: int, width: int = 64, height: int = 48) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), level, np.uint8)).save(content, "JPEG")
    return content.getvalue()


@contextmanager
def live(machine: Served, query: str = "style=starry&style=woodcut&model=none&size=64", **options: object,
         ) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{machine.port}/api/live?{query}", open_timeout=LIMIT_SECONDS,
                 **options) as socket:  # type: ignore[arg-type]
        yield socket


def pictures(socket: ClientConnection, texts: dict[str, object]) -> Iterator[int]:
    """The levels of the pictures that come; what is said beside them goes into ``texts``."""
    while True:
        found = socket.recv(LIMIT_SECONDS)
        if isinstance(found, str):
            texts.update(json.loads(found))
            continue
        with Image.open(io.BytesIO(found)) as picture:
            assert picture.size == (85, 64) or picture.size == (86, 64)
            yield int(np.asarray(picture).mean())


def rest_of(socket: ClientConnection) -> tuple[list[object], int | None]:
    """What still comes until the server closes, and the code that it closes with."""
    said: list[object] = []
    try:
        while True:
            said.append(socket.recv(LIMIT_SECONDS))
    except ConnectionClosed as closed:
        return said, None if closed.rcvd is None else closed.rcvd.code


def test_frames_come_back_painted_and_wishes_are_obeyed(machine: Served) -> None:
    texts: dict[str, object] = {}
    with live(machine) as socket:
        socket.send(jpeg(40))
        coming = pictures(socket, texts)
        assert abs(next(coming) - 40) < 3
        socket.send(json.dumps({"strength": 0.5, "style": "woodcut"}))
        for level in (80, 120, 160):
            socket.send(jpeg(level))
            assert any(abs(found - level) < 3 for found in coming)
        while texts.get("style") != "woodcut" or texts.get("strength") != 0.5:
            socket.send(jpeg(200))
            next(coming)
        socket.send(json.dumps({"record": True}))
        while "error" not in texts:
            socket.send(jpeg(200))
            next(coming)
        assert "record" in str(texts["error"])
    assert machine.ask("/api/jobs")[0] == 200


@pytest.mark.parametrize("content", [b"no picture", jpeg(3, 8, 8), jpeg(3, 3000, 2000)],
                         ids=["no picture", "too small", "too large"])
def test_what_is_no_frame_is_told_and_closes(machine: Served, content: bytes) -> None:
    with live(machine) as socket:
        socket.send(content)
        said, code = rest_of(socket)
    assert "frame" in json.loads(str(said[-1]))["error"]
    assert code == sockets.POLICY


def test_messages_larger_than_a_frame_may_be_close_the_socket(machine: Served) -> None:
    with live(machine) as socket:
        socket.send(bytes(2 * FRAME_BYTES))
        assert rest_of(socket) == ([], 1009)
    assert machine.ask("/api/jobs")[0] == 200


@pytest.mark.parametrize("query", ["style=nosuch", "style=/etc/passwd", "model=gatys", "size=9", "size=x",
                                   "&".join(["style=starry"] * 9)])
def test_shows_that_cannot_be_are_refused_with_a_sentence(machine: Served, query: str) -> None:
    with live(machine, query) as socket:
        assert json.loads(socket.recv(LIMIT_SECONDS))["error"]
        with pytest.raises(ConnectionClosed):
            socket.recv(LIMIT_SECONDS)


def test_sockets_of_other_sites_are_refused(machine: Served) -> None:
    with pytest.raises(InvalidStatus, match="403"), live(machine, origin="http://evil.example"):
        pass


def test_sockets_that_stall_are_left_and_more_shows_than_may_be_put_off(machine: Served,
                                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "IDLE_SECONDS", 2.0)
    with live(machine) as one, live(machine) as two:
        assert MOST_SHOWS == 2
        refusals = []
        for _ in range(18):
            with live(machine) as more:
                refusals.append(json.loads(more.recv(LIMIT_SECONDS))["error"])
        assert "already" in refusals[0]
        assert machine.fetch("/studio/")[0] == 200
        for stalled in (one, two):
            assert "no frame came" in str(rest_of(stalled)[0][-1])

    def let_in() -> bool:
        with live(machine) as again:
            again.send(jpeg(100))
            found = again.recv(LIMIT_SECONDS)
            return not isinstance(found, str) or "error" not in json.loads(found)

    assert waited_for(let_in)
