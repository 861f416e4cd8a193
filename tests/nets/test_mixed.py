"""Kernels that a style mixes: until something is learnt the base's own, afterwards W + D_0 + sum of a_k D_k."""

import torch

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import MixedNetwork
from allaprima.nets.shape import Shape

SMALL = Shape(8, 8, 16, 1, 1, skip_half=True)


def made(count: int = 2) -> tuple[CompactNetwork, MixedNetwork, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    base = CompactNetwork(SMALL)
    with torch.no_grad():
        base.null_style.normal_()
    return base, MixedNetwork(base, count), torch.rand(2, 3, 48, 64), torch.randn(1920)


@torch.inference_mode()
def test_before_it_has_learnt_anything_it_paints_what_its_base_does() -> None:
    base, mixed, content, code = made()
    with torch.inference_mode():
        for name, differences in zip(mixed.names, mixed.differences, strict=True):
            assert differences.shape == (2, *base.get_parameter(name).shape)
            differences.normal_()
    style = mixed.mixture(code)
    assert torch.allclose(mixed.paint(content, style), base(content, code.expand(2, -1)), atol=1e-5)
    assert torch.allclose(mixed.paint(content, style, style.null), base.reconstruct(content), atol=1e-5)


@torch.inference_mode()
def test_a_style_mixes_the_differences_of_every_layer_by_its_own_coefficients() -> None:
    base, mixed, content, code = made()
    for part in (*mixed.common, *mixed.differences, *mixed.coefficients.parameters()):
        part.normal_(std=0.05)
    style = mixed.mixture(code)
    shares = mixed.coefficients(base.mapping(code)).reshape(-1, 2)
    for index, names in enumerate(mixed.layers.values()):
        for name in names:
            place = mixed.names.index(name)
            wanted = mixed.common[place] + shares[index, 0] * mixed.differences[place][0]
            wanted = wanted + shares[index, 1] * mixed.differences[place][1]
            assert torch.allclose(style.kernels[name], wanted, atol=1e-5)
    held = base.state_dict()
    fitted = CompactNetwork(SMALL)
    fitted.load_state_dict(held | {name: held[name] + kernel for name, kernel in style.kernels.items()})
    assert torch.allclose(mixed.paint(content, style), fitted(content, code.expand(2, -1)), atol=1e-4)
    assert not torch.allclose(mixed.paint(content, style), base(content, code.expand(2, -1)), atol=1e-2)


def test_its_base_does_not_learn() -> None:
    base, mixed, content, code = made()
    mixed.paint(content, mixed.mixture(code)).sum().backward()
    assert all(parameter.grad is None for parameter in base.parameters())
    assert all(parameter.grad is not None for parameter in mixed.common)
