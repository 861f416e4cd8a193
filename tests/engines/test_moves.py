"""By what styles were refined: found once, kept in the cache by what it was made from, found anew where it is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allaprima.engines.looks import UNITS
from allaprima.engines.moves import Moves

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
START = np.zeros(UNITS, np.float32)


class Counted:
    """Moves by counting: the first picture's units by ones, the next one's by twos."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, pieces: list[np.ndarray], units: np.ndarray) -> np.ndarray:
        assert pieces[0].dtype == np.float32
        assert units is START
        self.calls += 1
        return np.full(UNITS, self.calls, np.float32)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    return tmp_path


def first(moves: Moves, picture: np.ndarray = PICTURE, size: float = 32) -> float:
    return float(moves.of(picture, "art", size, START)[0])


def test_a_move_is_found_once_and_known_in_the_next_run(cache: Path) -> None:
    counted = Counted()
    here, told = Moves("k" * 64, counted), list[str]()
    here.on_find = told.append
    assert [first(here), first(here), first(Moves("k" * 64, counted))] == [1, 1, 1]
    assert counted.calls == 1
    assert told == ["art"]
    [file] = (cache / "refined").iterdir()
    assert file.stat().st_size < 1300


def test_another_picture_size_or_network_is_another_style(cache: Path) -> None:
    counted = Counted()
    here = Moves("k" * 64, counted)
    assert [first(here), first(here, PICTURE[:, ::-1]), first(here, PICTURE[:, :50])] == [1, 2, 3]
    assert first(here, size=36) == 4
    assert first(Moves("o" * 64, counted)) == 5


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"no numbers", np.zeros(3, np.float32).tobytes()])
def test_a_damaged_file_is_found_anew(cache: Path, content: bytes) -> None:
    counted = Counted()
    first(Moves("k" * 64, counted))
    [file] = (cache / "refined").iterdir()
    file.write_bytes(content)
    assert first(Moves("k" * 64, counted)) == 2
    assert first(Moves("k" * 64, counted)) == 2


def test_a_move_that_is_not_finite_is_found_anew(cache: Path) -> None:
    counted = Counted()
    first(Moves("k" * 64, counted))
    [file] = (cache / "refined").iterdir()
    np.save(file, np.full(UNITS, np.nan, np.float32))
    assert first(Moves("k" * 64, counted)) == 2


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))
    assert first(Moves("k" * 64, Counted())) == 1
