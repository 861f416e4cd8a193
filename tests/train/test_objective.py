from collections.abc import Callable

import pytest
import torch

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.train.batches import Batch
from allaprima.train.codes import code_of, seen_by
from allaprima.train.objective import Targets, inside, losses_of, targets_of
from allaprima.train.paint import paint
from allaprima.train.settings import SHAPES, Objective
from allaprima.train.trainee import load_into
from train.workshop import Workshop

OBJECTIVE = Objective(size_px=64, batch=2)
Measured = Callable[[float], tuple[Batch, Targets, VGG19]]


@pytest.fixture
def measured(workshop: Workshop) -> Measured:
    vgg = load_into(VGG19("zeros", "relu4_1"), workshop.vgg)
    generator = torch.Generator().manual_seed(1)
    content, style = torch.rand(2, 3, 80, 80, generator=generator), torch.rand(2, 3, 64, 64, generator=generator) ** 3

    def at(strength: float) -> tuple[Batch, Targets, VGG19]:
        with torch.no_grad():
            target = code_of(vgg(seen_by(vgg, style), STYLE_LAYERS))
        batch = Batch(content, torch.zeros(2, 1920), target, torch.full((2,), strength))
        return batch, targets_of(batch, vgg, 1), vgg

    return at


def test_the_content_itself_is_the_perfect_picture_at_strength_zero(measured: Measured) -> None:
    batch, targets, vgg = measured(0.0)
    losses = losses_of(batch.content, targets, vgg, OBJECTIVE, 0.0)
    for name in ("content", "middle", "null", "outside"):
        assert losses[name] < 1e-6
    assert losses["total"] < OBJECTIVE.style * 0.101  # the root's floor


def test_at_full_strength_the_target_has_the_styles_statistics(measured: Measured) -> None:
    batch, targets, _ = measured(1.0)
    code = torch.cat([part for layer in STYLE_LAYERS for part in targets.moments[layer]], dim=1).flatten(1)
    assert torch.allclose(code, batch.target, atol=1e-5)
    features = targets.features["relu4_1"]
    assert torch.allclose(features.mean(dim=(2, 3), keepdim=True), targets.moments["relu4_1"][0], atol=1e-4)


def test_a_strength_between_aims_between(measured: Measured) -> None:
    none, half, full = (measured(strength)[1].features["relu3_1"] for strength in (0.0, 0.5, 1.0))
    assert not torch.allclose(none, full, atol=1e-3)
    for part in ("mean", "std"):
        low, middle, high = (getattr(features, part)(dim=(2, 3)) for features in (none, half, full))
        assert torch.allclose(middle, (low + high) / 2, atol=2e-3)


def test_leaving_the_range_costs(measured: Measured) -> None:
    batch, targets, vgg = measured(1.0)
    assert losses_of(batch.content + 2, targets, vgg, OBJECTIVE, 0.0)["outside"] > 1


def test_the_margin_is_seen_by_the_network_only(measured: Measured) -> None:
    batch, targets, vgg = measured(1.0)
    framed = torch.full_like(batch.content, 9.0)
    framed[:, :, 8:-8, 8:-8] = inside(batch.content)
    ours, theirs = (losses_of(picture, targets, vgg, OBJECTIVE, 0.0) for picture in (framed, batch.content))
    assert torch.equal(ours["total"], theirs["total"])


def test_painting_at_no_strength_is_the_null_style_whatever_the_code() -> None:
    torch.manual_seed(1)
    network = CompactNetwork(SHAPES["fast"])
    content = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        painted = paint(network, content, torch.randn(2, 1920), torch.zeros(2))
        other = paint(network, content, torch.randn(2, 1920), torch.zeros(2))
        assert torch.equal(painted, other)
        assert (painted - network.reconstruct(content)).abs().max() < 0.1  # bfloat16 against float32
