"""A few steps of training and of fitting on a GPU: what they lose is what a processor loses, within bf16."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from allaprima import weights
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.train import loop
from allaprima.train.fit import ending, job
from allaprima.train.fit.job import FitOutcome, FitPlan, carried_out
from allaprima.train.fit.settings import FitObjective
from allaprima.train.run import prepared_vgg, train
from allaprima.train.trainee import load_into
from gpus import DEVICE, on_a_gpu
from train.workshop import Workshop, scene

NEAR = 0.2  # of a loss after a few steps: bf16 has eight bits, and steps add up


def losses_of(workshop: Workshop, network: str, folder: Path, device: str) -> list[dict[str, float]]:
    recipe = workshop.recipe(3, (network,))
    outcome = train(recipe, folder, torch.device(device), lambda progress: None, lambda text: None, compiled=False)
    assert outcome.done
    assert all(bool(torch.isfinite(value).all()) for value in load_file(outcome.weights[network]).values()
               if value.is_floating_point())
    return [json.loads(line)["losses"] if "losses" in json.loads(line) else json.loads(line)
            for line in (folder / loop.LOG).read_text().splitlines()]


@on_a_gpu
@pytest.mark.parametrize("network", ["fast", "style-encoder"])
def test_training_loses_what_it_loses_on_the_processor(workshop: Workshop, tmp_path: Path, network: str) -> None:
    there, here = (losses_of(workshop, network, tmp_path / place, device)
                   for place, device in (("there", DEVICE), ("here", "cpu")))
    assert len(there) == len(here)
    for one, other in zip(there, here, strict=True):
        for name in one.keys() & other.keys() - {"elapsed_seconds", "step"}:
            if isinstance(one[name], float) and abs(other[name]) > 1e-3:
                assert one[name] == pytest.approx(other[name], rel=NEAR), name


@on_a_gpu
@pytest.mark.parametrize("steady", [0.0, 60.0], ids=["plain", "steady"])
def test_a_fit_loses_what_it_loses_on_the_processor(workshop: Workshop, tmp_path: Path, steady: float,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "NULL_STEPS", 2)
    monkeypatch.setattr(job, "TOLD_STEPS", 1)
    objective = replace(FitObjective(crop_px=64, bank=3, lines=150, style_px=96, warmup_steps=1), steady=steady)
    plan = FitPlan((scene(20),), tuple(scene(number) for number in range(2)), weights.path_of("fast"), objective,
                   steps=4)

    def fitted(device: str) -> FitOutcome:
        chosen = torch.device(device)
        encoder = load_into(StyleEncoder(), weights.path_of("style-encoder")).requires_grad_(False)
        return carried_out(plan, prepared_vgg(workshop.vgg, chosen), encoder, tmp_path / device, chosen,
                           lambda standing, network: None)

    there, here = fitted(DEVICE), fitted("cpu")
    assert there.done
    for name, loss in here.standing.losses.items():
        assert there.standing.losses[name] == pytest.approx(loss, rel=NEAR, abs=0.02), name
    assert there.ranges.keys() == here.ranges.keys()
    assert all(bool(torch.isfinite(value).all()) for value in there.kernels.values())
    assert any(bool(value.abs().max() > 0) for value in there.kernels.values())
    torch.testing.assert_close(there.null, here.null, atol=0.05, rtol=0.05)
