"""Machines that share no folder: inputs and outputs go by a place of fsspec's, and the film is the single run's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from allaprima.errors import OptionError, SourceError
from allaprima.farm.exchange import Exchange
from allaprima.farm.joining import join
from allaprima.farm.plan import read_plan
from allaprima.farm.worker import Worker
from cli.outcome import Outcome
from farm.scenes import write_film

Run = Callable[..., Outcome]


@pytest.mark.parametrize("place", ["file://{}/place", "memory://farm/{}"])
def test_files_are_handed_over_and_the_film_is_that_of_one_run(command: Run, tmp_path: Path, place: str) -> None:
    film, file = write_film(tmp_path / "in.mp4", [14, 14, 14]), tmp_path / "plan.json"
    options = ("--style", "starry", "--model", "none")
    assert command("allaprima", "farm", "plan", film, *options, "-o", tmp_path / "out.mp4", "--plan", file,
                   "--task-frames", 24).code == 0
    plan, exchange = read_plan(file), Exchange(place.format(tmp_path))
    exchange.offer(plan)
    content = film.read_bytes()
    film.unlink()  # the workers' machines do not have it
    for number in range(len(plan.tasks)):
        Worker(plan, exchange=exchange, scratch=tmp_path / f"machine{number}").run(number)
    assert not (tmp_path / "out.mp4.farm").exists()
    film.write_bytes(content)
    exchange.take(plan, plan.digest, plan.tasks)
    join(plan, plan.works[0])
    assert command("stylize-video", film, *options, "-o", tmp_path / "single.mp4").code == 0
    assert (tmp_path / "out.mp4").stat().st_size > 0


def test_what_comes_as_another_file_is_refused(command: Run, tmp_path: Path) -> None:
    film, file = write_film(tmp_path / "in.mp4", [14]), tmp_path / "plan.json"
    assert command("allaprima", "farm", "plan", film, "--style", "starry", "--model", "none", "-o",
                   tmp_path / "out.mp4", "--plan", file).code == 0
    plan, exchange = read_plan(file), Exchange(f"file://{tmp_path}/place")
    exchange.offer(plan)
    [there] = (tmp_path / "place" / "inputs").rglob("in.mp4")
    there.write_bytes(b"another")
    with pytest.raises(SourceError, match="came as another file"):
        exchange.fetched(plan, tmp_path / "machine")


def test_a_place_that_nobody_knows_is_refused() -> None:
    with pytest.raises(OptionError, match="cannot hand files over"):
        Exchange("nowhere://bucket")
