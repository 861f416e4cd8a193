from pathlib import Path

import pytest
from safetensors.torch import save_file

from allaprima.errors import WeightsError
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.train.settings import SHAPES, Schedule
from allaprima.train.trainee import rate_at, share_of, started_network

SMALL = Shape(16, 16, 16, 1, 1)


def test_the_rate_warms_up_and_falls_over_the_whole_run() -> None:
    schedule = Schedule(steps=1000, rate=1e-3, last_rate=1e-5, warmup_steps=100)
    assert rate_at(schedule, 0, 0.0) == pytest.approx(1e-5)
    assert rate_at(schedule, 99, 0.0) == pytest.approx(1e-3)
    falling = [rate_at(schedule, step, schedule.progress(step, 0)) for step in range(100, 1001, 100)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == pytest.approx(1e-5)


def test_a_run_planned_by_time_progresses_by_the_clock() -> None:
    schedule = Schedule(seconds=60)
    assert schedule.progress(5, 15.0) == 0.25
    assert schedule.progress(5, 90.0) == 1.0


def test_weights_wider_here_and_narrower_there_are_no_start(tmp_path: Path) -> None:
    save_file(CompactNetwork(SMALL._replace(half=24)).state_dict(), tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match=r"cannot cut"):
        started_network(SMALL._replace(quarter=24), tmp_path / "other.safetensors", 1)


def test_weights_that_lack_a_tensor_are_no_start(tmp_path: Path) -> None:
    held = CompactNetwork(SMALL).state_dict()
    del held["null_style"]
    save_file(held, tmp_path / "part.safetensors")
    with pytest.raises(WeightsError, match=r"its null_style is missing"):
        started_network(SMALL, tmp_path / "part.safetensors", 1)


@pytest.mark.parametrize(("name", "most"), [("fast", 12), ("balanced", 25), ("quality", 100)])
def test_presets_stay_within_their_multiplications(name: str, most: float) -> None:
    assert SHAPES[name].kilo_macs() <= most


def test_the_longest_beginning_of_a_name_gives_its_share_of_the_rate() -> None:
    shares = {"mapping": 0.5, "mapping.2": 0.25}
    named = ("mapping.0.weight", "mapping.2.bias", "mapping", "mapping_2.weight", "rows.weight")
    assert [share_of(name, shares) for name in named] == [0.5, 0.25, 0.5, 1.0, 1.0]
