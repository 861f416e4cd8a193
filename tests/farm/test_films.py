"""What a farm makes is what a single run makes: films to the byte, sequences to the byte, with every kind of look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.config import SequenceOptions, Temporal, VideoOptions
from allaprima.curves import parsed_curve
from allaprima.engines import AdaINEngine, Look
from allaprima.errors import SinkError
from allaprima.farm import planning
from allaprima.farm.joining import join, unfinished
from allaprima.farm.painting import Painting
from allaprima.farm.plan import Plan, read_plan, write_plan
from allaprima.farm.planning import planned
from allaprima.farm.worker import Worker
from allaprima.pipeline.jobs import film_work
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.jobs.sequences import paint_sequence
from allaprima.pipeline.looks.regions import parsed_regions
from allaprima.pipeline.looks.tracks import Track, load_track
from allaprima.runtimes.openvino import OpenVINORuntime
from farm.scenes import SHOTS, shot, write_film, write_sequence
from standin import quick_engine

FRAMES = sum(SHOTS)
SEGMENT = 12  # frames of a segment here: a shot of 40 frames is handed over in the middle


@cache
def engine() -> AdaINEngine:
    return quick_engine(OpenVINORuntime("cpu", "int8", 1))


@cache
def plain() -> Look:
    return Look(engine().encode(shot(9, 1, 96, 96)[0], "art"), 0.9)


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_work, "SEGMENT_FRAMES", SEGMENT)
    monkeypatch.setattr(planning, "SEGMENT_FRAMES", SEGMENT)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "in.mp4")


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sequence(tmp_path_factory.mktemp("sequence") / "in")


def plan_for(path: Path, output: Path, look: Look | Track, temporal: Temporal, usual: int = 12) -> Plan:
    film, numbered = VideoOptions(temporal=temporal), SequenceOptions(temporal=temporal)
    plan = planned(Painting(), {path: output}, film, numbered, engine(), look, usual=usual)
    file = output.parent / "plan.json"
    write_plan(file, plan)
    assert read_plan(file) == plan
    return plan


def carry_out(plan: Plan, look: Look | Track, numbers: Iterable[int] | None = None) -> None:
    """Every task by a worker of its own, as if each had a machine to itself."""
    for number in range(len(plan.tasks)) if numbers is None else numbers:
        Worker(plan, opened=(engine(), look)).run(number)


def moving() -> Track:
    """A style that comes and goes by keyframes."""
    return load_track("starry", engine(), parsed_curve("0:0.2,1:1,2:0.4", "strength", 0, 1.5))


def masked(folder: Path) -> Track:
    """A style that goes where a picture is white."""
    mask = np.zeros((32, 48), np.uint8)
    mask[:, 15:40] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    return load_track(["starry"], engine(), parsed_curve("0.8", "strength", 0, 1.5), masks=[folder / "mask.png"])


def matched() -> Track:
    """A style in the colours of each shot."""
    return load_track(["starry"], engine(), parsed_curve("1", "strength", 0, 1.5), color="coral")


def parted() -> Track:
    """Parts of a style, each for a region that is found and followed."""
    return load_track(["starry"], engine(), parsed_curve("1", "strength", 0, 1.5), regions=parsed_regions("auto:2"))


@pytest.mark.parametrize(("temporal", "kind"), [
    ("fast", "plain"), ("fast", "moving"), ("best", "masked"), ("off", "matched")])
def test_the_film_of_tasks_is_that_of_one_run(film: Path, tmp_path: Path, temporal: Temporal, kind: str) -> None:
    look = {"plain": plain, "moving": moving, "matched": matched, "masked": lambda: masked(tmp_path)}[kind]()
    paint_film(film, tmp_path / "single.mp4", engine(), look, VideoOptions(temporal=temporal))
    (tmp_path / "farm").mkdir()
    plan = plan_for(film, tmp_path / "farm" / "single.mp4", look, temporal)
    paints = [task for task in plan.tasks if task.kind == "paint"]
    assert len(paints) >= 5
    assert any(task.before is not None for task in paints) == (temporal != "off")
    assert len(plan.tasks) > len(paints) or temporal != "best"
    carry_out(plan, look)
    report = join(plan, plan.works[0])
    assert report.frames == FRAMES
    assert (tmp_path / "farm" / "single.mp4").read_bytes() == (tmp_path / "single.mp4").read_bytes()
    assert sorted(path.name for path in (tmp_path / "farm").iterdir()) == ["plan.json", "single.mp4"]
    assert join(plan, plan.works[0]).sink is not None  # again: it is there already


def test_regions_that_tasks_find_are_those_of_one_run(tmp_path: Path) -> None:
    film, look = write_film(tmp_path / "in.mp4", [18, 6]), parted()
    paint_film(film, tmp_path / "single.mp4", engine(), look, VideoOptions())
    (tmp_path / "farm").mkdir()
    plan = plan_for(film, tmp_path / "farm" / "single.mp4", look, "fast", usual=6)
    assert len(plan.tasks) == 2  # the second begins within a shot, and another shot within it
    carry_out(plan, look)
    join(plan, plan.works[0])
    assert (tmp_path / "farm" / "single.mp4").read_bytes() == (tmp_path / "single.mp4").read_bytes()


@pytest.mark.parametrize("temporal", ["fast", "best"])
def test_the_sequence_of_tasks_is_that_of_one_run(sequence: Path, tmp_path: Path, temporal: Temporal) -> None:
    for name in ("single", "farm"):
        (tmp_path / name).mkdir()
    look = plain()
    options = SequenceOptions(temporal=temporal)
    paint_sequence(sequence, tmp_path / "single" / "out.%04d.png", engine(), look, options)
    plan = plan_for(sequence, tmp_path / "farm" / "out.%04d.png", look, temporal)
    carry_out(plan, look)
    join(plan, plan.works[0])
    (tmp_path / "farm" / "plan.json").unlink()
    made = {name: {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("single", "farm")}
    assert len(made["single"]) == FRAMES + 1
    assert made["farm"] == made["single"]


def test_a_task_goes_on_where_it_was_ended_and_what_was_changed_is_done_anew(film: Path, tmp_path: Path) -> None:
    look = plain()
    paint_film(film, tmp_path / "single.mp4", engine(), look, VideoOptions())
    (tmp_path / "farm").mkdir()
    plan = plan_for(film, tmp_path / "farm" / "single.mp4", look, "fast", usual=200)
    [task] = plan.tasks
    painted = 0

    def stop() -> bool:
        return painted > 30

    def count(frames: int) -> None:
        nonlocal painted
        painted += frames

    with pytest.raises(Exception, match="stopped"):
        Worker(plan, opened=(engine(), look)).run(0, count, stop)
    folder = tmp_path / "farm" / "single.mp4.farm"
    there = sorted(folder.glob("*.segment"))
    assert 2 <= len(there) < task.segments
    before = [path.stat().st_mtime_ns for path in there]
    told: list[int] = []
    Worker(plan, opened=(engine(), look)).run(0, told.append)
    assert sum(told) == FRAMES
    assert [path.stat().st_mtime_ns for path in there] == before
    whole = there[1].read_bytes()
    there[1].write_bytes(whole[:-20])  # behind its back
    assert unfinished(plan, plan.works[0]) == [task]
    with pytest.raises(SinkError, match="tasks 0 are not done"):
        join(plan, plan.works[0])
    carry_out(plan, look)
    assert there[1].read_bytes() == whole
    told.clear()
    Worker(plan, opened=(engine(), look)).run(0, told.append)  # done: left alone
    assert told == [FRAMES]
    join(plan, plan.works[0])
    assert (tmp_path / "farm" / "single.mp4").read_bytes() == (tmp_path / "single.mp4").read_bytes()


def test_a_piece_of_a_shot_waits_for_the_piece_before_it(film: Path, tmp_path: Path) -> None:
    look = plain()
    plan = plan_for(film, tmp_path / "out.mp4", look, "fast")
    late = next(task for task in plan.tasks if task.before is not None)
    with pytest.raises(SinkError, match=f"goes on from task {late.before}"):
        carry_out(plan, look, [late.number])


def test_less_memory_gives_the_same_frames(tmp_path: Path) -> None:
    look = plain()
    plan = plan_for(write_film(tmp_path / "in.mp4", [14]), tmp_path / "out.mp4", look, "fast", usual=200)
    folder = tmp_path / "out.mp4.farm"
    carry_out(plan, look)
    first = [path.read_bytes() for path in sorted(folder.glob("*.segment"))]
    for path in folder.iterdir():
        if path.name != "farm.json":
            path.unlink()
    Worker(plan, opened=(engine(), look)).run(0, careful=True)
    assert [path.read_bytes() for path in sorted(folder.glob("*.segment"))] == first


def test_several_films_lie_in_one_plan(film: Path, sequence: Path, tmp_path: Path) -> None:
    look = plain()
    (tmp_path / "frames").mkdir()
    going = {film: tmp_path / "out.mp4", sequence: tmp_path / "frames" / "out.%04d.png"}
    options = VideoOptions(temporal="off")
    plan = planned(Painting(), going, options, SequenceOptions(temporal="off"), engine(), look, usual=24)
    assert {task.work for task in plan.tasks} == {0, 1}
    carry_out(plan, look)
    for work in plan.works:
        join(plan, work)
    paint_film(film, tmp_path / "single.mp4", engine(), look, options)
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "single.mp4").read_bytes()
    assert len(list((tmp_path / "frames").glob("*.png"))) == FRAMES


def test_a_plan_is_the_same_when_it_is_made_again(film: Path, tmp_path: Path) -> None:
    look = plain()
    one = plan_for(film, tmp_path / "out.mp4", look, "off")
    (tmp_path / "plan.json").unlink()
    assert plan_for(film, tmp_path / "out.mp4", look, "off").digest == one.digest
    assert replace(one, program="another").digest != one.digest
