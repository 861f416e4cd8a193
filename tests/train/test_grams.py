"""Gram matrices with a gradient of their own, against the plain formula's."""

import pytest
import torch

from allaprima.functional.losses import gram
from allaprima.train.grams import grams_of


@pytest.mark.parametrize("size", [(8, 6), (5, 3)])
def test_gram_matrices_and_their_gradients_are_those_of_the_plain_formula(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    features = torch.rand(2, 7, *size, dtype=torch.float64, requires_grad=True)
    wanted = torch.rand(2, 7, 7, dtype=torch.float64)
    found = []
    for formula in (grams_of, gram):
        loss = (formula(features) - wanted).square().sum()
        found.append((loss.detach(), torch.autograd.grad(loss, features)[0]))
    torch.testing.assert_close(found[0][0].double(), found[1][0], rtol=1e-5, atol=0)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=1e-5, atol=1e-6)


def test_gradients_keep_the_layout_of_the_features() -> None:
    features = torch.rand(1, 8, 16, 16).contiguous(memory_format=torch.channels_last).requires_grad_(True)
    slope = torch.autograd.grad(grams_of(features).sum(), features)[0]
    assert slope.is_contiguous(memory_format=torch.channels_last)
