from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.train.fit.contents import Bank, bank_of
from allaprima.train.fit.losses import style_target
from allaprima.train.fit.moving import Moving
from allaprima.train.fit.run import Fit, started
from allaprima.train.fit.settings import FitObjective
from allaprima.train.fit.weave import own_energy
from allaprima.train.run import prepared_vgg
from allaprima.train.trainee import load_into
from train.workshop import Workshop, scene

SMALL = FitObjective(crop_px=64, batch=1, bank=3, lines=150, warmup_steps=1, steady=5.0)
STEPS = 6


@pytest.fixture(scope="module")
def fit(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Fit]:
    torch.manual_seed(5)
    base = tmp_path_factory.mktemp("base") / "base.safetensors"
    save_file(CompactNetwork(Shape(8, 12, 16, 1, 1, skip_half=True)).state_dict(), base)
    vgg = prepared_vgg(workshop.vgg, torch.device("cpu"))
    style = scene(20, 128, 128)[None].float() / 255
    bank = bank_of([scene(number) for number in range(3)], vgg, SMALL, 1)
    target = style_target([style], vgg, own_energy([style]))
    encoder = load_into(StyleEncoder(), workshop.encoder)

    def made() -> Fit:
        network = started(base, encoder, [style], torch.device("cpu"))
        kernels = {name: value.detach().clone() for name, value in network.kernels().items()}
        return Fit(network, kernels, bank, target, vgg, SMALL, 1)

    return made


def test_a_fit_taken_up_goes_on_exactly_as_it_would_have(fit: Callable[[], Fit]) -> None:
    whole, first, second = fit(), fit(), fit()
    for step in range(STEPS):
        whole.advance(step / STEPS)
    for step in range(3):
        first.advance(step / STEPS)
    second.restore({name: value.clone() for name, value in first.tensors().items()}, first.step)
    for step in range(3, STEPS):
        second.advance(step / STEPS)
    for name, value in whole.differences().items():
        assert torch.equal(value, second.differences()[name]), name


def test_a_fit_comes_nearer_to_the_style_and_leaves_the_rest_of_the_base_alone(fit: Callable[[], Fit]) -> None:
    fitting = fit()
    held = {name: value.clone() for name, value in fitting.network.network.state_dict().items() if "mapping" in name}
    before = float(fitting.losses()["total"].detach())
    assert float(fitting.losses()["steady"]) > 0
    for _ in range(STEPS):
        fitting.advance(0.0)
    fitting.step = 0
    assert float(fitting.losses()["total"].detach()) < before
    assert all(torch.equal(value, held[name]) for name, value in fitting.network.network.state_dict().items()
               if "mapping" in name)
    learnt = fitting.differences()
    assert learnt["row"].dtype == torch.float32
    assert learnt["kernels.to_rgb.weight"].dtype == torch.float16
    assert float(learnt["kernels.to_rgb.weight"].abs().max()) > 0


def test_the_contents_weight_follows_how_far_pictures_have_gone_from_theirs(fit: Callable[[], Fit]) -> None:
    for allowed, grows in ((1e-3, True), (1e3, False)):
        fitting = fit()
        fitting.objective = replace(SMALL, departure=allowed, steady=0.0)
        fitting.advance(0.0)
        assert (float(fitting.hold) > 1) == grows
        taken_up = fit()
        taken_up.restore({name: value.clone() for name, value in fitting.tensors().items()}, 1)
        assert torch.equal(taken_up.hold, fitting.hold)


def test_nothing_is_asked_of_relu3_1_unless_it_is_given_a_weight(fit: Callable[[], Fit]) -> None:
    fitting = fit()
    without = fitting.losses()
    fitting.objective = replace(SMALL, content_middle=2.0)
    weighed = fitting.losses()
    more = float((weighed["total"] - without["total"]).detach())
    assert more == pytest.approx(2 * float(without["middle"]), rel=0.02)


def test_frames_in_motion_are_painted_alike_along_it(fit: Callable[[], Fit]) -> None:
    fitting = fit()
    crops = fitting.bank.crops
    still = Moving(crops, crops, torch.zeros(len(crops), 2, *crops.shape[2:]),
                   torch.ones(len(crops), 1, *crops.shape[2:]))
    fitting.bank = Bank(crops, fitting.vgg, still)
    assert float(fitting.losses()["steady"]) < 1e-5
    fitting.bank = Bank(crops, fitting.vgg, replace(still, before=255 - crops))
    assert float(fitting.losses()["steady"]) > 1e-3
    fitting.bank = Bank(crops, fitting.vgg, replace(still, before=255 - crops, trust=torch.zeros_like(still.trust)))
    assert float(fitting.losses()["steady"]) == 0
