"""Whom the server lets in: this machine's own pages, and others with the token."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from allaprima.cli.serve import alone_in
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.serve.guard import Door, is_ours
from allaprima.serve.server import bound, checked_token
from served import Served, served

TOKEN = "correcthorsebattery"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("guarded"), door=Door("0.0.0.0", TOKEN)) as found:
        yield found


def test_an_own_page_is_answered_and_told_what_keeps_others_out(machine: Served) -> None:
    here = f"127.0.0.1:{machine.port}"
    for headers in ({}, {"Host": f"localhost:{machine.port}"}, {"Origin": f"http://{here}"},
                    {"Sec-Fetch-Site": "same-origin"}):
        status, _, told = machine.fetch("/api/jobs", headers={"Host": here} | headers)
        assert status == 200
        assert told["cross-origin-embedder-policy"] == "require-corp"
        assert told["x-content-type-options"] == "nosniff"
    status, page, told = machine.fetch("/studio/")
    assert status == 200
    assert b"Allaprima" in page
    assert "default-src 'self'" in told["content-security-policy"]
    assert machine.fetch("/")[0] == 307


@pytest.mark.parametrize(("headers", "status"), [
    ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://127.0.0.1:1"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
    ({"Host": "evil.example"}, 421), ({"Host": "evil.example", "Origin": "http://evil.example"}, 421),
    ({"Host": "127.0.0.1.evil.example"}, 421), ({"Host": ""}, 421), ({"Host": "[::"}, 421),
    ({"Host": "192.168.1.1"}, 421)])
def test_other_sites_and_rebound_names_are_refused(machine: Served, headers: dict[str, str], status: int) -> None:
    found, said = machine.ask("/api/jobs", headers=headers)
    assert found == status
    assert said["error"]
    found, _ = machine.ask("/api/films", "POST", {}, headers)
    assert found == status


def test_a_link_from_elsewhere_opens_the_page_and_nothing_else(machine: Served) -> None:
    coming = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert machine.fetch("/studio/", headers=coming)[0] == 200
    assert machine.fetch("/studio/", "POST", b"", headers=coming)[0] == 403


def test_without_the_token_nothing_is_answered_and_the_link_lets_in(guarded: Served) -> None:
    for path in ("/", "/studio/", "/api/about", "/?token=wrong", "/?token=", f"/studio/?token={TOKEN}"):
        assert guarded.fetch(path)[0] == 401, path
    for wrong in ({"Cookie": "allaprima-token=wrong"}, {"Authorization": "Bearer wrong"}, {"Cookie": "\"=;;="},
                  {"Cookie": "allaprima-token="}):
        assert guarded.fetch("/api/about", headers=wrong)[0] == 401
    status, _, told = guarded.fetch(f"/?token={TOKEN}")
    assert (status, told["location"]) == (303, "/")
    cookie = told["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    cookies = {"Cookie": cookie.partition(";")[0]}
    assert guarded.fetch("/api/about", headers=cookies)[0] == 200
    assert guarded.fetch("/api/about", headers={"Authorization": f"Bearer {TOKEN}"})[0] == 200
    assert guarded.fetch("/api/about", headers=cookies | {"Origin": "http://evil.example"})[0] == 403
    assert guarded.fetch(f"/?token={TOKEN}", headers={"Host": "evil.example"})[0] == 421


def test_names_of_this_machine_are_ours_and_others_are_not() -> None:
    open_to_all = Door("0.0.0.0", TOKEN)
    assert is_ours("192.168.1.5", open_to_all)
    assert is_ours(socket.gethostname().lower(), open_to_all)
    assert is_ours("::1", Door("127.0.0.1"))
    for host in ("evil.example", "", "localhost.evil.example", "127.0.0.1.nip.io"):
        assert not is_ours(host, open_to_all)


def test_serving_others_without_a_token_or_with_a_short_one_is_refused() -> None:
    for host, token in (("0.0.0.0", None), ("192.168.1.5", None), ("127.0.0.1", "short"),
                        ("0.0.0.0", "with space in it")):
        with pytest.raises(OptionError):
            checked_token(host, token)
    for host in ("127.0.0.1", "localhost", "::1"):
        checked_token(host, None)
    checked_token("0.0.0.0", TOKEN)


def test_a_port_that_is_taken_is_told(machine: Served) -> None:
    with pytest.raises(SourceError, match="cannot serve") as refused:
        bound("127.0.0.1", machine.port)
    assert "another port" in str(refused.value.hint)


def test_the_page_that_paints_alone_stands_at_the_root_where_there_is_one(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.mkdir()
    for name in ("index.html", "sw.js", "net.onnx", "run.wasm"):
        (page / name).write_text(name, encoding="utf-8")
    with served(tmp_path / "studio", page=page) as machine:
        types = {name: machine.fetch(f"/{name}")[2]["content-type"] for name in ("", "sw.js", "net.onnx", "run.wasm")}
        assert types == {"": "text/html; charset=utf-8", "sw.js": "text/javascript",
                         "net.onnx": "application/octet-stream", "run.wasm": "application/wasm"}
        assert machine.fetch("/sw.js")[2]["cache-control"] == "no-cache"
        assert machine.ask("/api/about")[1]["page"] is True
        assert machine.fetch("/studio/")[0] == 200
        assert machine.fetch("/../studio/jobs")[0] == 404


def test_two_servers_are_not_at_work_in_one_folder(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(SinkError, match="another server"), alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        pass


def test_nothing_is_served_but_what_it_made(machine: Served) -> None:
    (machine.folder / "secret.txt").write_text("mine", encoding="utf-8")
    (machine.folder / "jobs" / ("a" * 16)).mkdir()
    for path in ("/secret.txt", "/studio/../secret.txt", "/studio/%2e%2e/%2e%2e/secret.txt", "/studio/..%2fguard.py",
                 "/api/jobs/../secret.txt", "/api/jobs/..%2f..%2fsecret.txt", f"/api/jobs/{'a' * 16}",
                 f"/api/jobs/{'a' * 16}/result", "/api/styles/..%2f..%2fsecret.jpg", "/api/styles/fit:..jpg",
                 "/api/styles/upload:aaaaaaaaaaaaaaaa.jpg", "/api/jobs/x/job.png", "//etc/passwd", "/studio/%00"):
        status, content, _ = machine.fetch(path)
        assert status in (400, 404), path
        assert b"mine" not in content
