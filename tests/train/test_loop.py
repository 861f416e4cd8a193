import json
import math
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from allaprima.errors import OptionError, TrainingError
from allaprima.nets.compact import CompactNetwork
from allaprima.train import loop
from allaprima.train.checkpoint import checkpoints_in, read_checkpoint, write_checkpoint
from allaprima.train.loop import TrainingProgress
from allaprima.train.recipe import Recipe, changed
from allaprima.train.run import Outcome, train
from allaprima.train.settings import SHAPES, Objective, Schedule
from allaprima.train.trainee import Trainee
from train.workshop import SMALL, Workshop

CPU = torch.device("cpu")


def trained(recipe: Recipe, folder: Path) -> tuple[Outcome, list[TrainingProgress]]:
    heard: list[TrainingProgress] = []
    return train(recipe, folder, CPU, heard.append, lambda text: None, False), heard


def last_tensors(folder: Path) -> dict[str, torch.Tensor]:
    return read_checkpoint(checkpoints_in(folder)[-1])[0]


def logged(folder: Path) -> list[dict[str, float]]:
    entries = [json.loads(line) for line in (folder / loop.LOG).read_text().splitlines()]
    return [{key: value for key, value in entry.items() if key != "elapsed_seconds"} for entry in entries]


def in_legs(recipe: Recipe, folder: Path) -> int:
    legs = 1
    short = replace(recipe, schedule=replace(recipe.schedule, leg_seconds=1e-6))
    while not trained(short, folder)[0].done:
        legs += 1
    return legs


