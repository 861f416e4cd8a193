"""A served machine of the tests' own: the real server on the loopback address, in a thread of this process."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from allaprima.cli.serve import performer
from allaprima.cli.serving import job_command, probe_command
from allaprima.serve.application import Programs, application
from allaprima.serve.guard import Door
from allaprima.serve.limits import Limits
from allaprima.serve.server import bound, server_for
from allaprima.serve.shelf import Shelf

LIMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server answers, and its folder."""

    port: int
    folder: Path

    def ask(self, path: str, method: str = "GET", body: object = None,
            headers: dict[str, str] | None = None) -> tuple[int, dict[str, object]]:
        """Status and JSON of an answer; a body that is no bytes goes as JSON."""
        status, content, _ = self.fetch(path, method, body, headers)
        return status, json.loads(content)

    def fetch(self, path: str, method: str = "GET", body: object = None,
              headers: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
        """Status, content and headers of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)
        try:
            sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, sent, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def job(self, name: object) -> dict[str, object]:
        """A job as it is told of."""
        return self.ask(f"/api/jobs/{name}")[1]

    def uploaded(self, content: bytes, kind: str = "film", name: str = "clip.mp4") -> str:
        """The id of an upload that was taken."""
        status, said = self.ask(f"/api/uploads?kind={kind}&name={name}", "POST", content)
        assert status == 201, said
        return str(said["upload"])


@contextmanager
def served(folder: Path, limits: Limits = Limits(spare_bytes=0), door: Door = Door("127.0.0.1"),  # noqa: B008
           page: Path | None = None) -> Iterator[Served]:
    """A server over a folder, until the block ends."""
    shelf, started = Shelf(folder), threading.Event()
    app = application(shelf, limits, door, Programs(
        lambda job: job_command(shelf, job, limits),
        lambda upload, kind, name: probe_command(shelf, upload, kind, name, limits), performer()), page)
    with bound("127.0.0.1", 0) as place:
        server = server_for(app, started.set)
        thread = threading.Thread(target=server.run, args=([place],))
        thread.start()
        try:
            assert started.wait(LIMIT_SECONDS)
            yield Served(int(place.getsockname()[1]), folder)
        finally:
            server.should_exit = True
            thread.join()


def waited_for(what: Callable[[], object], seconds: float = LIMIT_SECONDS) -> object:
    """What comes about, asked for again and again."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come about")


@contextmanager
def raw_socket(port: int) -> Iterator[socket.socket]:
    """A connection to the server, to speak as one likes."""
    with socket.create_connection(("127.0.0.1", port), LIMIT_SECONDS) as place:
        yield place
