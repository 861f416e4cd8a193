"""A run keeps to the form that it was begun in, in the threads that it starts too; what cannot be had is refused."""

from pathlib import Path

import pytest

from allaprima.errors import OptionError
from allaprima.io.film.marks import run_name
from allaprima.loops import forms, readiness


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Loops may be compiled here, and are not yet."""
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    monkeypatch.delenv(readiness.SWITCH, raising=False)
    monkeypatch.setattr(readiness, "compile_loops", lambda: True)
    mark = readiness.mark_of_loops()
    assert mark is not None
    return mark


@pytest.mark.parametrize("ready", [True, False])
def test_the_form_of_a_run_goes_before_that_of_its_process(allowed: Path, monkeypatch: pytest.MonkeyPatch,
                                                           ready: bool) -> None:
    monkeypatch.setattr(readiness, "_decided", lambda: ready)
    for by_loops in (True, False):
        with forms.kept_to(by_loops, Path("out.mp4")):
            assert readiness.loops_are_ready() is by_loops
    assert readiness.loops_are_ready() is ready


def test_who_takes_a_run_up_waits_for_its_loops(allowed: Path) -> None:
    assert not allowed.exists()
    with forms.kept_to(True, Path("out.mp4")):
        assert allowed.exists()


def test_loops_that_cannot_be_had_are_refused_with_the_remedy(allowed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> tuple[str, str]:
        with pytest.raises(OptionError, match=r"out\.mp4 was begun with compiled loops") as error, \
                forms.kept_to(True, Path("out.mp4")):
            pass
        return str(error.value), error.value.hint or ""

    with monkeypatch.context() as broken:
        broken.setattr(readiness, "compile_loops", lambda: False)
        assert "cannot be compiled here" in refused()[0]
    with monkeypatch.context() as off:
        off.setenv(readiness.SWITCH, "off")
        assert "leave out ALLAPRIMA_LOOPS=off" in refused()[1]
    monkeypatch.setattr(forms, "mark_of_loops", lambda: None)
    assert "pip install numba" in refused()[1]


def test_records_of_before_mean_the_form_by_opencv() -> None:
    assert not forms.recorded_form({"temporal": "fast"})
    assert forms.settings_of_form(False) == {}
    assert forms.recorded_form(forms.settings_of_form(True))


def test_a_finished_film_is_the_one_asked_for_in_either_form() -> None:
    assert run_name({"style": "a", **forms.settings_of_form(True)}) == run_name({"style": "a"}) != run_name({})
