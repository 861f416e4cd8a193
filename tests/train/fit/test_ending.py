import torch

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.train.fit.ending import null_row, ranges_of
from allaprima.train.fit.network import FittedNetwork
from train.workshop import scene

SMALL = Shape(8, 12, 16, 1, 1, skip_half=True)
CROPS = torch.stack([scene(number, 80, 80) for number in range(2)])


def a_fit() -> FittedNetwork:
    torch.manual_seed(3)
    return FittedNetwork(CompactNetwork(SMALL), torch.randn(2 * SMALL.channels()) / 4)


def test_the_null_row_brings_the_content_nearer_and_moves_no_kernel() -> None:
    fitted = a_fit()
    kernels = {name: value.detach().clone() for name, value in fitted.kernels().items()}
    found = null_row(fitted, CROPS, 1, steps=20)
    content = CROPS.float() / 255
    with torch.no_grad():
        before, after = ((fitted(content, row).float() - content).abs().mean() for row in (fitted.null_row(), found))
    assert after < 0.9 * before
    assert all(torch.equal(value, kernels[name]) for name, value in fitted.kernels().items())


def test_ranges_hold_the_style_and_the_way_to_the_content() -> None:
    fitted = a_fit()
    ranges = ranges_of(fitted, fitted.null_row(), CROPS)
    assert {"to_half", "to_rgb", "eighth.0.first"} <= set(ranges)
    assert all(low < high for low, high in ranges.values())
