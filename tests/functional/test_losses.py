"""Losses against values that can be worked out by hand, and their gradients against finite differences."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from allaprima.functional import losses


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(7)


def features(generator: torch.Generator, channels: int = 4, size: int = 5) -> Tensor:
    return torch.randn(2, channels, size, size + 1, dtype=torch.float64, generator=generator)


def rotated(angle: float, first: float, second: float) -> Tensor:
    turn = torch.tensor([[angle, -1.0], [1.0, angle]], dtype=torch.float64) / (1 + angle**2) ** 0.5
    return turn @ torch.diag(torch.tensor([first, second], dtype=torch.float64)) @ turn.T


def test_content_loss_is_the_mean_square_of_a_shift() -> None:
    content = torch.zeros(3, 4, 2, 2)
    shifted = content + torch.tensor([1.0, 2.0, 3.0])[:, None, None, None]
    assert losses.content_loss(shifted, content).tolist() == [1.0, 4.0, 9.0]


def test_style_loss_adds_the_errors_of_means_and_of_deviations(generator: torch.Generator) -> None:
    style = features(generator)
    changed = 2 * (style - style.mean((2, 3), keepdim=True)) + style.mean((2, 3), keepdim=True) + 3
    deviations = style.var((2, 3), unbiased=False).sqrt()
    loss = losses.style_loss([losses.statistics_row(changed)], [losses.statistics_row(style)])
    torch.testing.assert_close(loss, 9 + deviations.square().mean(1), rtol=1e-4, atol=0)


def test_style_loss_does_not_see_where_things_stand(generator: torch.Generator) -> None:
    style = features(generator)
    rows = losses.statistics_row(style), losses.statistics_row(style.flip(3))
    assert losses.style_loss(rows[:1], rows[1:]).max() < 1e-12


def test_gram_of_known_features() -> None:
    known = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert losses.gram(known).tolist() == [[[2.5, 5.5], [5.5, 12.5]]]
    assert losses.gram_loss(losses.gram(known), torch.zeros(1, 2, 2)).item() == (2.5**2 + 2 * 5.5**2 + 12.5**2) / 4


@pytest.mark.parametrize("root_of", [losses.eigen_root, losses.newton_schulz_root])
def test_wasserstein_distance_of_known_gaussians(root_of: losses.Root) -> None:
    """Gaussians of one set of axes: the squared distance adds those of the means and of the deviations."""
    ours, theirs = rotated(0.4, 4.0, 1.0)[None], rotated(0.4, 9.0, 0.25)[None]
    mean, other = torch.tensor([[1.0, 2.0]], dtype=torch.float64), torch.tensor([[3.0, 1.0]], dtype=torch.float64)
    target = losses.gaussian(other, theirs + other.mT @ other, root_of)
    loss = losses.wasserstein_loss(mean, ours + mean.mT @ mean, target, root_of)
    assert loss.item() == pytest.approx((4 + 1 + (2 - 3) ** 2 + (1 - 0.5) ** 2) / 2, rel=1e-3)


def test_wasserstein_distance_to_itself_is_nothing_and_is_symmetric(generator: torch.Generator) -> None:
    one, two = (features(generator, 6, 8) for _ in range(2))
    moments = [(losses.channel_means(x), losses.gram(x)) for x in (one, two)]
    there = losses.wasserstein_loss(*moments[0], losses.gaussian(*moments[1]))
    back = losses.wasserstein_loss(*moments[1], losses.gaussian(*moments[0]))
    torch.testing.assert_close(there, back)
    assert losses.wasserstein_loss(*moments[0], losses.gaussian(*moments[0])).abs().max() < 1e-9
    assert there.min() > 1e-3


def test_roots_and_inverse_roots_are_what_they_say(generator: torch.Generator) -> None:
    x = features(generator, 4, 8)
    matrices = losses.covariance(losses.channel_means(x), losses.gram(x))
    for root_of in (losses.eigen_root, losses.newton_schulz_root):
        root, inverse = root_of(matrices)
        torch.testing.assert_close(root @ root, matrices)
        torch.testing.assert_close(root @ inverse, torch.eye(4, dtype=root.dtype).expand(2, 4, 4))


def test_total_variation_of_a_checkerboard_counts_its_sides_and_not_its_diagonals() -> None:
    rows, columns = torch.meshgrid(torch.arange(6), torch.arange(8), indexing="ij")
    board = ((rows + columns) % 2).double()[None, None]
    assert losses.total_variation(board, "circular").item() == pytest.approx(2 / 3 * 2)
    stripes = (columns % 2).double()[None, None]
    assert losses.total_variation(stripes, "circular").item() == pytest.approx(2 / 3 + 2 / 6)


def test_total_variation_of_a_ramp_is_the_same_in_every_direction() -> None:
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")

    def inside(ramp: Tensor) -> float:
        return losses.total_variation(ramp[None, None]).item()

    assert inside(columns) == pytest.approx(inside(rows), rel=0.02)
    assert inside((rows + columns) / 2**0.5) == pytest.approx(inside(rows), rel=0.02)
    assert inside(torch.full((64, 64), 0.3)) == 0


def test_overshoot_is_the_mean_way_out_of_range() -> None:
    pictures = torch.tensor([0.5, 1.5, -0.25, 1.0]).reshape(1, 1, 2, 2)
    assert losses.overshoot(pictures).item() == pytest.approx((0.5 + 0.25) / 4)


def test_ssim_of_equal_pictures_is_one_and_of_a_brighter_flat_one_is_wangs_luminance_term() -> None:
    dark, bright = torch.full((1, 3, 16, 16), 100 / 255), torch.full((1, 3, 16, 16), 120 / 255)
    assert losses.ssim(dark, dark).item() == pytest.approx(1)
    c1 = (0.01 * 255) ** 2
    assert losses.ssim(dark, bright).item() == pytest.approx((2 * 100 * 120 + c1) / (100**2 + 120**2 + c1), rel=1e-4)


def test_ssim_falls_with_noise(generator: torch.Generator) -> None:
    picture = torch.rand(1, 3, 48, 48, generator=generator)
    noise = torch.randn(1, 3, 48, 48, generator=generator)
    values = [losses.ssim(picture, picture + amount * noise).item() for amount in (0.02, 0.1, 0.4)]
    assert 1 > values[0] > values[1] > values[2] > 0


def wasserstein(x: Tensor, y: Tensor) -> Tensor:
    target = losses.gaussian(losses.channel_means(y), losses.gram(y))
    return losses.wasserstein_loss(losses.channel_means(x), losses.gram(x), target)


def wasserstein_by_products(x: Tensor, y: Tensor) -> Tensor:
    target = losses.gaussian(losses.channel_means(y), losses.gram(y), losses.newton_schulz_root)
    return losses.wasserstein_loss(losses.channel_means(x), losses.gram(x), target, losses.newton_schulz_root)


def under_masks(x: Tensor, y: Tensor) -> Tensor:
    """Two parts of the first picture against two parts of the second, by soft masks."""
    shape = (2, 1, *x.shape[2:])
    masks = torch.linspace(0.05, 1, 2 * x.shape[2] * x.shape[3], dtype=x.dtype).reshape(shape)
    target = losses.gaussian(*losses.masked_moments(y[:1], masks))
    return losses.wasserstein_loss(*losses.masked_moments(x[:1], masks), target)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "content": losses.content_loss,
    "style": lambda x, y: losses.style_loss([losses.statistics_row(x)], [losses.statistics_row(y)]),
    "gram": lambda x, y: losses.gram_loss(losses.gram(x), losses.gram(y)),
    "wasserstein": wasserstein,
    "wasserstein by products": wasserstein_by_products,
    "wasserstein under masks": under_masks,
    "total variation": lambda x, y: losses.total_variation(x),
    "total variation of a tile": lambda x, y: losses.total_variation(x, "circular"),
    "overshoot": lambda x, y: losses.overshoot(x),
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_agree_with_finite_differences(name: str, generator: torch.Generator) -> None:
    x, y = features(generator, 3, 4).requires_grad_(), features(generator, 3, 4)
    assert torch.autograd.gradcheck(lambda x: LOSSES[name](x, y), (x,))
