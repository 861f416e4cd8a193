"""What of a painted photograph is no change of its colours, and what became of its edges."""

from __future__ import annotations

import torch
from torch import Tensor

from allaprima.functional.realism import affine_residual, edge_similarity


def photograph() -> Tensor:
    y, x = torch.meshgrid(torch.linspace(0, 1, 48), torch.linspace(0, 1, 64), indexing="ij")
    return torch.stack([0.2 + 0.5 * (x > 0.5), 0.3 + 0.3 * torch.sin(9 * y) ** 2, 0.2 + 0.5 * x * y])[None]


def test_a_change_of_colour_leaves_nothing_and_keeps_every_edge() -> None:
    content = photograph()
    matrix = torch.tensor([[0.6, 0.2, 0.0], [0.1, 0.6, 0.1], [0.0, 0.1, 0.7]])
    made = torch.einsum("ij,njhw->nihw", matrix, content) + 0.1
    assert affine_residual(made, content) < 0.25
    assert edge_similarity(content, content) == 1


def test_strokes_are_left_in_levels_of_their_own_height() -> None:
    content = photograph()
    strokes = 0.1 * torch.sign(torch.sin(torch.arange(64) * 1.1))
    left = affine_residual(content + strokes, content)
    assert 10 < left < 26
    assert edge_similarity(content + strokes, content) < 0.5


def test_an_edge_that_moved_is_told() -> None:
    content = photograph()
    assert affine_residual(content.roll(3, dims=3), content) > 2
    assert edge_similarity(content.roll(3, dims=3), content) < 0.9
