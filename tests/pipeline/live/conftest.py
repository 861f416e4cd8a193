"""What several tests of the live loop need."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image


@pytest.fixture
def styles(tmp_path: Path) -> Path:
    """A folder of three flat pictures whose level is what the engine adds."""
    folder = tmp_path / "styles"
    folder.mkdir()
    for name, level in (("a", 0), ("b", 40), ("c", 80)):
        write_image(folder / f"{name}.png", Picture(np.full((32, 32, 3), level, np.uint8)))
    return folder


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Every run ends the threads that it began."""
    before = set(threading.enumerate())
    yield
    assert not set(threading.enumerate()) - before
