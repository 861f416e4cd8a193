"""A plan from elsewhere writes nowhere but where it may, reads nothing but what was planned, or is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.outcome import Outcome
from farm.scenes import write_film

Run = Callable[..., Outcome]


@pytest.fixture
def plan(command: Run, tmp_path: Path) -> Path:
    """A plan for a film of one short shot that nothing paints: quick, and all else is as for any model."""
    write_film(tmp_path / "in.mp4", [30])
    file = tmp_path / "plan.json"
    outcome = command("allaprima", "farm", "plan", tmp_path / "in.mp4", "--style", "starry", "--model", "none", "-o",
                      tmp_path / "out.mp4", "--plan", file)
    assert outcome.code == 0, outcome.err
    return file


def changed(plan: Path, change: Callable[[dict[str, object]], object], place: Path | None = None) -> Path:
    said = json.loads(plan.read_text())
    change(said)
    file = place or plan.with_name("changed.json")
    file.write_text(json.dumps(said))
    return file


def test_a_task_tells_how_it_goes_and_the_film_is_joined(command: Run, plan: Path, tmp_path: Path) -> None:
    outcome = command("allaprima", "farm", "task", plan, 0)
    events = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 0
    assert sum(event["frames"] for event in events if event["event"] == "frames") == 30
    assert events[-1]["event"] == "done"
    again = command("allaprima", "farm", "task", plan, 0)
    assert [json.loads(line)["event"] for line in again.out.splitlines()] == ["frames", "done"]
    assert command("allaprima", "farm", "join", plan).code == 0
    assert command("stylize-video", tmp_path / "in.mp4", "--style", "starry", "--model", "none", "-o",
                   tmp_path / "single.mp4").code == 0
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "single.mp4").read_bytes()


@pytest.mark.parametrize("where", ["elsewhere/out.mp4", "in/../../out.mp4", "link/out.mp4"])
def test_nothing_is_written_outside(command: Run, plan: Path, tmp_path: Path, where: str) -> None:
    inside = tmp_path / "inside"
    (inside / "in").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (inside / "link").symlink_to(tmp_path / "elsewhere")
    output = tmp_path / where if where.startswith("elsewhere") else inside / where
    moved = changed(plan, lambda said: said["works"][0].update(output=str(output)), inside / "plan.json")
    for arguments in (["task", moved, 0], ["join", moved], ["run", moved, "--on", "processes:1"]):
        outcome = command("allaprima", "farm", *arguments)
        assert outcome.code == 2
        assert "which is outside" in outcome.err
    assert not list((tmp_path / "elsewhere").iterdir())
    assert not (tmp_path / "out.mp4.farm").exists()
    if where.startswith("elsewhere"):
        assert command("allaprima", "farm", "task", moved, 0, "--into", tmp_path / "elsewhere").code == 0


def test_an_input_is_never_written_over(command: Run, plan: Path, tmp_path: Path) -> None:
    moved = changed(plan, lambda said: said["works"][0].update(output=str(tmp_path / "in.mp4")))
    outcome = command("allaprima", "farm", "task", moved, 0)
    assert outcome.code == 2
    assert "over its own input" in outcome.err


def test_another_input_is_refused(command: Run, plan: Path, tmp_path: Path) -> None:
    write_film(tmp_path / "in.mp4", [31])
    outcome = command("allaprima", "farm", "task", plan, 0)
    assert outcome.code == 1
    assert "is not the film that was planned" in outcome.err.replace("file", "film")
    (tmp_path / "in.mp4").unlink()
    assert command("allaprima", "farm", "task", plan, 0).code == 1


def test_a_machine_that_would_paint_otherwise_is_refused(command: Run, plan: Path) -> None:
    outcome = command("allaprima", "farm", "task",
                      changed(plan, lambda said: said["works"][0]["settings"].update(weights="0123")), 0)
    assert outcome.code == 2
    assert "would paint" in outcome.err
    assert "weights" in outcome.err


@pytest.mark.parametrize("change", [
    lambda said: said["tasks"][0].update(end=20), lambda said: said["tasks"][0].update(after=[0]),
    lambda said: said["tasks"][0].update(work=3), lambda said: said.update(tasks=[]),
    lambda said: said["tasks"][0].update(number="0"), lambda said: said.update(allaprima="a plan"),
    lambda said: said.update(version=99), lambda said: said["film"].update(codec="raw")])
def test_a_damaged_plan_is_refused(command: Run, plan: Path, change: Callable[[dict[str, object]], object]) -> None:
    outcome = command("allaprima", "farm", "task", changed(plan, change), 0)
    assert outcome.code == 2
    assert "Traceback" not in outcome.err


def test_a_failure_that_may_pass_is_told_from_a_refusal(command: Run, plan: Path, tmp_path: Path) -> None:
    (tmp_path / "out.mp4.farm").mkdir()
    (tmp_path / "out.mp4.farm" / "mine.txt").write_text("mine")
    outcome = command("allaprima", "farm", "task", plan, 0)
    assert outcome.code == 75
    assert json.loads(outcome.out)["verdict"] == "retry"
    assert (tmp_path / "out.mp4.farm" / "mine.txt").read_text() == "mine"


def test_what_a_farm_does_not_do_is_said(command: Run, tmp_path: Path) -> None:
    write_film(tmp_path / "in.mp4", [12])
    base = ("stylize-video", tmp_path / "in.mp4", "--style", "starry", "--model", "none", "-o", tmp_path / "out.mp4")
    maps = [tmp_path / name for name in ("own.png", "other.png")]
    for file in maps:
        file.touch()
    for arguments in (("--farm", "cloud"), ("--farm", "processes:0"), ("--farm", "processes:1", "--preview"),
                      ("--plan", tmp_path / "plan.json", "--fit", 1),
                      ("--plan", tmp_path / "plan.json", "--regions", ":".join(map(str, maps)))):
        assert command(*base, *arguments).code == 2
