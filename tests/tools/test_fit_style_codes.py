"""The fit of the distribution that random styles are drawn from."""

import pytest
import torch

from fit_style_codes import fitted


def test_a_factor_of_full_rank_is_the_covariance_and_one_of_less_the_nearest() -> None:
    generator = torch.Generator().manual_seed(0)
    mixing = torch.diag(torch.tensor([5.0, 2.0, 0.1])) @ torch.randn(3, 6, generator=generator)
    codes = torch.randn(400, 3, generator=generator) @ mixing + 3
    covariance = torch.cov(codes.T, correction=0)
    mean, factor, held = fitted(codes, 3)
    torch.testing.assert_close(mean, codes.mean(dim=0))
    torch.testing.assert_close(factor.T @ factor, covariance, rtol=1e-3, atol=1e-3)
    assert held == pytest.approx(1)
    _, factor, held = fitted(codes, 2)
    assert factor.shape == (2, 6)
    assert 0.98 < held < 1
    assert torch.linalg.matrix_norm(factor.T @ factor - covariance) < 0.01 * torch.linalg.matrix_norm(covariance)
