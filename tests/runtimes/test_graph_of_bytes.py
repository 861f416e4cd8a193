"""What is computed in 8 bits from the picture on: the same products as in floats, in another order."""

import numpy as np
import torch
from torch.nn import functional as F

from allaprima.runtimes.calls import Array
from allaprima.runtimes.compiled import core
from allaprima.runtimes.graph_operations import convolution_of_bytes, kernel_of_squares, upsampled_convolution
from allaprima.runtimes.openvino_package import Model, Node, ops


def computed(build, given: Array) -> Array:
    """What a graph of one operation makes of an input."""
    x: Node = ops.parameter(list(given.shape), np.float32, name="x")
    compiled = core().compile_model(Model([build(x)], [x], "one"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled({"x": given})[0])


def test_a_kernel_on_the_picture_does_what_one_on_its_squares_does():
    rng = np.random.default_rng(0)
    weights, picture = (torch.from_numpy(rng.normal(size=size)) for size in ((5, 12, 3, 3), (1, 3, 20, 28)))
    wanted = F.conv2d(F.pixel_unshuffle(picture, 2), weights)
    found = F.conv2d(picture, torch.from_numpy(kernel_of_squares(weights.numpy())), stride=2)
    torch.testing.assert_close(found, wanted)


def test_a_picture_of_bytes_loses_nothing_but_its_weights_rounding():
    rng = np.random.default_rng(0)
    weights = rng.integers(-127, 128, (5, 12, 3, 3)).astype(np.float32) / 127
    weights[:, 0, 0, 0] = 1.0  # the largest of each kernel: all others are whole steps of it
    picture = rng.integers(0, 256, (1, 3, 20, 28)).astype(np.float32)
    bias = rng.normal(size=5).astype(np.float32)
    found = computed(lambda x: convolution_of_bytes(x, weights, bias, 255.0), picture)
    wanted = F.conv2d(F.pixel_unshuffle(torch.from_numpy(picture), 2), torch.from_numpy(weights),
                      torch.from_numpy(bias)).numpy()
    np.testing.assert_allclose(found[:, :, 1:-1, 1:-1], wanted, rtol=1e-3, atol=0.02)


def test_an_upsampling_convolution_in_8_bits_is_nearly_that_in_floats():
    rng = np.random.default_rng(0)
    weights, given = rng.normal(0, 0.1, (8, 64, 3, 3)).astype(np.float32), rng.normal(size=(1, 64, 9, 11))
    small = np.clip(given, -3, 3).astype(np.float32)
    exact, found = (computed(lambda x, reach=reach: upsampled_convolution(x, weights, range_of_input=reach), small)
                    for reach in (None, (-3.0, 3.0)))
    assert found.shape == (1, 8, 18, 22)
    error = float(np.abs(found - exact).mean() / exact.std())
    assert 0 < error < 0.02
