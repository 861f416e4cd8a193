"""Results that repeat: no step where a tile ends and begins anew."""

import numpy as np
import pytest

from allaprima.engines import Engine, Look, engine_for
from allaprima.errors import OptionError
from allaprima.pipeline.jobs.seamless import stylized_seamless
from allaprima.runtimes.pytorch import TorchRuntime


@pytest.fixture(scope="module")
def engine() -> Engine:
    return engine_for("balanced", TorchRuntime())


@pytest.fixture(scope="module")
def tile() -> np.ndarray:
    """A picture (64, 96, 3) that repeats without a seam."""
    rows, columns = np.mgrid[0:64, 0:96] * (2 * np.pi / np.array([64, 96])[:, None, None])
    waves = np.stack([np.sin(2 * rows + columns), np.cos(3 * columns), np.sin(rows) * np.cos(columns)], axis=-1)
    return (127.5 + 100 * waves).clip(0, 255).astype(np.uint8)


def seam(picture: np.ndarray) -> float:
    """The mean step across the seams, over the mean step inside."""
    wide = picture.astype(float)
    across = np.abs(wide[:, 0] - wide[:, -1]).mean() + np.abs(wide[0] - wide[-1]).mean()
    return across / (np.abs(np.diff(wide, axis=1)).mean() + np.abs(np.diff(wide, axis=0)).mean())


def test_a_tile_stays_a_tile(engine: Engine, tile: np.ndarray, photo: np.ndarray) -> None:
    look = Look(engine.encode(photo, "photo"))
    plain, _ = engine.stylize(tile[None], [look])
    assert seam(plain[0]) > 1.5
    assert seam(stylized_seamless(engine, tile[None], [look])[0]) < 1.2


def test_a_size_that_cannot_repeat_is_refused_with_one_that_can(engine: Engine, photo: np.ndarray) -> None:
    look = Look(engine.encode(photo, "photo"))
    with pytest.raises(OptionError, match="multiples of 8") as caught:
        stylized_seamless(engine, photo[None, :100, :61], [look])
    assert caught.value.hint == "--size 64x96"
