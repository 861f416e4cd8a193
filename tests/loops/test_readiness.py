"""Loops are used where they are compiled; where they are not, that is begun once, and nobody waits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from allaprima.loops import readiness

FILM = """
import numpy as np
from allaprima.loops import readiness
from allaprima.temporal.blend import Stabilizer

mark = readiness.mark_of_loops()
assert readiness.compile_and_mark(mark) and mark.exists()
assert readiness.loops_are_ready()
rng = np.random.default_rng(0)
scene, strokes = (np.repeat(np.repeat(rng.integers(0, 256, (16, 30, 3), np.uint8), 8, 0), 8, 1) for _ in range(2))
films = []
for ready in (True, False):
    readiness._decided = lambda: ready
    state, shown = None, []
    for frame in range(3):
        here = np.s_[:96, 2 * frame:2 * frame + 160]
        content, painted = np.ascontiguousarray(scene[here]), np.ascontiguousarray(strokes[here])
        picture, state = Stabilizer().steadied(content, painted, state)
        shown.append(picture)
    films.append(np.stack(shown).astype(int))
assert (films[0] != films[1]).any() and abs(films[0] - films[1]).mean() < 1, abs(films[0] - films[1]).mean()
"""


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What is begun beside; nothing is known of the loops yet."""
    times: list[str] = []
    monkeypatch.setattr(readiness, "begin", lambda: times.append("begun"))
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    monkeypatch.delenv(readiness.SWITCH, raising=False)
    readiness._decided.cache_clear()
    yield times
    readiness._decided.cache_clear()


def test_loops_that_are_not_compiled_are_begun_once_and_not_waited_for(begun: list[str]) -> None:
    assert not readiness.loops_are_ready()
    readiness._decided.cache_clear()
    assert not readiness.loops_are_ready()
    assert begun == ["begun"]


def test_what_was_ended_before_it_was_done_is_begun_again(begun: list[str]) -> None:
    readiness.loops_are_ready()
    mark = readiness.mark_of_loops()
    assert mark is not None
    os.utime(mark.with_suffix(".begun"), (0, 0))
    readiness._decided.cache_clear()
    assert not readiness.loops_are_ready()
    assert len(begun) == 2


def test_compiled_loops_are_used(begun: list[str]) -> None:
    mark = readiness.mark_of_loops()
    assert mark is not None
    assert readiness.compile_and_mark(mark)
    assert readiness.loops_are_ready()
    assert not begun


def test_a_process_keeps_to_one_form(begun: list[str]) -> None:
    assert not readiness.loops_are_ready()
    mark = readiness.mark_of_loops()
    assert mark is not None
    mark.touch()
    assert not readiness.loops_are_ready()


def test_who_measures_waits_for_them(begun: list[str]) -> None:
    assert "not compiled yet" in readiness.state_of_loops()
    assert readiness.made_ready()
    assert readiness.state_of_loops() == "compiled"
    assert not begun


def test_they_can_be_switched_off(begun: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(readiness.SWITCH, "off")
    assert not readiness.loops_are_ready()
    assert not begun


def test_without_numba_everything_is_as_before(begun: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise readiness.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(readiness.importlib.metadata, "version", missing)
    assert not readiness.loops_are_ready()
    assert not begun


def test_another_processor_has_loops_of_its_own(tmp_path: Path) -> None:
    described = []
    for flags in ("avx2", "avx2 avx512f"):
        (tmp_path / "cpuinfo").write_text(f"processor: 0\nmodel name: P\nflags: {flags}\ncpu MHz: 1\n")
        described.append(readiness.processor(tmp_path / "cpuinfo"))
    assert described[0] != described[1]
    assert "MHz" not in described[0]


def test_loops_compile_and_hold_a_film_as_steady_as_their_references_do(tmp_path: Path) -> None:
    """In a process of its own, since all other tests run them as Python."""
    others = {key: value for key, value in os.environ.items() if key not in (readiness.SWITCH, "NUMBA_DISABLE_JIT")}
    surroundings = others | {"ALLAPRIMA_CACHE": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    done = subprocess.run([sys.executable, "-c", FILM], env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_numba_that_refuses_the_loops_leaves_everything_to_opencv(monkeypatch: pytest.MonkeyPatch,
                                                                     tmp_path: Path) -> None:
    from numba.core.errors import TypingError

    from allaprima.loops import warming

    def refuse() -> None:
        raise TypingError("no such function")

    monkeypatch.setattr(warming, "call_all", refuse)
    assert not readiness.compile_loops()
    assert not readiness.compile_and_mark(tmp_path / "mark")
    assert not (tmp_path / "mark").exists()
