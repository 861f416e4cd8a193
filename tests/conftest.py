"""What several tests need: the shared folder, where it is; small pictures that have structure."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest

import shared_folder


def pytest_configure() -> None:
    """Lets programs that tests start be interrupted, also where the tests run in a shell's background, which is not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data beside the checkout; tests that need it skip where it is not."""
    folder = shared_folder.shared()
    if not folder.is_dir():
        pytest.skip("no shared folder beside the checkout")
    return folder


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A picture (120, 200, 3) of gradients, an edge and a little texture."""
    rows, columns = np.mgrid[0:120, 0:200].astype(np.float32)
    red = 255 * columns / 199
    green = 255 * rows / 119
    blue = 127 + 100 * np.sin(columns / 6) * np.cos(rows / 9)
    picture = np.stack([red, green, blue], axis=-1)
    picture[40:80, 60:120] = (220, 40, 40)
    return picture.clip(0, 255).astype(np.uint8)
