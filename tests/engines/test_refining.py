"""Units refined: what they paint comes nearer to the style on photographs that they were not moved by, or they stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from allaprima import weights
from allaprima.bundled import bundled_styles
from allaprima.engines import Look
from allaprima.engines.adain import AdaINEngine, compact
from allaprima.engines.encoding import at_work
from allaprima.engines.looks import Sight
from allaprima.engines.refining import Refinement, Refiner, contents_for, held, mixed_network, usual_departure
from allaprima.io.still.cutouts import read_shown
from allaprima.runtimes.pytorch import TorchRuntime

SMALL = Refinement(steps=8, crop_px=128, lines=200, contents=4)
PICTURE = read_shown(bundled_styles()["starry"])


@pytest.fixture(scope="module")
def engine() -> AdaINEngine:
    return compact("fast", TorchRuntime())


def refiner(engine: AdaINEngine, asked: Refinement = SMALL) -> Refiner:
    shape = weights.named("fast").shape
    assert shape is not None
    assert engine.mixer is not None
    return Refiner(weights.load("fast"), shape, engine.mixer.tensors, engine.mixer.count, "cpu", asked)


def start(engine: AdaINEngine) -> np.ndarray:
    assert engine.mixer is not None
    return engine.mixer.units(engine.encode(PICTURE, "starry"))


def test_photographs_never_looked_at_are_painted_nearer_to_the_style(engine: AdaINEngine) -> None:
    asked = refiner(engine)
    pieces, units = at_work(PICTURE, "starry", 256), start(engine)
    move = asked.move(pieces, units)
    others = contents_for(replace(SMALL, contents=7), torch.device("cpu"))[1:6:2]  # between those that it looked at
    with torch.no_grad():
        target = asked.target(pieces)
        before, after = (np.mean([float(asked.loss(torch.from_numpy(own)[None], each, target)) for each in others])
                         for own in (units, units + move))
    assert after < before - 0.1
    np.testing.assert_array_equal(asked.move(pieces, units), move)


def test_units_that_became_worse_are_left_as_they_were(engine: AdaINEngine) -> None:
    units = start(engine)
    asked = refiner(engine, replace(SMALL, steps=1, rate=1e4))
    assert not asked.move(at_work(PICTURE, "starry", 256), units).any()


def test_the_network_that_looks_paints_what_the_engine_paints(engine: AdaINEngine) -> None:
    shape = weights.named("fast").shape
    assert shape is not None
    assert engine.mixer is not None
    network = mixed_network(weights.load("fast"), shape, engine.mixer.tensors, engine.mixer.count)
    [content] = contents_for(replace(SMALL, contents=1), torch.device("cpu"))
    with torch.no_grad():
        style = network.mixed(network.styles_of_units(torch.from_numpy(start(engine))[None]), 0)
        seen = network.paint(content.picture, style)[0].permute(1, 2, 0).clamp(0, 1).numpy()
    picture = content.picture[0].permute(1, 2, 0).contiguous().numpy()
    painted = engine.stylize(picture[None], [Look(engine.encode(PICTURE, "starry"))])[0][0]
    assert np.abs(painted - seen)[16:-16, 16:-16].mean() < 0.01


def test_a_picture_in_one_colour_is_no_fault(engine: AdaINEngine) -> None:
    flat = [np.full((64, 64, 3), 0.5, np.float32)]
    assert np.isfinite(refiner(engine, replace(SMALL, steps=2)).move(flat, start(engine))).all()


@pytest.fixture
def moved(engine: AdaINEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An engine whose styles are moved by ones; gives back at how many lines it looked."""
    lines: list[int] = []

    def find(pieces: list[np.ndarray], units: np.ndarray) -> np.ndarray:
        lines.append(min(pieces[0].shape[:2]))
        return np.ones_like(units)

    assert engine.moves is not None
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    monkeypatch.setattr(engine.moves, "_find", find)
    monkeypatch.setattr(engine.moves, "known", {})
    return lines


def test_an_engine_refines_where_it_is_asked_to_and_nothing_forbids_it(
        engine: AdaINEngine, moved: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    sight = Sight(PICTURE, 1.0)
    assert engine.encode(PICTURE, "starry", sight=sight).units == ()  # the tests' environment says off
    monkeypatch.delenv("ALLAPRIMA_REFINE")
    [units] = engine.encode(PICTURE, "starry", sight=sight).units
    np.testing.assert_array_equal(units.values, start(engine) + 1)
    assert engine.encode(PICTURE, "starry").units == ()
    assert moved == [256]


def test_one_sight_is_enough_for_other_sizes_and_colours(
        engine: AdaINEngine, moved: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLAPRIMA_REFINE")
    assert engine.mixer is not None
    sight = Sight(PICTURE, 1.0)
    for picture, scale in ((PICTURE, 1.5), (255 - PICTURE, 1.0)):
        [units] = engine.encode(picture, "starry", scale, sight=sight).units
        np.testing.assert_array_equal(units.values, engine.mixer.units(engine.encode(picture, "starry", scale)) + 1)
    assert moved == [256]


def test_what_a_departure_costs_has_the_slope_that_it_is_worth() -> None:
    places = torch.tensor([-1.0, -0.3, 0.0, 0.1, 0.5], requires_grad=True)
    [slope] = torch.autograd.grad(held(places).sum(), places)
    torch.testing.assert_close(slope, (4 * places.detach()).exp().clamp(0.25, 2.0))
    steps = torch.linspace(-1, 1, 2001)
    assert held(steps).diff().abs().max() < 2.1e-3


def test_the_usual_departure_is_as_far_as_adains_target() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.rand((1, 512, 8, 8), generator=generator)
    code = torch.zeros(1, 1920)
    code[:, -1024:-512] = features.mean(dim=(2, 3)) + 3
    code[:, -512:] = (features.var(dim=(2, 3), correction=0) + 1e-5).sqrt()
    content = replace(contents_for(replace(SMALL, contents=1), torch.device("cpu"))[0], features=features)
    assert float(usual_departure(content, code)) == pytest.approx(10.0, rel=1e-4)
