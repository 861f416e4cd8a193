"""Runs that teach styles to mix kernels: taken up exactly, and painted by the engine as they were trained."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from allaprima import weights
from allaprima.engines import Look
from allaprima.engines.adain import compact
from allaprima.engines.encoding import at_work
from allaprima.errors import OptionError, WeightsError
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import MixedNetwork
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.train import exhibits
from allaprima.train.loop import TrainingProgress
from allaprima.train.mixing import run
from allaprima.train.mixing.codes import measure_of
from allaprima.train.mixing.files import read_kernels_into, write_kernels
from allaprima.train.mixing.gauge import whiten_units
from allaprima.train.mixing.run import painted, ranges_mixed, started_mixing
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.ranges import ranges_met
from allaprima.train.recipe import Recipe, changed
from allaprima.train.run import train, write_weights
from allaprima.train.settings import SHAPES
from train.test_loop import in_legs, last_tensors, logged, trained
from train.workshop import Workshop

TINY = MixingObjective(differences=2, crop_px=64, contents=4, styles=3, fewest_lines=72, most_lines=96)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    return write_weights(CompactNetwork(SHAPES["fast"]), "fast", tmp_path_factory.mktemp("base"))


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    for name in ("CONTENTS", "STYLES"):
        monkeypatch.setattr(exhibits, name, 1)
    monkeypatch.setattr(exhibits, "SIDE_PX", 64)
    monkeypatch.setattr(run, "write_kernels", lambda network, path, base, ranges, codes: write_kernels(
        network, path, base, ranges))  # coding takes seconds and has tests of its own


@pytest.fixture
def recipe(workshop: Workshop, base: Path) -> Recipe:
    made = workshop.recipe(2)
    return replace(made, networks=("fast-kernels",), objective=TINY,
                   sources=replace(made.sources, start={"fast": base}))


def test_a_resumed_run_equals_an_uninterrupted_one(recipe: Recipe, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert trained(recipe, whole)[0].done
    assert in_legs(recipe, parts) == 2
    ours, theirs = last_tensors(parts), last_tensors(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert logged(parts) == logged(whole)


def test_a_run_leaves_kernels_beside_their_base_which_stays_as_it_is(recipe: Recipe, base: Path,
                                                                     tmp_path: Path) -> None:
    outcome, heard = trained(recipe, tmp_path)
    kernels = outcome.weights["fast-kernels"]
    assert (tmp_path / "fast.safetensors").read_bytes() == base.read_bytes()
    assert heard[-1].losses["fast-kernels"].keys() >= {"content", "style", "gram", "null", "total"}
    with safe_open(kernels, "pt") as file:
        said = json.loads(file.metadata()["kernels"])
    assert said["base"] == weights.sha256_of(base)
    assert {"to_half", "eighth.0.first", "to_rgb"} <= said["ranges"].keys()
    assert -0.5 <= said["ranges"]["to_half"][0] < said["ranges"]["to_half"][1] <= 0.5
    held = weights.stored_tensors(kernels)
    assert held["common.to_quarter.weight"].any()
    assert held["differences.eighth.1.first.convolution.weight"].dtype == np.int8
    assert sorted(tmp_path.glob("sheet-fast-kernels-*.png"))


def by_chance(base: Path, count: int = 2) -> MixedNetwork:
    torch.manual_seed(4)
    network = started_mixing(base, None, count)
    with torch.no_grad():
        for part in (*network.common, *network.differences):
            part.normal_(std=0.02)
        network.coefficients.weight.normal_(std=0.2)
        network.null_rows.weight.normal_(std=0.02)
    return network


def test_the_engine_paints_a_style_by_what_training_mixes_for_it(base: Path, tmp_path: Path,
                                                                 photo: np.ndarray) -> None:
    network = by_chance(base)
    own = tmp_path / "own.safetensors"
    own.write_bytes(base.read_bytes())
    write_kernels(network, tmp_path / "own-kernels.safetensors", own, {"to_half": (-0.5, 0.5)})
    engine = compact(str(own), TorchRuntime())
    style = engine.encode(photo, "photo")
    [seen] = at_work(photo, "photo", weights.STYLE_SIZE)
    with torch.no_grad():
        wanted = network.mixture(measure_of(weights.path_of("style-encoder"))(
            torch.from_numpy(seen).permute(2, 0, 1)[None])[0])
    [fitted] = style.fitted
    assert fitted.mixed
    assert fitted.sha256 == weights.sha256_of(own)
    assert fitted.ranges == {"to_half": (-0.5, 0.5)}
    assert fitted.kernels.keys() == wanted.kernels.keys()
    for name, kernel in wanted.kernels.items():
        assert np.abs(fitted.kernels[name].array() - kernel.numpy()).max() < 0.02 * kernel.abs().max() + 1e-4
    assert fitted.null is not None
    for ours, theirs in ((fitted.row, wanted.row), (fitted.null, wanted.null)):
        assert np.abs(ours - theirs.numpy()).max() < 1e-2
    image = photo[None, :48, :64]
    mixed, plain = (engine.stylize(image, [Look(one)])[0] for one in (style, replace(style, fitted=())))
    assert np.abs(mixed.astype(int) - plain).mean() > 4
    assert (engine.stylize(image, [Look(style, 0.0)])[0] == image).all()


def test_ranges_go_beyond_what_a_few_styles_show(base: Path) -> None:
    network, content = by_chance(base), torch.rand(1, 3, 48, 48)
    measure = measure_of(weights.path_of("style-encoder"))
    told = ranges_mixed(network, measure, [content], [content])
    code = measure(content)
    met = ranges_met(network.base, lambda picture, whole: painted(network, picture, code, whole),
                     [(content, torch.ones(1))])
    assert told["to_half"] == met["to_half"]
    for name in met.keys() - {"to_half"}:
        assert told[name] == pytest.approx([1.5 * edge for edge in met[name]])


def test_kernels_of_a_file_go_on_where_it_stopped(base: Path, tmp_path: Path) -> None:
    network = by_chance(base)
    whiten_units(network, torch.randn(100, 1920))  # as while it learns; a file holds plain units
    file = write_kernels(network, tmp_path / "kernels.safetensors", base, {})
    again = started_mixing(base, file, 2)
    code = torch.randn(1, 1920)
    content = torch.rand(1, 3, 48, 48)
    ours, theirs = (partial(painted, one)(content, code, torch.ones(1)) for one in (again, network))
    assert (ours.float() - theirs.float()).abs().mean() < 2e-2
    wider = started_mixing(base, file, 5)
    assert wider.count == 5
    assert torch.equal(painted(wider, content, code, torch.ones(1)), painted(again, content, code, torch.ones(1)))
    assert all(len(part) == 5 and not part[2:].any() for part in wider.differences)
    assert wider.coefficients.weight.any(dim=1).all()  # room that nothing would ever flow into is none
    with pytest.raises(OptionError, match="holds 2 differences"):
        started_mixing(base, file, 1)
    with pytest.raises(WeightsError, match="do not fit"):
        read_kernels_into(started_mixing(base, None, 3), file)


def test_kernels_of_another_base_are_refused(base: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    other = write_weights(CompactNetwork(SHAPES["fast"]), "other", tmp_path)
    write_kernels(by_chance(base), tmp_path / "other-kernels.safetensors", base, {})
    with pytest.raises(WeightsError, match="another"):
        compact(str(other), TorchRuntime())


def test_what_makes_no_run_is_said(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="together with others"):
        replace(recipe, networks=("fast-kernels", "balanced-kernels"))
    with pytest.raises(OptionError, match="'teacher'"):
        changed(TINY, {"teacher": 1})
    with pytest.raises(OptionError, match="lines"):
        changed(TINY, {"fewest_lines": 60})


def test_a_run_that_is_killed_leaves_kernels_to_paint_with(recipe: Recipe, tmp_path: Path) -> None:
    def killed(progress: TrainingProgress) -> None:
        if progress.step == 2:
            raise SystemExit

    with pytest.raises(SystemExit):
        train(replace(recipe, schedule=replace(recipe.schedule, checkpoint_seconds=0)), tmp_path, torch.device("cpu"),
              killed, lambda text: None, False)
    engine = compact(str(tmp_path / "fast.safetensors"), TorchRuntime())
    [fitted] = engine.encode(np.full((64, 64, 3), 90, np.uint8), "grey").fitted
    assert fitted.mixed
    assert fitted.ranges == {}