@pytest.mark.parametrize("network", ["fast", "style-encoder"])
def test_a_resumed_run_equals_an_uninterrupted_one(workshop: Workshop, tmp_path: Path, network: str) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    recipe = workshop.recipe(3, (network,))
    outcome, heard = trained(recipe, whole)
    assert outcome.done
    assert [progress.step for progress in heard] == [1, 2, 3]
    assert in_legs(recipe, parts) == 3
    ours, theirs = last_tensors(parts), last_tensors(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert logged(parts) == logged(whole)
    assert all(path.stat().st_size < 16 << 20 for path in whole.glob("c*/*"))


def test_networks_trained_together_equal_those_trained_alone(workshop: Workshop, tmp_path: Path) -> None:
    trained(workshop.recipe(2, ("fast", "balanced")), tmp_path / "both")
    both = last_tensors(tmp_path / "both")
    for name in ("fast", "balanced"):
        trained(workshop.recipe(2, (name,)), tmp_path / name)
        alone = last_tensors(tmp_path / name)
        assert all(torch.equal(alone[key], both[key]) for key in alone)


def test_steadiness_counts_from_its_part_of_the_run_on(workshop: Workshop, tmp_path: Path) -> None:
    _, heard = trained(workshop.recipe(2, objective=replace(SMALL, steady=1.0, steady_from=0.5)), tmp_path)
    assert ["unsteady" in progress.losses["fast"] for progress in heard] == [False, True]
    assert heard[1].losses["fast"]["unsteady"] > 0


def test_a_network_first_imitates_its_teacher_and_then_learns_from_vgg(workshop: Workshop, tmp_path: Path) -> None:
    teacher = tmp_path / "teacher.safetensors"
    save_file(CompactNetwork(SHAPES["balanced"]).state_dict(), teacher)
    recipe = workshop.recipe(4, objective=replace(SMALL, teacher=20.0, imitate=0.5))
    _, heard = trained(replace(recipe, sources=replace(recipe.sources, teacher=teacher)), tmp_path / "run")
    assert ["content" in progress.losses["fast"] for progress in heard] == [False, False, True, True]
    assert all(progress.losses["fast"]["teacher"] > 0 for progress in heard[:3])
    assert "teacher" not in heard[3].losses["fast"]


def test_a_network_that_starts_as_its_teacher_has_nothing_to_imitate(workshop: Workshop, tmp_path: Path) -> None:
    teacher = tmp_path / "teacher.safetensors"
    save_file(CompactNetwork(SHAPES["fast"]).state_dict(), teacher)
    recipe = workshop.recipe(1, objective=replace(SMALL, teacher=20.0, imitate=1.0))
    sources = replace(recipe.sources, teacher=teacher, start={"fast": teacher})
    _, heard = trained(replace(recipe, sources=sources), tmp_path / "run")
    assert heard[0].losses["fast"]["total"] == 0


def test_a_run_leaves_weights_a_report_and_a_sheet(workshop: Workshop, tmp_path: Path) -> None:
    (workshop.style / "damaged.jpg").write_bytes(b"no picture")
    try:
        outcome, _ = trained(workshop.recipe(1), tmp_path)
    finally:
        (workshop.style / "damaged.jpg").unlink()
    assert [name for name, _ in outcome.skipped] == ["damaged.jpg"]
    held = load_file(outcome.weights["fast"])
    assert {tensor.dtype for tensor in held.values()} == {torch.float16}
    assert "skip_half.convolution.weight" in held
    report = outcome.report.read_text()
    assert "damaged.jpg" in report
    assert "data:image/jpeg" in report
    with Image.open(tmp_path / "sheet-fast-00000001.png") as sheet:
        assert sheet.width > sheet.height > 500


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_good_checkpoint(
        workshop: Workshop, tmp_path: Path) -> None:
    trained(replace(workshop.recipe(3), schedule=replace(workshop.recipe(3).schedule, leg_seconds=1e-6)), tmp_path)
    (good,) = checkpoints_in(tmp_path)
    held, state = read_checkpoint(good)
    name = "fast/network.to_half.weight"
    write_checkpoint(tmp_path, held | {name: torch.full_like(held[name], torch.nan)}, state | {"step": 2})
    with pytest.raises(TrainingError, match=r"stopped at step 3: the \w+ loss of fast is nan") as raised:
        trained(workshop.recipe(3), tmp_path)
    assert raised.value.hint
    assert good.exists()
    assert checkpoints_in(tmp_path)[-1].name == "checkpoint-00000002"


def test_a_step_whose_slopes_are_not_finite_is_left_out() -> None:
    network = torch.nn.Linear(3, 1)
    trainee = Trainee(network, Schedule(steps=4, rate=1e-2, warmup_steps=0))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    norm = trainee.advance((network(torch.ones(2, 3)) * torch.nan).sum(), 0, 0.0)
    assert not norm.isfinite()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(torch.equal(value, before[name]) for name, value in trainee.average.state_dict().items())
    trainee.advance(network(torch.ones(2, 3)).sum(), 1, 0.0)
    assert all(bool((value != before[name]).all()) for name, value in network.state_dict().items())


def test_losses_are_means_over_the_finite_ones_unless_these_are_few() -> None:
    tally = loop.Tally()
    for value in (1.0, torch.nan, 3.0, torch.inf):
        tally.add({"one": {"few": torch.tensor(value), "most": torch.tensor(2.0 if value == 3 else value)}})
    tally.add({"one": {"few": torch.tensor(torch.nan), "most": torch.tensor(6.0)}})
    means = tally.read()["one"]
    assert math.isnan(means["few"])
    assert means["most"] == pytest.approx(3.0)
    assert tally.read() == {}


def test_weights_that_are_not_finite_are_never_kept(workshop: Workshop, tmp_path: Path) -> None:
    class Broken:
        average = torch.nn.Identity()

        def advance(self, loss: torch.Tensor, step: int, progress: float) -> torch.Tensor:
            return loss

        def tensors(self) -> dict[str, torch.Tensor]:
            return {"weight": torch.tensor([1.0, torch.inf])}

        def restore(self, held: object, step: int) -> None:
            raise AssertionError

    run = loop.Run(tmp_path, {"broken": Broken()}, workshop.recipe(1).schedule)
    with pytest.raises(TrainingError, match="broken/weight is no longer finite; no checkpoint"):
        run.checkpoint()
    assert checkpoints_in(tmp_path) == []


def test_a_folder_takes_up_its_own_run_only(workshop: Workshop, tmp_path: Path) -> None:
    trained(workshop.recipe(1), tmp_path)
    other = workshop.recipe(1, objective=replace(SMALL, style=3.0))
    with pytest.raises(TrainingError, match=r"its 'objective style' is 15\.0, not 3\.0"):
        trained(other, tmp_path)


def test_a_run_waits_while_its_folder_holds_a_file_that_says_so(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / loop.PAUSE).touch()
    waiting = threading.Thread(target=loop.wait_while_paused, args=(tmp_path,))
    waiting.start()
    time.sleep(0.05)
    assert waiting.is_alive()
    (tmp_path / loop.PAUSE).unlink()
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_run_planned_by_time_ends_by_the_clock(workshop: Workshop, tmp_path: Path) -> None:
    outcome, heard = trained(workshop.recipe(steps=None, seconds=0.2), tmp_path)
    assert outcome.done
    assert heard[-1].share == 1.0


def test_unknown_presets_and_values_are_named_with_those_there_are(workshop: Workshop) -> None:
    with pytest.raises(OptionError, match="'swift'") as raised:
        workshop.recipe(1, ("swift",))
    assert "balanced" in str(raised.value.hint)
    with pytest.raises(OptionError, match="they see other batches"):
        workshop.recipe(1, ("fast", "style-encoder"))
    with pytest.raises(OptionError, match="'stile'"):
        changed(Objective(), {"stile": 3.0})
    assert changed(Objective(), {"style": 3.0, "batch": 4}) == Objective(style=3.0, batch=4)


def test_a_run_that_is_killed_leaves_the_weights_of_its_last_checkpoint(workshop: Workshop, tmp_path: Path) -> None:
    recipe = workshop.recipe(3)

    def killed(progress: TrainingProgress) -> None:
        if progress.step == 2:  # after the first step's checkpoint
            raise SystemExit

    with pytest.raises(SystemExit):
        train(replace(recipe, schedule=replace(recipe.schedule, checkpoint_seconds=0)), tmp_path, CPU, killed,
              lambda text: None, False)
    held, average = load_file(tmp_path / "fast.safetensors"), last_tensors(tmp_path)
    assert [path.name for path in checkpoints_in(tmp_path)] == ["checkpoint-00000001"]
    assert torch.equal(held["to_half.weight"], average["fast/average.to_half.weight"].half())
    assert not list(tmp_path.glob("*.partial"))
