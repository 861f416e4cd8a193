"""The list of jobs, whose work a small program of the tests' own does: what it says, and what becomes of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from allaprima.serve.job import Job, read_job
from allaprima.serve.jobs import Jobs
from allaprima.serve.refusals import Refused
from allaprima.serve.shelf import Shelf, new_id, parsed_parts, shown_name
from served import waited_for

COUNTING = """
import json, sys
print(json.dumps({"done": 250, "of": 1000, "left": 9.5}), flush=True)
open(sys.argv[1] + "/sheet.png", "w").close()
sys.stdin.read() if sys.argv[2] == "wait" else None
if sys.argv[2] == "fail":
    print(json.dumps({"error": "it is no picture", "hint": "send another"}), flush=True)
    sys.exit(1)
if sys.argv[2] == "crash":
    sys.exit("Traceback\\nMemoryError: no memory is left")
print("no JSON at all", flush=True)
"""


@contextmanager
def listed(shelf: Shelf, how: Callable[[Job], str], most: int = 9) -> Iterator[Jobs]:
    with Jobs(shelf, lambda job: [sys.executable, "-S", "-c", COUNTING, str(shelf.job_folder(job.id)), how(job)],
              most) as jobs:
        yield jobs


def job_of(shelf: Shelf, **values: object) -> Job:
    return replace(Job(new_id(), shelf.next_number(), "fit", "art.jpg", new_id()), **values)  # type: ignore[arg-type]


def ended(jobs: Jobs, job: Job) -> Job:
    found = waited_for(lambda: jobs.named(job.id) if jobs.named(job.id).state in ("done", "failed") else None)
    assert isinstance(found, Job)
    return found


def test_a_job_tells_how_far_it_is_and_how_it_ended(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with listed(shelf, lambda job: job.model) as jobs:
        done, failed, crashed = (jobs.add(job_of(shelf, model=how)) for how in ("well", "fail", "crash"))
        assert (ended(jobs, done).state, ended(jobs, done).done) == ("done", 1000)
        found = ended(jobs, failed)
        assert (found.state, found.error, found.hint) == ("failed", "it is no picture", "send another")
        assert ended(jobs, crashed).error == "MemoryError: no memory is left"
        assert [job.id for job in jobs.all()] == [crashed.id, failed.id, done.id]
    assert read_job(shelf.job_folder(done.id)) == replace(done, state="done", done=1000, of=1000)


def test_a_job_under_way_is_cancelled_resumed_and_taken_up_by_the_next_start(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with listed(shelf, lambda job: "wait") as jobs:
        job, behind = jobs.add(job_of(shelf)), jobs.add(job_of(shelf))
        waited_for(lambda: jobs.named(job.id).done == 250)
        cancelled = jobs.cancel_or_remove(job.id)
        assert cancelled is not None
        assert cancelled.state == "cancelled"
        waited_for(lambda: jobs.named(behind.id).state == "running")
        assert jobs.resume(job.id).state == "waiting"
        with pytest.raises(Refused, match="nothing to resume"):
            jobs.resume(behind.id)
        waited_for(lambda: jobs.named(behind.id).done == 250)
    kept = read_job(shelf.job_folder(behind.id))
    assert kept is not None
    assert kept.state == "running"
    with listed(Shelf(tmp_path), lambda job: "well") as jobs:
        assert [ended(jobs, each).state for each in (job, behind)] == ["done", "done"]
        assert jobs.cancel_or_remove(job.id) is None
        with pytest.raises(Refused, match="no such job"):
            jobs.named(job.id)
    assert not shelf.job_folder(job.id).exists()


def test_the_list_holds_so_many_jobs_and_no_more(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with listed(shelf, lambda job: "wait", most=2) as jobs:
        for _ in range(2):
            jobs.add(job_of(shelf))
        with pytest.raises(Refused, match="2 jobs"):
            jobs.add(job_of(shelf))


def test_files_that_are_no_jobs_are_passed_over(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for text in ("", "[]", "{}", '{"id": "x", "number": 1, "kind": "film", "name": "", "upload": ""}', "\0"):
        folder = tmp_path / "jobs" / new_id()
        folder.mkdir()
        (folder / "job.json").write_text(text, encoding="utf-8")
    assert list(Shelf(tmp_path).jobs()) == []
    shelf.raw_path(name := new_id()).write_bytes(b"half an upload")
    shelf.tidy()
    assert not shelf.raw_path(name).exists()
    with pytest.raises(Refused):
        shelf.raw_path("../../etc/passwd")


def test_names_are_fit_to_be_shown_and_styles_are_words_of_ours() -> None:
    assert shown_name("..\\..\\C:/a<b>\0c\"d'.mp4") == "a-b--c-d-.mp4"
    assert shown_name("../..") == shown_name("") == "untitled"
    assert len(shown_name("x" * 5000)) == 100
    assert parsed_parts("starry:0.7+upload:ab12:0.3") == [("", "starry", "0.7"), ("upload", "ab12", "0.3")]
