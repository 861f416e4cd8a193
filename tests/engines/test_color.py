"""The fast colours against their reference in torch, over all types of pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from allaprima.engines.color import LUMA, Palette, palette_of, pooled, recolored, with_luma
from references import color as reference

TYPES = ((np.uint8, 255), (np.uint16, 65535), (np.float32, 1))


def as_type(picture: np.ndarray, dtype: type, full: int) -> np.ndarray:
    return picture.astype(np.float32) / 255 if full == 1 else (picture.astype(dtype) * (full // 255))


@pytest.mark.parametrize(("dtype", "full"), TYPES)
def test_luminance_equals_the_reference(photo: np.ndarray, dtype: type, full: int) -> None:
    content, painted = as_type(photo, dtype, full), as_type(photo[::-1, :, ::-1].copy(), dtype, full)
    tensors = [torch.from_numpy(part.astype(np.float64) / full).permute(2, 0, 1)[None] for part in (content, painted)]
    expected = reference.with_luma(*tensors)[0].permute(1, 2, 0).numpy() * full
    result = with_luma(content, painted)
    assert result.dtype == content.dtype
    assert np.abs(result.astype(np.float64) - expected).max() <= (0.51 if full > 1 else 1e-6)


def test_luminance_keeps_the_chroma_within_rounding_where_in_gamut(photo: np.ndarray) -> None:
    content = photo // 3 + 80
    painted = (photo[::-1].astype(int) // 4 + 90).astype(np.uint8)
    result = with_luma(content, painted).astype(float)
    chroma = [part - (part @ np.array(LUMA))[..., None] for part in (result, content.astype(float))]
    assert result.min() > 0
    assert result.max() < 255
    assert np.abs(chroma[0] - chroma[1]).max() <= 1


@pytest.mark.parametrize("method", ["histogram", "coral"])
def test_recoloured_styles_equal_the_reference_and_have_the_contents_palette(photo: np.ndarray, method: str) -> None:
    style = np.random.default_rng(2).normal(0.5, 0.05, (100, 120, 3)).astype(np.float32)
    style[..., 1] = 0.7 * style[..., 0] + 0.3 * style[..., 1]
    wanted = palette_of(photo // 6 + 110)
    result = recolored(style, wanted, method)  # type: ignore[arg-type]
    of_torch = {"histogram": reference.matched, "coral": reference.coral}[method]
    expected = of_torch(torch.from_numpy(style.reshape(-1, 3).T.astype(np.float64)), torch.from_numpy(wanted.mean),
                        torch.from_numpy(wanted.covariance)).clamp(0, 1).T.reshape(style.shape)
    np.testing.assert_allclose(result, expected.numpy(), atol=1e-5)
    assert 0 < result.min() < result.max() < 1  # nothing was cut off
    np.testing.assert_allclose(palette_of(result).mean, wanted.mean, atol=1e-4)
    np.testing.assert_allclose(palette_of(result).covariance, wanted.covariance, atol=1e-4)


def test_pooled_palettes_are_the_palette_of_all_pixels(photo: np.ndarray) -> None:
    parts = [palette_of(photo[:40]), palette_of(photo[40:])]
    whole, together = palette_of(photo), pooled(parts)
    np.testing.assert_allclose(together.mean, whole.mean)
    np.testing.assert_allclose(together.covariance, whole.covariance)
    assert together.pixels == whole.pixels


def test_a_large_picture_is_sampled_and_not_averaged() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1200, 1000, 3), np.uint8)
    palette = palette_of(noise)
    assert palette.pixels < 400_000
    np.testing.assert_allclose(palette.covariance, np.eye(3) / 12, atol=2e-3)


def test_flat_contents_and_styles_can_be_matched() -> None:
    flat = Palette(np.array([0.2, 0.4, 0.6]), np.zeros((3, 3)), 100)
    result = recolored(np.full((20, 20, 3), 130, np.uint8), flat, "histogram")
    np.testing.assert_allclose(result, np.broadcast_to([0.2, 0.4, 0.6], result.shape), atol=1e-5)
