"""The table of tensors is what the network itself holds."""

from __future__ import annotations

import pytest
import torch

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.nets.tensor_shapes import checked_shape, tensor_shapes


@pytest.mark.parametrize("shape", [Shape(), Shape(8, 12, 24, 1, 2, skip_half=True), Shape(16, 16, 16, 0, 0)])
def test_the_table_names_every_tensor_with_its_shape(shape: Shape) -> None:
    with torch.device("meta"):
        held = CompactNetwork(shape).state_dict()
    assert tensor_shapes(shape) == {name: tuple(tensor.shape) for name, tensor in held.items()}


@pytest.mark.parametrize("said", [None, [], {"half": 0}, {"half": "32"}, {"half": 32.0}, {"eighth_blocks": 10**9},
                                  {"width": 3}, {"half": True}, {"quarter": -1}])
def test_sizes_that_are_no_networks_are_refused(said: object) -> None:
    with pytest.raises(ValueError, match="it"):
        checked_shape(said)


def test_sizes_that_are_left_out_are_the_usual_ones() -> None:
    assert checked_shape({"half": 16, "skip_half": True}) == Shape(16, skip_half=True)
