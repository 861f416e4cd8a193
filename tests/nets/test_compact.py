"""The compact network and the style encoder, against their golden file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from allaprima import weights
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.normalisation import Frozen, Measure
from allaprima.nets.shape import Shape
from allaprima.nets.style_encoder import StyleEncoder


def loaded(folder: Path) -> tuple[CompactNetwork, StyleEncoder]:
    network, encoder = CompactNetwork(), StyleEncoder()
    network.load_state_dict({key: value.float() for key, value in load_file(folder / "balanced.safetensors").items()})
    encoder.load_state_dict(
        {key: value.float() for key, value in load_file(folder / "style-encoder.safetensors").items()})
    return network.eval(), encoder.eval()


def test_networks_match_their_golden_file(shared: Path) -> None:
    golden = load_file(shared / "golden" / "compact.safetensors")
    network, encoder = loaded(shared / "weights")
    with torch.inference_mode():
        code = encoder(golden["style"])
        mapped = network.mapping(golden["whitened_code"])
        half = network.paint(golden["content"], Measure(*network.scales_and_biases((network.null_style + mapped) / 2)))
        found = {"whitened_code": code, "mapped": mapped, "output_half": half,
                 "output": network(golden["content"], golden["whitened_code"]),
                 "output_null": network.reconstruct(golden["content"])}
    for name, value in found.items():
        torch.testing.assert_close(value, golden[name], rtol=0, atol=1e-4, msg=lambda text, at=name: f"{at}: {text}")


def small(skip_half: bool = True) -> CompactNetwork:
    torch.manual_seed(0)
    return CompactNetwork(Shape(8, 8, 16, 1, 1, skip_half))


def test_frozen_with_own_moments_equals_measure() -> None:
    network, content = small(), torch.rand(1, 3, 32, 48)
    scale, bias = network.scales_and_biases(torch.rand(1, 256))
    measure = Measure(scale, bias)
    with torch.inference_mode():
        painted = network.paint(content, measure)
        mean, variance = measure.moments()
        folded = scale * (variance + 1e-5).rsqrt()
        again = network.paint(content, Frozen(folded, bias - mean * folded))
    torch.testing.assert_close(again, painted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("skip_half", [False, True])
def test_places_follow_the_order_in_which_the_network_normalises(skip_half: bool) -> None:
    network = small(skip_half)
    seen: list[slice] = []

    def record(features: torch.Tensor, channels: slice, reduction: int) -> torch.Tensor:
        assert features.shape[1] == channels.stop - channels.start
        assert features.shape[2] * reduction == 32
        seen.append(channels)
        return features

    network.paint(torch.rand(1, 3, 32, 32), record)
    assert seen == [place.channels for place in Shape(8, 8, 16, 1, 1, skip_half).normalised_layers().values()]
    assert seen[-1].stop == network.channels


def test_kilo_macs_counts_the_multiplications_of_the_convolutions() -> None:
    network = CompactNetwork(Shape(skip_half=True))
    counted = 0

    def count(module: torch.nn.Conv2d, _: object, output: torch.Tensor) -> None:
        nonlocal counted
        counted += module.weight.numel() * output.shape[2] * output.shape[3]

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    with torch.inference_mode():
        network.reconstruct(torch.rand(1, 3, 32, 32))
    assert counted / (32 * 32) / 1000 == pytest.approx(Shape(skip_half=True).kilo_macs())


def test_the_shipped_shapes_fit_the_shipped_tensors() -> None:
    for name, entry in weights.shipped().items():
        if entry.kind == "compact":
            assert entry.shape is not None
            network = CompactNetwork(entry.shape)
            network.load_state_dict({key: torch.from_numpy(value) for key, value in weights.load(name).items()})
            assert all(np.isfinite(value).all() for value in weights.load(name).values())
