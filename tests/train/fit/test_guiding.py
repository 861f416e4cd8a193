"""Guides in fitting: the same as in painting, whatever the network's grid, and learnt from."""

from dataclasses import replace

import numpy as np
import torch

from allaprima.functional.guides import AMPLITUDE, guided, usual_guides
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.train.fit.guiding import field_for, laid
from allaprima.train.fit.network import FittedNetwork
from allaprima.train.fit.pairs import PairFit
from allaprima.train.fit.settings import FitObjective
from train.workshop import scene

SHAPE = Shape(8, 12, 16, 1, 1, skip_half=True)
GUIDES = usual_guides()
STEPS = 20


def test_contents_are_laid_with_guides_as_pictures_are_when_painted() -> None:
    picture = scene(3, 48, 66)
    found = laid(picture[None].float() / 255, field_for(GUIDES, picture[None]))
    wanted = guided(picture.permute(1, 2, 0)[None].numpy(), GUIDES).astype(np.float32) / 255
    assert np.abs(found.permute(0, 2, 3, 1).numpy() - wanted).max() < 1 / 255


def a_network(*, told: bool) -> FittedNetwork:
    torch.manual_seed(4)
    return FittedNetwork(CompactNetwork(SHAPE), torch.zeros(2 * SHAPE.channels()), GUIDES if told else None)


def fit_to(frame: torch.Tensor, painted: torch.Tensor, *, told: bool) -> PairFit:
    network = a_network(told=told)
    base = {name: value.detach().clone() for name, value in network.kernels().items()}
    objective = replace(FitObjective(), crop_px=64, warmup_steps=1, rate=3e-3, row_rate=1e-2)
    fit = PairFit(network, base, [(frame, painted)], (), (), None, None, objective, 1)  # type: ignore[arg-type]
    fit._early = lambda painted, truth: painted.sum() * 0  # type: ignore[method-assign]
    return fit


def test_what_differs_by_place_alone_is_learnt_with_guides_only() -> None:
    tile = torch.randint(60, 190, (3, 8, 8), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    frame = tile.repeat(1, 6, 24)
    painted = torch.full_like(frame, 60)
    painted[:, :, frame.shape[2] // 2:] = 200
    ends = {}
    for told in (False, True):
        fit = fit_to(frame, painted, told=told)
        ends[told] = [float(fit.advance(step / STEPS)["pixels"]) for step in range(STEPS)][-5:]
    assert np.mean(ends[True]) < 0.8 * np.mean(ends[False])


def test_a_frames_places_are_told_wherever_the_networks_grid_lies() -> None:
    fit, frame, seen = fit_to(scene(1, 64, 96), scene(2, 64, 96), told=True), torch.full((1, 3, 64, 96), 0.5), []
    fit.network.network.to_half.register_forward_pre_hook(lambda _, given: seen.append(given[0].float()))
    with torch.no_grad():
        for off in ((0, 0), (1, 1)):
            fit.painted(frame, off)
    first, second = ((fours[:, 0::4] - fours[:, 1::4] - fours[:, 2::4] + fours[:, 3::4])[..., :40, :52] / 4
                     for fours in seen)
    assert first.std() > 0.4 * AMPLITUDE
    assert (first - second).abs().max() < 0.15 * AMPLITUDE


def test_what_is_read_of_guides_stands_in_the_kernels_at_the_end() -> None:
    network, plain = a_network(told=True), CompactNetwork(SHAPE)
    assert network.reading is not None
    with torch.no_grad():
        network.reading.normal_(generator=torch.Generator().manual_seed(1))
        plain.load_state_dict(a_network(told=False).network.state_dict())
        plain.load_state_dict(network.learnt(), strict=False)
        picture = scene(3, 48, 64)[None].float() / 255
        found, untold = network(picture), a_network(told=False)(picture)
        wanted = FittedNetwork(plain, network.row.detach())(laid(picture, field_for(GUIDES, picture)))
    assert (found - wanted).abs().mean() < 0.05 * found.std()
    assert (found - untold).abs().mean() > 0.2 * found.std()
