"""What steadiness is measured on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.errors import SourceError
from allaprima.evaluate.takes import takes_in

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for name in ("one", "two"):
        Image.fromarray(random.integers(0, 255, (40, 60, 3), np.uint8)).save(tmp_path / f"{name}.png")
    return tmp_path


def test_a_film_comes_after_clips_that_are_made_of_pictures_where_those_are_asked_for(pictures: Path) -> None:
    film = EXAMPLES / "clip.mp4"
    alone, = takes_in(film, 32, None, 2)
    takes = list(takes_in(film, 32, None, 2, pictures))
    assert (alone.name, alone.exact) == ("clip", False)
    assert [take.exact for take in takes] == [True] * (len(takes) - 1) + [False]
    # Nine exact, ten of far motion, two falls, a film.
    names = [take.name for take in takes]
    assert (names[0], names[9], names[19:]) == ("pan", "pan of 5", ["falling", "falling before flat", "clip"])
    assert {"pan of 20", "zoom of 3 %", "hand", "motion blur", "rolling shutter"} <= {*names}
    assert {take.frames[0].shape[0] for take in takes} == {32}
    assert [take.name for take in takes_in(pictures, 32, 2, 2)] == names[:2]


def test_where_there_is_nothing_to_measure_on_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no pictures"):
        takes_in(tmp_path, 32, None, 2)
