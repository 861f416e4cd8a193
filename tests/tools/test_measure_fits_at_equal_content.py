"""The tool that holds fits against Gatys: the strength at which both are as far from the content, and what it tells."""

from types import SimpleNamespace
from typing import cast

import pytest

import measure_fits_at_equal_content as tool
from allaprima.engines import Engine, Look, Style
from allaprima.evaluate.judge import Judge, Seen, StyleTarget
from allaprima.evaluate.pictures import Sample


def found(wanted: float, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float, float]:
    """The strength, the content there and in full of a fit whose content is four times its strength squared."""
    def painted(engine: object, content: object, look: Look, *others: object) -> SimpleNamespace:
        return SimpleNamespace(content=4 * look.strength ** 2)

    monkeypatch.setattr(tool, "painted", painted)
    nothing = SimpleNamespace()
    strength, equal, full = tool.at_content(
        cast(Engine, nothing), cast(Style, nothing), wanted, cast(Sample, nothing), cast(Judge, nothing),
        cast(Seen, nothing), cast(StyleTarget, nothing))
    return strength, equal.content, full.content


def test_a_fit_is_weakened_to_the_content_that_gatys_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    strength, content, full = found(1.0, monkeypatch)
    assert strength == pytest.approx(0.5, abs=0.02)
    assert content == pytest.approx(1.0, rel=0.08)
    assert full == 4


def test_a_fit_that_stays_nearer_to_its_content_is_left_at_full_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(5.0, monkeypatch) == (1.0, 4.0, 4.0)


def test_pairs_are_told_with_the_interval_of_their_mean() -> None:
    pair = {f"{who}_{key}": 2.0 for who in ("gatys", "reference", "equal", "full") for key in tool.MEASURES}
    pair |= {"strength": 1.0, "gatys_relu5_1": 10.0}
    told = list(tool.table({"a x": pair | {"equal_relu5_1": 11.0},
                            "b x": pair | {"equal_relu5_1": 13.0, "equal_content": 1.0}}))
    assert "nearer to the content" in told[1]
    assert "nearer" not in told[0]
    assert told[2] == "mean of 2: relu5_1 x 1.20 +- 1.27"
    assert told[5] == "equal: content 1.500, style 2.000, gram 2.000, wasserstein 2.000, relu5_1 12.000"
