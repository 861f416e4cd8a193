import torch

from allaprima.engines.adain import which_are_gains
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import gains_and_biases
from allaprima.nets.shape import Shape
from allaprima.train.fit.network import FittedNetwork, row_of
from train.workshop import scene

SMALL = Shape(8, 12, 16, 1, 1, skip_half=True)


def a_network() -> CompactNetwork:
    torch.manual_seed(3)
    return CompactNetwork(SMALL)


def test_a_row_stands_in_the_order_that_painting_reads() -> None:
    gains, biases = gains_and_biases(SMALL)
    marked = torch.zeros(2 * SMALL.channels(), dtype=torch.bool)
    marked[gains] = True
    assert marked.tolist() == which_are_gains(SMALL).tolist()
    assert sorted([*gains.tolist(), *biases.tolist()]) == list(range(2 * SMALL.channels()))


def test_a_fit_starts_as_the_base_paints_the_style() -> None:
    network = a_network()
    code = torch.randn(1920, generator=torch.Generator().manual_seed(1))
    content = scene(0, 64, 64)[None].float() / 255
    with torch.no_grad():
        expected = network(content, code[None])
        painted = FittedNetwork(network, row_of(network, code))(content)
    torch.testing.assert_close(painted.float(), expected, atol=0.05, rtol=0.05)  # bfloat16 where the processor has it


def test_only_kernels_and_the_row_are_free() -> None:
    fitted = FittedNetwork(a_network(), torch.zeros(2 * SMALL.channels()))
    free = {name for name, parameter in fitted.named_parameters() if parameter.requires_grad}
    assert "row" in free
    assert {f"network.{name}" for name in fitted.kernels()} == free - {"row"}
    assert not any("mapping" in name or "modulation" in name for name in free)
    assert {"to_rgb.weight", "to_rgb.bias", "eighth.0.first.convolution.weight", "skip_half.convolution.weight"} <= set(
        fitted.kernels())
