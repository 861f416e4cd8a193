"""Steps replayed: they give what they would have given plainly, and hand out the same slopes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from allaprima.nets.compact import CompactNetwork
from allaprima.train.mixing.recording import Recorded, tensors_in, with_slopes
from allaprima.train.mixing.run import mixing
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.task import MixingTask, Place
from allaprima.train.pictures import load_pictures
from allaprima.train.recipe import Recipe
from allaprima.train.run import prepared_vgg, write_weights
from allaprima.train.settings import SHAPES
from train.workshop import Workshop


def test_a_value_with_slopes_hands_them_out_as_often_as_it_counts() -> None:
    one, other = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(3))
    slopes = [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0, 5.0])]
    total = with_slopes(torch.tensor(7.0), slopes, [one, other])
    assert total.item() == 7
    (2 * total).backward()
    assert one.grad is not None
    assert other.grad is not None
    assert one.grad.tolist() == [2, 4]
    assert other.grad.tolist() == [6, 8, 10]
    assert slopes[0].tolist() == [1, 2]


def test_tensors_are_found_in_fields_items_and_mappings_in_one_order() -> None:
    rows, columns, deep = torch.zeros(1), torch.ones(1), torch.full((1,), 2.0)
    value = (Place(rows, columns), {"a": (deep, 3), "b": rows})
    assert [id(one) for one in tensors_in(value)] == [id(one) for one in (rows, columns, deep, rows)]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_replayed_steps_give_the_losses_and_slopes_of_plain_ones(workshop: Workshop, tmp_path: Path) -> None:
    torch.manual_seed(3)
    base = write_weights(CompactNetwork(SHAPES["fast"]), "fast", tmp_path)
    made = workshop.recipe(2)
    objective = MixingObjective(differences=2, crop_px=64, contents=8, styles=6, fewest_lines=72, most_lines=96,
                                steady=20.0)
    recipe = Recipe(("fast-kernels",), objective, made.schedule, replace(made.sources, start={"fast": base}))
    device = torch.device("cuda")
    styles = load_pictures(recipe.sources.style, 64, 128, device)
    _, task, *_ = mixing(recipe, tmp_path / "run", prepared_vgg(recipe.sources.vgg, device), styles, device, print)
    assert isinstance(task, MixingTask)
    trainee = task.trainees["fast-kernels"]
    recorded = Recorded(lambda step: task.losses_of(trainee.network, step), list(trainee.free.values()))
    recorded(task.drawn(0))
    replayed, plain = recorded(task.drawn(5)), task.losses_of(trainee.network, task.drawn(5))
    assert replayed.keys() == plain.keys()
    for name, value in plain.items():
        assert torch.allclose(replayed[name], value, rtol=2e-2, atol=1e-3), name
    gradients = [torch.autograd.grad(losses["total"], [trainee.network.rows.bias])[0] for losses in (replayed, plain)]
    assert torch.cosine_similarity(*gradients, dim=0) > 0.98
