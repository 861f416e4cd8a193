from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train.fit import job
from allaprima.train.fit.job import FitPlan
from allaprima.train.fit.moving import Moving
from allaprima.train.fit.pairs import CELL_PX, PairFit
from allaprima.train.fit.settings import FitObjective
from allaprima.train.run import prepared_vgg
from allaprima.train.trainee import load_into
from train.workshop import Workshop, scene

SMALL = FitObjective(crop_px=64, lines=96, style_px=96, warmup_steps=1)
CPU = torch.device("cpu")
FRAME = scene(1, 96, 130)
PAINTED = 255 - FRAME
STEPS = 6


@pytest.fixture(scope="module")
def tools(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> tuple[FitPlan, VGG19, StyleEncoder]:
    torch.manual_seed(5)
    base = tmp_path_factory.mktemp("base") / "base.safetensors"
    save_file(CompactNetwork(Shape(8, 12, 16, 1, 1, skip_half=True)).state_dict(), base)
    plan = FitPlan((PAINTED,), (scene(2, 96, 130),), base, SMALL, steps=STEPS, pairs=((FRAME, PAINTED),))
    return plan, prepared_vgg(workshop.vgg, CPU), load_into(StyleEncoder(), workshop.encoder).requires_grad_(False)


def begun(tools: tuple[FitPlan, VGG19, StyleEncoder]) -> PairFit:
    fit = job.prepared(*tools, CPU)
    assert isinstance(fit, PairFit)
    return fit


def test_a_painted_frame_is_learnt_and_taken_up_exactly(tools: tuple[FitPlan, VGG19, StyleEncoder]) -> None:
    whole, first, second = (begun(tools) for _ in range(3))
    told = [whole.advance(step / STEPS) for step in range(STEPS)]
    assert float(told[-1]["pixels"]) < float(told[0]["pixels"])
    assert {"style", "gram"} <= told[0].keys()
    for step in range(3):
        first.advance(step / STEPS)
    second.restore({name: value.clone() for name, value in first.tensors().items()}, 3)
    for step in range(3, STEPS):
        second.advance(step / STEPS)
    assert all(torch.equal(value, whole.differences()[name]) for name, value in second.differences().items())


def test_vgg_looks_where_the_picture_is_off(tools: tuple[FitPlan, VGG19, StyleEncoder]) -> None:
    fit = begun(tools)
    apart = torch.zeros(1, 1, 96, 130)
    apart[..., -CELL_PX:, -CELL_PX:] = 1.0
    fit.errors[0].zero_()
    for seed in range(5):
        place = fit._worst(0, apart, torch.Generator().manual_seed(seed))
        assert (place[2].stop, place[3].stop) == (96, 130)


def test_without_a_shot_pairs_alone_are_learnt(tools: tuple[FitPlan, VGG19, StyleEncoder]) -> None:
    plan, vgg, encoder = tools
    losses = begun((replace(plan, contents=()), vgg, encoder)).losses()
    assert "style" not in losses
    assert float(losses["total"].detach()) > 0


def test_frames_between_go_on_from_the_ones_before_them(tools: tuple[FitPlan, VGG19, StyleEncoder]) -> None:
    plan, vgg, encoder = tools
    large = scene(2, 192, 260)
    still = Moving(large, large, torch.zeros(2, 192, 260), torch.ones(1, 192, 260))
    steady = replace(plan, contents=(large,), moving=(still,), objective=replace(SMALL, steady=5.0))
    assert float(begun((steady, vgg, encoder)).losses()["steady"]) < 1e-5
    jumping = replace(steady, moving=(replace(still, before=255 - large),))
    assert float(begun((jumping, vgg, encoder)).losses()["steady"]) > 1e-3
    assert "steady" not in begun((replace(jumping, objective=SMALL), vgg, encoder)).losses()


def test_motion_keeps_its_place_at_another_size() -> None:
    moves = Moving(scene(2, 80, 100), scene(2, 80, 100), torch.full((2, 80, 100), 4.0), torch.ones(1, 80, 100))
    half = moves.resized(40, 50)
    assert half.now.shape == half.before.shape == (3, 40, 50)
    assert torch.allclose(half.backward, torch.full((2, 40, 50), 2.0))
