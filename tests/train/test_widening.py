from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.train.trainee import started_network

SMALL = Shape(16, 16, 16, 1, 1)


@pytest.mark.parametrize("shape", [
    SMALL, SMALL._replace(half=24), SMALL._replace(quarter=24), SMALL._replace(eighth=32),
    SMALL._replace(eighth_blocks=2), SMALL._replace(quarter_blocks=2), SMALL._replace(skip_half=True),
    Shape(24, 32, 24, 3, 2, skip_half=True)])
def test_a_larger_network_starts_by_painting_what_the_smaller_did(tmp_path: Path, shape: Shape) -> None:
    torch.manual_seed(2)
    small = CompactNetwork(SMALL)
    small.null_style.data.normal_()
    save_file(small.state_dict(), tmp_path / "small.safetensors")
    large = started_network(shape, tmp_path / "small.safetensors", 1)
    content, code = torch.rand(2, 3, 32, 40), torch.randn(2, 1920)
    with torch.no_grad():
        torch.testing.assert_close(large(content, code), small(content, code), atol=1e-5, rtol=0)
        torch.testing.assert_close(large.reconstruct(content), small.reconstruct(content), atol=1e-5, rtol=0)


def test_what_is_new_learns_from_the_first_step_on(tmp_path: Path) -> None:
    torch.manual_seed(3)
    save_file(CompactNetwork(SMALL).state_dict(), tmp_path / "small.safetensors")
    large = started_network(SMALL._replace(eighth=32, quarter_blocks=2), tmp_path / "small.safetensors", 1)
    large(torch.rand(1, 3, 32, 32), torch.randn(1, 1920)).square().mean().backward()
    reading = large.get_submodule("eighth.0.first.convolution").weight.grad
    added = large.get_submodule("quarter.1.second.modulation").weight.grad
    assert isinstance(reading, torch.Tensor)
    assert reading[:16, 16:].abs().max() > 0
    assert isinstance(added, torch.Tensor)
    assert added.abs().max() > 0
