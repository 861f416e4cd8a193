"""The tool that measures fits: what it tells of rows, and that a fit which was stopped is none."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

import measure_fits
from allaprima.evaluate.judge import Judge
from allaprima.train.fit.job import FitPlan
from allaprima.train.fit.settings import FitObjective
from measure_fits import MEASURES, Bench, table


def row(value: float, **others: float) -> dict[str, float]:
    return dict.fromkeys(MEASURES, value) | others


def test_rows_are_told_as_multiples_of_published_adains_and_their_means_over_what_both_have_painted() -> None:
    rows = {"256 starry reference": row(2.0), "256 mosaic reference": row(4.0),
            "256 starry 60": row(1.0, fit_minutes=0.5),
            "256 mosaic 60": row(4.0, fit_minutes=0.7), "256 woodcut 60": row(9.0), "400 starry 60 @0.9": row(3.0)}
    told = list(table(rows))
    (mean,) = [line for line in told if "mean of 2" in line and " 60 " in line]
    assert "style x 0.750" in mean
    assert mean.endswith("0.6 minutes")
    assert any("mosaic" in line and "style 4.000 (1.00)" in line for line in told)
    assert not any("woodcut" in line for line in told)


def test_a_fit_that_was_stopped_is_not_measured_as_one_of_all_its_steps(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench((), 64, "balanced", tmp_path, cast(Judge, SimpleNamespace()))
    monkeypatch.setattr(measure_fits, "planned", lambda request: FitPlan((), (), tmp_path, FitObjective()))
    monkeypatch.setattr(measure_fits, "folder_of", lambda request, plan: tmp_path / "nowhere")
    monkeypatch.setattr(measure_fits, "fitted_style", lambda *asked: (SimpleNamespace(), False))
    with pytest.raises(SystemExit, match="goes on"):
        bench.fit(tmp_path / "art.jpg", 60)
    assert list(tmp_path.iterdir()) == []
