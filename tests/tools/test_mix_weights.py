from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import mix_weights
from allaprima.errors import OptionError
from allaprima.nets.compact import CompactNetwork
from allaprima.train.settings import SHAPES
from allaprima.train.trainee import read_network


@pytest.fixture
def networks(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.safetensors" for number in range(2)]
    for number, path in enumerate(paths):
        torch.manual_seed(number)
        save_file(CompactNetwork(SHAPES["fast"]).state_dict(), path)
    return paths


def test_mixed_weights_lie_between_two_networks_and_tell_their_shape(networks: list[Path], tmp_path: Path) -> None:
    mix_weights.main(*networks, 0.25, tmp_path / "mixed.safetensors")
    mixed, shape = read_network(tmp_path / "mixed.safetensors")
    ours, theirs = (load_file(path)["to_half.weight"] for path in networks)
    assert shape == SHAPES["fast"]
    assert torch.allclose(mixed["to_half.weight"], 0.75 * ours + 0.25 * theirs, atol=1e-3)
    assert not torch.allclose(mixed["to_half.weight"], ours, atol=1e-3)


def test_networks_of_other_shapes_are_not_mixed(networks: list[Path], tmp_path: Path) -> None:
    save_file(CompactNetwork(SHAPES["balanced"]).state_dict(), networks[1])
    with pytest.raises(OptionError, match="of other shapes"):
        mix_weights.main(*networks, 0.25, tmp_path / "mixed.safetensors")
    assert not (tmp_path / "mixed.safetensors").exists()
