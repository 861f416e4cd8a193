"""Channel statistics and adaptive instance normalisation."""

import torch

from allaprima.functional.statistics import EPSILON, mean_and_deviation, mean_and_variance, pooled_moments
from references.adain import adain


def features(seed: int = 0) -> torch.Tensor:
    return torch.randn(2, 5, 12, 9, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 3 + 1


def test_adain_gives_the_content_the_statistics_of_the_style() -> None:
    mean, deviation = mean_and_deviation(features(1), unbiased=True)
    styled_mean, styled_deviation = mean_and_deviation(adain(features(0), mean, deviation), unbiased=True)
    torch.testing.assert_close(styled_mean, mean)
    torch.testing.assert_close(styled_deviation, deviation, rtol=1e-5, atol=1e-5)


def test_adain_of_a_style_onto_itself_is_identity() -> None:
    x = features()
    torch.testing.assert_close(adain(x, *mean_and_deviation(x, unbiased=True)), x)


def test_strength_zero_leaves_the_content() -> None:
    x = features()
    torch.testing.assert_close(adain(x, *mean_and_deviation(features(1)), strength=0.0), x)


def test_half_strength_is_halfway_between_content_and_style() -> None:
    x, style = features(), mean_and_deviation(features(1), unbiased=True)
    torch.testing.assert_close(adain(x, *style, strength=0.5), (x + adain(x, *style)) / 2)


def test_a_constant_channel_has_the_deviation_of_epsilon_alone() -> None:
    _, deviation = mean_and_deviation(torch.full((1, 1, 8, 8), 3.0))
    torch.testing.assert_close(deviation, torch.full((1, 1, 1, 1), EPSILON**0.5))


def test_statistics_of_half_precision_are_reduced_in_float32() -> None:
    x = torch.full((1, 1, 256, 256), 0.1, dtype=torch.bfloat16)
    mean, variance = mean_and_variance(x)
    assert mean.dtype == torch.float32
    torch.testing.assert_close(mean.item(), x[0, 0, 0, 0].item())
    assert variance.item() < 1e-10


def test_pooled_moments_are_those_of_both_populations_together() -> None:
    first, second = features(0)[:, :, :6], features(0)[:, :, 6:]
    mean, variance = pooled_moments(mean_and_variance(first), mean_and_variance(second), 0.5)
    whole_mean, whole_variance = mean_and_variance(features(0))
    torch.testing.assert_close(mean, whole_mean)
    torch.testing.assert_close(variance, whole_variance)


def test_momentum_one_is_the_own_moments_alone() -> None:
    own, given = mean_and_variance(features(0)), mean_and_variance(features(1))
    for pooled, expected in zip(pooled_moments(own, given, 1.0), own, strict=True):
        torch.testing.assert_close(pooled, expected)
