"""Films sent, painted and fetched through the real server, whose work is done by real programs."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from made_films import Film
from served import Served, served, waited_for

SMALL = Film(times=tuple(range(0, 24 * 512, 512)), sounds=1)


def content_of(film: Film, folder: Path) -> bytes:
    return film.write(folder / "in.mp4").read_bytes()


def frames_in(content: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(content)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def done(machine: Served, job: object) -> dict[str, object]:
    """A job at its end."""
    def ended() -> dict[str, object] | None:
        said = machine.job(job)
        return said if said["ended"] else None

    found = waited_for(ended)
    assert isinstance(found, dict)
    return found


def test_a_film_is_sent_painted_and_fetched(machine: Served, tmp_path: Path) -> None:
    content = content_of(SMALL, tmp_path)
    status, upload = machine.ask("/api/uploads?kind=film&name=..%2F..%2Fmy%20<film>.mp4", "POST", content)
    assert status == 201
    assert (upload["width"], upload["height"], upload["frames"]) == (64, 48, 24)
    assert upload["name"] == "my -film-.mp4"
    status, job = machine.ask("/api/films", "POST", {"upload": upload["upload"], "style": "starry:0.5+woodcut:0.5",
                                                     "model": "none", "temporal": "off"})
    assert (status, job["state"]) == (201, "waiting")
    said = done(machine, job["id"])
    assert (said["state"], said["done"], said["of"], said["error"]) == ("done", 24, 24, None)
    status, result, headers = machine.fetch(str(said["result"]))
    assert status == 200
    assert headers["content-disposition"] == 'attachment; filename="my -film--starry+woodcut.mp4"' or (
        "filename" in headers["content-disposition"])
    assert headers["cross-origin-opener-policy"] == "same-origin"
    painted, before = frames_in(result), frames_in(content)
    assert len(painted) == 24
    assert np.abs(painted[5].astype(int) - before[5].astype(int)).mean() < 3  # the model none leaves it as it is
    status, sheet, _ = machine.fetch(str(said["preview"]))
    with Image.open(io.BytesIO(sheet)) as picture:
        assert picture.height > picture.width / 2  # three frames below the styles
    assert machine.ask(f"/api/jobs/{job['id']}", "DELETE")[1] == {"removed": job["id"]}
    assert machine.ask(f"/api/jobs/{job['id']}")[0] == 404
    assert not list(machine.folder.glob("*/*"))  # with all that was made of it, and the film


def test_a_job_is_cancelled_and_goes_on_from_where_it_was(machine: Served, tmp_path: Path) -> None:
    upload = machine.uploaded(content_of(Film(times=tuple(range(0, 360 * 512, 512))), tmp_path))
    _, job = machine.ask("/api/films", "POST", {"upload": upload, "style": "starry", "model": "none",
                                                "temporal": "off"})
    parts = machine.folder / "jobs" / str(job["id"])
    waited_for(lambda: len(list(parts.glob("*/*"))) > 1 or machine.job(job["id"])["ended"])
    assert machine.ask(f"/api/jobs/{job['id']}", "DELETE")[1]["state"] == "cancelled"
    assert machine.ask(f"/api/jobs/{job['id']}/result")[0] == 404
    machine.ask(f"/api/jobs/{job['id']}/resume", "POST")
    assert done(machine, job["id"])["state"] == "done"
    assert len(frames_in(machine.fetch(f"/api/jobs/{job['id']}/result")[1])) == 360
    assert machine.ask(f"/api/jobs/{job['id']}/resume", "POST")[0] == 409


def test_a_film_that_turns_out_to_be_damaged_fails_with_a_sentence_and_the_next_is_painted(
        machine: Served, tmp_path: Path) -> None:
    upload, other = (machine.uploaded(content_of(SMALL, tmp_path)) for _ in range(2))
    (machine.folder / "uploads" / f"{upload}.raw").write_bytes(b"no film any more")
    asked = {"style": "starry", "model": "none", "temporal": "off"}
    bad, good = (machine.ask("/api/films", "POST", {"upload": name, **asked})[1]["id"] for name in (upload, other))
    said = done(machine, bad)
    assert said["state"] == "failed"
    assert "cannot read" in str(said["error"])
    assert str(machine.folder) not in str(said["error"])
    assert done(machine, good)["state"] == "done"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such kill")
def test_three_films_are_finished_after_the_server_was_killed_in_the_middle(tmp_path: Path) -> None:
    folder, content = tmp_path / "studio", content_of(Film(times=tuple(range(0, 360 * 512, 512))), tmp_path)
    command = [sys.executable, "-m", "allaprima", "serve", "--port", "0", "--no-page", "--folder", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        link = next(line for line in program.stderr if line.startswith("open ")).split()[1]
        machine = Served(int(link.rstrip("/").rpartition(":")[2]), folder)
        asked = {"upload": machine.uploaded(content), "style": "starry", "model": "none", "temporal": "off"}
        jobs = [machine.ask("/api/films", "POST", asked)[1]["id"] for _ in range(3)]
        waited_for(lambda: len(list((folder / "jobs" / str(jobs[0])).glob("*/*"))) > 1)
        program.send_signal(signal.SIGKILL)
        program.wait()
    assert not (folder / "jobs" / str(jobs[2]) / "result.mp4").exists()
    assert (folder / "jobs" / str(jobs[0]) / "job.json").read_text(encoding="utf-8").count('"running"') == 1
    source = frames_in(content)
    with served(folder) as machine:
        assert [done(machine, job)["state"] for job in jobs] == ["done"] * 3
        results = [frames_in(machine.fetch(f"/api/jobs/{job}/result")[1]) for job in jobs]
    assert [len(frames) for frames in results] == [360] * 3
    for frames in results:  # to what encoding them anew from where the kill fell changes
        assert all(np.abs(one.astype(int) - other).mean() < 2 for one, other in zip(frames, source, strict=True))
