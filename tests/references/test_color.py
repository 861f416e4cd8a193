"""Keeping the content's colours: exact where it can be, and how it gives way where it cannot."""

import pytest
import torch

from references.color import coral, luma, matched, mean_and_covariance, with_luma

RANDOM = torch.Generator().manual_seed(5)
MIX = torch.tensor([[0.20, 0.02, 0.01], [0.05, 0.15, 0.02], [0.00, 0.06, 0.10]], dtype=torch.float64)


def pictures(low: float, high: float) -> torch.Tensor:
    return low + (high - low) * torch.rand((1, 3, 16, 16), generator=RANDOM, dtype=torch.float64)


def test_in_gamut_the_luma_is_the_painted_and_the_chroma_the_contents() -> None:
    content, painted = pictures(0.4, 0.6), pictures(0.35, 0.65)
    result = with_luma(content, painted)
    torch.testing.assert_close(luma(result), luma(painted))
    torch.testing.assert_close(result - luma(result), content - luma(content))


def test_out_of_gamut_luma_and_hue_stay_and_chroma_shrinks_as_little_as_possible() -> None:
    content = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64).view(1, 3, 1, 1)
    painted = torch.full((1, 3, 1, 1), 0.9, dtype=torch.float64)
    result = with_luma(content, painted)
    torch.testing.assert_close(luma(result), luma(painted))
    assert result.amax().item() == pytest.approx(1)
    direction = (result - luma(result)) / (content - luma(content))
    assert direction.std().item() < 1e-9


def test_luma_of_the_content_itself_is_the_content() -> None:
    content = pictures(0, 1)
    torch.testing.assert_close(with_luma(content, content), content)


@pytest.mark.parametrize("method", [matched, coral])
def test_matched_colours_have_the_mean_and_covariance_wanted(method: object) -> None:
    style = MIX @ torch.randn((3, 5000), generator=RANDOM, dtype=torch.float64) + 0.4
    content = MIX.T.flip(0) @ torch.randn((3, 5000), generator=RANDOM, dtype=torch.float64) + 0.6
    mean, covariance = mean_and_covariance(content)
    result = mean_and_covariance(method(style, mean, covariance))  # type: ignore[operator]
    torch.testing.assert_close(result[0], mean)
    torch.testing.assert_close(result[1], covariance, rtol=0, atol=2e-5)


@pytest.mark.parametrize("method", [matched, coral])
def test_a_grey_style_can_be_matched(method: object) -> None:
    style = torch.full((3, 100), 0.5, dtype=torch.float64)
    mean, covariance = mean_and_covariance(torch.rand((3, 100), generator=RANDOM, dtype=torch.float64))
    result = method(style, mean, covariance)  # type: ignore[operator]
    torch.testing.assert_close(result, mean[:, None].expand(3, 100))
