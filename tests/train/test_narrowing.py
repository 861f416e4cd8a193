from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from allaprima.errors import WeightsError
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.train.narrowing import narrowed
from allaprima.train.trainee import started_network

WIDE = Shape(24, 24, 32, 2, 1, skip_half=True)
NARROW = Shape(16, 16, 16, 2, 1, skip_half=True)


def silenced(network: CompactNetwork) -> None:
    """Makes every convolution read only the first channels: 16 of every space."""
    for name, value in network.state_dict().items():
        if value.dim() == 4 and name != "to_half.weight":
            value[:, 16:] = 0


def test_channels_that_nothing_reads_are_the_ones_that_go() -> None:
    torch.manual_seed(1)
    wide, narrow = CompactNetwork(WIDE), CompactNetwork(NARROW)
    silenced(wide)
    narrow.load_state_dict(narrowed(wide.state_dict(), WIDE, NARROW))
    content, code = torch.rand(1, 3, 32, 40), torch.randn(1, 1920)
    with torch.no_grad():
        assert torch.allclose(narrow(content, code), wide(content, code), atol=1e-5)


def test_a_network_starts_from_wider_weights(tmp_path: Path) -> None:
    wide = CompactNetwork(WIDE)
    save_file(wide.state_dict(), tmp_path / "wide.safetensors")
    network = started_network(NARROW, tmp_path / "wide.safetensors", 1)
    assert network.shape == NARROW
    assert torch.equal(network.mapping[0].weight, wide.mapping[0].weight)


def test_nothing_is_cut_out_of_a_narrower_network() -> None:
    with pytest.raises(WeightsError, match="cannot cut"):
        narrowed(CompactNetwork(NARROW).state_dict(), NARROW, WIDE)
