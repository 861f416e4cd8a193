"""Style pictures of any shape and size are measured in bounded parts, whose moments are those of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.engines import encoding
from allaprima.engines.encoding import AT_ONCE, MOST, at_work, style_of, together
from allaprima.engines.looks import CODE_LENGTH, LAYER_CHANNELS
from allaprima.errors import OptionError

RNG = np.random.default_rng(3)


def colours(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stands for an encoder: the moments of a picture's colours, over and over, for every layer."""
    values = picture.reshape(-1, 3).astype(np.float64)
    moments = np.concatenate([np.resize(part, channels) for channels in LAYER_CHANNELS
                              for part in (values.mean(axis=0), values.std(axis=0))])
    return moments.astype(np.float32)


def test_moments_of_parts_put_together_are_those_of_the_whole() -> None:
    values = [RNG.normal(size, 1 + size, (40 * size, CODE_LENGTH // 2)) for size in (1, 2, 3)]

    def code(features: NDArray[np.float64]) -> NDArray[np.float32]:
        parts = np.split(features, np.cumsum(LAYER_CHANNELS)[:-1], axis=1)
        return np.concatenate([part for layer in parts for part in (layer.mean(axis=0), layer.std(axis=0))]
                              ).astype(np.float32)

    whole = together([code(part) for part in values], [(len(part),) * 4 for part in values])
    assert np.allclose(whole, code(np.concatenate(values)), atol=1e-5)


def test_a_picture_of_usual_size_is_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = RNG.integers(0, 255, (60, 90, 3), np.uint8)
    assert [part.shape for part in at_work(picture, "art", 256)] == [(256, 384, 3)]
    whole = style_of(picture, "art", colours, "hash", 60)
    monkeypatch.setattr(encoding, "AT_ONCE", 1000)
    assert len(at_work(picture, "art", 60)) > 5
    parts = style_of(picture, "art", colours, "hash", 60)
    assert np.allclose(parts.code, whole.code, atol=1e-6)
    assert parts.pixels[0] == whole.pixels[0]


@pytest.mark.parametrize("shape", [(16, 20000, 3), (20000, 16, 3)])
@pytest.mark.parametrize("shorter_side", [256, 4096])
def test_a_strip_is_looked_at_in_squares_of_bounded_size(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int],
                                                        shorter_side: int) -> None:
    seen = []
    monkeypatch.setattr(encoding, "scaled", lambda part, scale: seen.append(
        part.shape[0] * part.shape[1] * scale ** 2) or np.zeros((16, 16, 3), np.float32))
    style_of(RNG.integers(0, 255, shape, np.uint8), "strip", colours, "hash", shorter_side)
    assert len(seen) >= 8
    assert max(seen) <= 1.01 * AT_ONCE
    assert sum(seen) <= 1.01 * MOST


def test_squares_of_a_strip_are_spread_over_all_of_it() -> None:
    picture = np.zeros((16, 16 * 100, 3), np.uint8)
    picture[:, :, 0] = np.linspace(0, 255, 1600).astype(np.uint8)
    found = style_of(picture, "strip", colours, "hash", 16)
    whole = colours((picture / 255).astype(np.float32))
    assert found.code[0] == pytest.approx(whole[0], abs=0.01)
    assert found.code[64] == pytest.approx(whole[64], abs=0.06)


def test_a_picture_without_texture_is_still_refused() -> None:
    with pytest.raises(OptionError, match="too small"):
        style_of(np.zeros((15, 4000, 3), np.uint8), "line", colours, "hash", 256)
