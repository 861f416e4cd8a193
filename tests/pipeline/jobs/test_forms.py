"""Films, sequences and tasks of a farm are taken up in the form that they were begun in, whatever the process would do.

Which form it is, is asked where motion is found and pictures are laid; what works then is OpenCV's, which is quicker
than the loops as Python.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.config import SequenceOptions, VideoOptions
from allaprima.engines import Look
from allaprima.errors import Interrupted, OptionError
from allaprima.farm.painting import Painting
from allaprima.farm.planning import planned
from allaprima.farm.worker import Worker
from allaprima.loops import forms, readiness
from allaprima.pipeline.jobs import film_work
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.jobs.sequences import paint_sequence
from allaprima.temporal import flow, laying, outlines
from farm.scenes import write_film, write_sequence
from pipeline.stylizers.test_state import STYLE, Inverting

SHOTS = (14, 6)
LOOK = Look(STYLE)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[bool]:
    """The forms that were used since it was cleared, by whichever thread."""
    used: set[bool] = set()

    def recorded() -> bool:
        used.add(readiness.loops_are_ready())
        return False

    for module in (flow, laying, outlines):
        monkeypatch.setattr(module, "loops_are_ready", recorded)
    monkeypatch.setattr(forms, "require_loops", lambda output: None)
    monkeypatch.setattr(film_work, "SEGMENT_FRAMES", 6)
    return used


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Says whether this process would use loops from now on."""
    return lambda whether: monkeypatch.setattr(readiness, "_decided", lambda: whether)


def stopping(after: int) -> Callable[[], bool]:
    calls = iter(range(1000))
    return lambda: next(calls) >= after


@pytest.mark.parametrize("begun", [True, False])
def test_a_film_is_resumed_in_the_form_that_it_was_begun_in(tmp_path: Path, asked: set[bool],
                                                           ready: Callable[[bool], None], begun: bool) -> None:
    film, output = write_film(tmp_path / "in.mp4", SHOTS), tmp_path / "out.mp4"
    ready(begun)
    with pytest.raises(Interrupted):
        paint_film(film, output, Inverting(), LOOK, VideoOptions(batch_size=2), should_stop=stopping(5))
    assert asked == {begun}
    asked.clear()
    ready(not begun)
    report = paint_film(film, output, Inverting(), LOOK, VideoOptions(batch_size=2, resume=True))
    assert report.sink.frames_resumed > 0
    assert asked == {begun}
    assert paint_film(film, output, Inverting(), LOOK, VideoOptions(resume=True)).done_before


def test_a_sequence_is_resumed_in_the_form_that_it_was_begun_in(tmp_path: Path, asked: set[bool],
                                                               ready: Callable[[bool], None]) -> None:
    frames, output = write_sequence(tmp_path / "in", (9,)), tmp_path / "out.####.png"
    ready(True)
    paint_sequence(frames, output, Inverting(), LOOK, SequenceOptions())
    rendered = sorted(tmp_path.glob("out.*.png"))
    rendered[5].unlink()
    ready(False)
    asked.clear()
    assert paint_sequence(frames, output, Inverting(), LOOK, SequenceOptions(resume=True)).rendered == 1
    paint_sequence(frames, output, Inverting(), LOOK, SequenceOptions(frames=range(1001, 1005), overwrite=True))
    assert asked == {True}
    asked.clear()
    paint_sequence(frames, output, Inverting(), LOOK, SequenceOptions(overwrite=True))
    assert asked == {False}


@pytest.mark.parametrize("numbered", [False, True])
def test_a_worker_uses_the_form_of_the_plan(tmp_path: Path, asked: set[bool], ready: Callable[[bool], None],
                                            monkeypatch: pytest.MonkeyPatch, numbered: bool) -> None:
    path = write_sequence(tmp_path / "in", SHOTS) if numbered else write_film(tmp_path / "in.mp4", SHOTS)
    output = tmp_path / ("out.####.png" if numbered else "out.mp4")
    ready(True)
    plan = planned(Painting(), {path: output}, VideoOptions(), SequenceOptions(), Inverting(), LOOK)
    ready(False)
    Worker(plan, (Inverting(), LOOK)).run(0)
    assert asked == {True}
    monkeypatch.undo()
    if len(plan.tasks) > 1:
        with pytest.raises(OptionError, match="compiled loops"):  # which the tests' own processes may not use
            Worker(plan, (Inverting(), LOOK)).run(1)


def test_what_is_not_held_steady_does_not_care(tmp_path: Path, ready: Callable[[bool], None]) -> None:
    Image.fromarray(np.zeros((32, 48, 3), np.uint8)).save(tmp_path / "in.0001.png")
    ready(True)
    paint_sequence(tmp_path / "in.####.png", tmp_path / "out.####.png", Inverting(), LOOK,
                   SequenceOptions(temporal="off"))
    assert forms.COMPILED not in (tmp_path / "out.####.png.jsonl").read_text()
