"""Plans for render managers: Open Job Description's own tool runs one; Flamenco's script says the same tasks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from allaprima.farm.plan import Task
from allaprima.farm.templates import ranks
from cli.outcome import Outcome
from farm.scenes import write_film
from places import ROOT

Run = Callable[..., Outcome]


@pytest.fixture
def plan(command: Run, tmp_path: Path) -> Path:
    write_film(tmp_path / "in.mp4", [14])
    outcome = command("allaprima", "farm", "plan", tmp_path / "in.mp4", "--style", "starry", "--model", "none", "-o",
                      tmp_path / "out.mp4", "--plan", tmp_path / "plan.json")
    assert outcome.code == 0, outcome.err
    return tmp_path / "plan.json"


def test_the_tool_of_open_job_description_runs_a_plan(command: Run, plan: Path, tmp_path: Path) -> None:
    pytest.importorskip("openjd.cli")
    template = tmp_path / "job.json"
    assert command("allaprima", "farm", "export", plan, "--to", "openjd", "-o", template).code == 0
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "allaprima").write_text(f"#!/bin/sh\nexec {sys.executable} -m allaprima \"$@\"\n")
    (programs / "allaprima").chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src")}
    for step in ("Tasks0", "Join"):
        ran = subprocess.run([sys.executable, "-m", "openjd", "run", str(template), "--step", step], env=environment,
                             capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (tmp_path / "out.mp4").is_file()
    assert not (tmp_path / "out.mp4.farm").exists()


def test_flamenco_gets_every_task_and_what_it_waits_for(command: Run, plan: Path) -> None:
    outcome = command("allaprima", "farm", "export", plan, "--to", "flamenco")
    assert outcome.code == 0
    [said] = [line for line in outcome.out.splitlines() if line.startswith("const SAID")]
    assert json.loads(said.partition("= ")[2].rstrip(";")) == {
        "plan": str(plan), "into": str(plan.parent), "tasks": [{"number": 0, "after": []}]}
    assert outcome.out.count("{") == outcome.out.count("}")
    assert all(word in outcome.out for word in ("JOB_TYPE", "compileJob", "author.Command(\"exec\"", "addDependency"))


def test_tasks_that_wait_for_each_other_are_of_different_ranks() -> None:
    def task(number: int, before: int | None = None, after: tuple[int, ...] = ()) -> Task:
        return Task(number, "paint", 0, 0, 1, 0, 0, 0, 0, 1, (), False, (0, 0), before, after, "", 1)

    tasks = [task(0), task(1, after=(0,)), task(2, before=1, after=(0,)), task(3)]
    assert [[one.number for one in rank] for rank in ranks(tasks)] == [[0, 3], [1], [2]]
