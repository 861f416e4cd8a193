"""Kernels that a style mixes: until something is learnt the base's own, afterwards W + D_0 + sum of a_k D_k."""

import torch
from torch import nn

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import MixedNetwork
from allaprima.nets.mixed_maps import _Replicated
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
    style = mixed.mixture(code)
    assert torch.allclose(mixed.paint(content, style), base(content, code.expand(2, -1)), atol=1e-5)
    assert torch.allclose(mixed.paint(content, style, style.null), base.reconstruct(content), atol=1e-5)


@torch.inference_mode()
def test_a_style_mixes_the_differences_of_every_layer_by_coefficients_of_every_filter() -> None:
    base, mixed, content, code = made()
    for part in (*mixed.common, *mixed.differences, *mixed.coefficients.parameters()):
        part.normal_(std=0.05)
    style = mixed.mixture(code)
    shares = mixed.coefficients(mixed.mapping(code)).reshape(-1, 2)
    start = 0
    for names in mixed.layers.values():
        filters = len(base.get_parameter(names[0]))
        for name in names:
            place = mixed.names.index(name)
            for own in range(filters):
                wanted = mixed.common[place][own] + shares[start + own, 0] * mixed.differences[place][0, own]
                wanted = wanted + shares[start + own, 1] * mixed.differences[place][1, own]
                assert torch.allclose(style.kernels[name][own], wanted, atol=1e-5)
        start += filters
    assert start == len(shares)
    held = base.state_dict()
    fitted = CompactNetwork(SMALL)
    fitted.load_state_dict(held | {name: held[name] + kernel for name, kernel in style.kernels.items()})
    assert torch.allclose(mixed.paint(content, style), fitted(content, code.expand(2, -1)), atol=1e-4)
    assert not torch.allclose(mixed.paint(content, style), base(content, code.expand(2, -1)), atol=1e-2)


def grown(count: int = 2) -> MixedNetwork:
    _, mixed, _, _ = made(count)
    with torch.no_grad():
        for part in (*mixed.common, *mixed.differences):
            part.normal_(std=0.05)
    return mixed


def test_mixing_maps_paints_and_learns_as_mixing_kernels_does() -> None:
    mixed = grown()
    contents, codes, aim = torch.rand(4, 3, 48, 64), torch.randn(2, 1920), torch.rand(4, 3, 48, 64)
    slopes, pictures = [], []
    for paint in (mixed.paint_each, mixed.paint_by_maps):
        mixed.zero_grad()
        picture = paint(contents, mixed.styles(codes))
        (picture - aim).square().mean().backward()
        pictures.append(picture.detach())
        slopes.append({name: value.grad.clone() for name, value in mixed.named_parameters() if value.grad is not None})
    one, other = pictures
    assert torch.allclose(one, other, atol=1e-4)
    assert torch.allclose(one[2:], mixed.paint(contents[2:], mixed.mixture(codes[1])), atol=1e-4)
    assert slopes[0].keys() == slopes[1].keys()
    for name, slope in slopes[0].items():
        assert torch.allclose(slope, slopes[1][name], atol=1e-3 * float(slope.abs().max()) + 1e-7), name


def test_the_border_replicated_and_its_slopes_are_torchs_own() -> None:
    maps = torch.rand(2, 3, 5, 2, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(2, 3, 7, 4, dtype=torch.float64)
    expected = nn.functional.pad(maps, (1, 1, 1, 1), mode="replicate")
    found = _Replicated.apply(maps)
    assert torch.equal(found, expected)
    assert found.is_contiguous(memory_format=torch.channels_last)
    slopes = [torch.autograd.grad((weight * wide).sum(), [maps])[0] for wide in (found, expected)]
    assert torch.allclose(*slopes)


def test_styles_one_after_the_other_paint_as_each_of_them_does() -> None:
    mixed = grown()
    contents, styles = torch.rand(3, 3, 48, 64), mixed.styles(torch.randn(2, 1920))
    both = styles.and_then(styles.first(1).of_the_content())
    assert len(both) == 3
    parts = torch.cat([mixed.paint_by_maps(contents[:2], styles),
                       mixed.paint_by_maps(contents[2:], styles.first(1).of_the_content())])
    assert torch.allclose(mixed.paint_by_maps(contents, both), parts, atol=1e-4)


def test_the_null_rows_go_through_kernels_taken_as_given() -> None:
    mixed = grown()
    contents, codes = torch.rand(2, 3, 48, 64), torch.randn(2, 1920)
    styles = mixed.styles(codes)
    back = mixed.paint_each(contents, styles.of_the_content())
    style = mixed.mixture(codes[0])
    assert torch.allclose(back[:1], mixed.paint(contents[:1], style, style.null), atol=1e-4)
    assert len(styles.first(1)) == 1
    assert not styles.of_the_content().shares.requires_grad


def test_differences_learn_from_the_first_step_on() -> None:
    _, mixed, content, code = made()
    mixed.paint(content, mixed.mixture(code)).square().sum().backward()
    assert all(difference.grad is not None and difference.grad.abs().max() > 0
               for name, difference in zip(mixed.names, mixed.differences, strict=True) if "eighth.0" in name)


def test_its_base_does_not_learn() -> None:
    base, mixed, content, code = made()
    mixed.paint(content, mixed.mixture(code)).sum().backward()
    assert all(parameter.grad is None for parameter in base.parameters())
    assert all(parameter.grad is not None for parameter in mixed.common)
