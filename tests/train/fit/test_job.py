from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train.fit import ending, job
from allaprima.train.fit.job import FitPlan, Standing, carried_out
from allaprima.train.fit.network import FittedNetwork
from allaprima.train.fit.settings import FitObjective
from allaprima.train.run import prepared_vgg
from allaprima.train.trainee import load_into
from train.workshop import Workshop, scene

SMALL = FitObjective(crop_px=64, bank=3, lines=150, style_px=96, warmup_steps=1)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def tools(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VGG19, StyleEncoder]:
    torch.manual_seed(5)
    base = tmp_path_factory.mktemp("base") / "base.safetensors"
    save_file(CompactNetwork(Shape(8, 12, 16, 1, 1, skip_half=True)).state_dict(), base)
    return base, prepared_vgg(workshop.vgg, CPU), load_into(StyleEncoder(), workshop.encoder).requires_grad_(False)


@pytest.fixture(autouse=True)
def short_endings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "NULL_STEPS", 2)
    monkeypatch.setattr(job, "TOLD_STEPS", 1)


def plan_on(base: Path) -> FitPlan:
    return FitPlan((scene(20),), tuple(scene(number) for number in range(2)), base, SMALL, steps=4)


def nothing(standing: Standing, network: FittedNetwork) -> None:
    pass


def test_an_interrupted_fit_keeps_what_it_has_and_ends_as_if_it_had_not_been(
        tools: tuple[Path, VGG19, StyleEncoder], tmp_path: Path) -> None:
    base, vgg, encoder = tools
    told: list[Standing] = []

    def interrupt(standing: Standing, network: FittedNetwork) -> None:
        if standing.step == 2 and not told:
            told.append(standing)
            raise KeyboardInterrupt

    whole = carried_out(plan_on(base), vgg, encoder, tmp_path / "whole", CPU, nothing)
    first = carried_out(plan_on(base), vgg, encoder, tmp_path / "parts", CPU, interrupt)
    second = carried_out(plan_on(base), vgg, encoder, tmp_path / "parts", CPU, nothing)
    assert (first.done, first.standing.step) == (False, 2)
    assert (second.done, second.standing.step) == (True, 4)
    assert float(first.kernels["to_rgb.weight"].abs().max()) > 0
    assert torch.equal(second.row, whole.row)
    assert all(torch.equal(value, whole.kernels[name]) for name, value in second.kernels.items())
    assert "to_rgb" in whole.ranges


def test_a_start_is_a_difference_to_the_base(tools: tuple[Path, VGG19, StyleEncoder]) -> None:
    base, vgg, encoder = tools
    begun = FitPlan((scene(20),), (scene(1),), base, SMALL, {"kernels.to_rgb.bias": torch.full((3,), 0.25)}, steps=1)
    fit = job.prepared(begun, vgg, encoder, CPU)
    row = fit.network.row.detach() + 1
    placed = job.prepared(replace(begun, start={**(begun.start or {}), "row": row}), vgg, encoder, CPU)
    assert torch.equal(placed.network.row, row)
    assert fit.differences()["kernels.to_rgb.bias"].tolist() == [0.25] * 3
    assert not fit.differences()["kernels.to_rgb.weight"].any()
