"""Peers: MicroAST against its golden file where it is at hand; what is refused, and how its engine paints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from allaprima.engines import Look
from allaprima.errors import OptionError, WeightsError
from allaprima.evaluate.peers import MicroASTEngine, open_microast, opened_peers
from allaprima.evaluate.speed import kilo_macs
from allaprima.nets.microast import MicroAST


@pytest.fixture(scope="module")
def engine() -> MicroASTEngine:
    """Random weights that keep what is seen in the range of a picture."""
    torch.manual_seed(0)
    network = MicroAST()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
    with torch.no_grad():
        last = network.decoder.dec3[-1]
        last.weight.mul_(0.05)
        last.bias.fill_(0.5)
    return MicroASTEngine(network)


@pytest.mark.media
def test_microast_paints_as_it_was_published(shared: Path) -> None:
    folder = shared / "peers" / "microast"
    if not folder.is_dir():
        pytest.skip("no peers in the shared folder")
    golden = load_file(shared / "golden" / "microast.safetensors")
    engine = open_microast(folder)
    as_picture = {name: golden[name][0].permute(1, 2, 0).numpy() for name in golden}
    scale = min(as_picture["style"].shape[:2]) / engine.style_size
    look = Look(engine.encode(as_picture["style"], "style", scale))
    painted, _ = engine.stylize(as_picture["content"][None], [look])
    np.testing.assert_allclose(painted[0], as_picture["output"].clip(0, 1), atol=1e-4)


def test_a_file_that_is_not_the_published_one_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "content_encoder.pth").write_bytes(b"not a pickle")
    with pytest.raises(WeightsError, match="sha256"):
        open_microast(tmp_path)
    with pytest.raises(WeightsError, match="cannot read"):
        open_microast(tmp_path / "missing")


@pytest.mark.parametrize("given", ["microast", "microast=", "other=folder"])
def test_a_peer_that_is_not_named_with_its_folder_is_refused(given: str) -> None:
    with pytest.raises(OptionError, match="as a peer"):
        opened_peers([given])


def test_every_size_and_depth_comes_back_as_it_went_in(engine: MicroASTEngine, photo: np.ndarray) -> None:
    look = Look(engine.encode(photo, "photo"))
    for kind, full in ((np.uint8, 255), (np.uint16, 65535), (np.float32, 1)):
        picture = (photo[:41, :30].astype(np.float64) / 255 * full).round(0 if full > 1 else 6).astype(kind)
        painted, _ = engine.stylize(picture[None], [look])
        assert painted.shape == (1, 41, 30, 3)
        assert painted.dtype == kind


def test_strength_goes_from_the_contents_own_numbers_to_the_styles(engine: MicroASTEngine, photo: np.ndarray) -> None:
    content = np.ascontiguousarray(photo[:64, :64])
    own = engine.encode(content, "own", 64 / engine.style_size)
    other = engine.encode(np.ascontiguousarray(255 - photo), "other")
    weakest, _ = engine.stylize(content[None], [Look(other, 0.0)])
    itself, _ = engine.stylize(content[None], [Look(own, 1.0)])
    whole, _ = engine.stylize(content[None], [Look(other, 1.0)])
    assert np.abs(weakest.astype(int) - itself).max() <= 1
    assert np.abs(whole.astype(int) - itself).max() > 1


def test_the_work_that_is_told_is_that_of_its_convolutions() -> None:
    network, products = MicroAST(), list[float]()

    def count(layer: nn.Conv2d, _: object, result: torch.Tensor) -> None:
        products.append(result[0].numel() * layer.weight[0].numel())

    with torch.inference_mode():
        style = network.encode(torch.rand(1, 3, 64, 64))
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                layer.register_forward_hook(count)
        network(torch.rand(1, 3, 64, 64), style)
    assert sum(products) / 64 ** 2 / 1e3 == pytest.approx(kilo_macs("microast"), abs=0.05)
