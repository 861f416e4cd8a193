"""What several tests of the live loop need."""

from __future__ import annotations

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
