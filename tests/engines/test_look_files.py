"""Styles and looks as text: what is written is read back, bit for bit; anything else is refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import Statistics, Style
from allaprima.engines.look_files import SavedLook, look_text, parsed_look_text, parsed_style_text, style_text
from allaprima.engines.looks import CODE_LENGTH, UNITS, Units
from allaprima.errors import SourceError
from allaprima.runtimes.calls import Moments


def style(name: str, seed: int = 0) -> Style:
    code = np.random.default_rng(seed).normal(size=CODE_LENGTH).astype(np.float32)
    return Style(name, code, (400, 100, 25, 9), "804ca2835ecf")


def saved(statistics: Statistics | None = None) -> SavedLook:
    return SavedLook(((style("a", 1), 0.25), (style("b", 2), 0.75)), 0.8, True, 360, 0.5,
                     {"model": "balanced", "weights": "27277f6c6b18"}, statistics)


def test_a_style_comes_back_bit_for_bit() -> None:
    before = style("night & day, ü")
    after = parsed_style_text(style_text(before))
    assert (after.code == before.code).all()
    assert (after.name, after.pixels, after.encoder) == (before.name, before.pixels, before.encoder)


def test_what_a_style_was_refined_to_comes_back_with_it() -> None:
    units = Units("ab" * 32, np.random.default_rng(1).normal(size=UNITS).astype(np.float32))
    [after] = parsed_style_text(style_text(replace(style("a"), units=(units,)))).units
    assert after.kernels == units.kernels
    np.testing.assert_array_equal(after.values, units.values)
    assert parsed_style_text(style_text(style("a"))).units == ()


@pytest.mark.parametrize("units", [[], "AAAA", {"k": "AAAA"}, {"k": 3}, {"k": "AACAPw=="},
                                   {str(place): "" for place in range(9)}])
def test_units_that_no_network_takes_are_refused(units: object) -> None:
    said = json.loads(style_text(style("a"))) | {"units": units}
    with pytest.raises(SourceError, match="units"):
        parsed_style_text(json.dumps(said))


def test_a_look_comes_back_bit_for_bit_with_its_statistics() -> None:
    rng = np.random.default_rng(3)
    moments = Moments(rng.normal(size=(1, 1000)).astype(np.float32), rng.random((1, 1000), np.float32))
    before = saved(Statistics(moments, 0.3))
    after = parsed_look_text(look_text(before))
    assert (after.look.style.code == before.look.style.code).all()
    assert (after.strength, after.detail, after.preserve_colors, after.stability, after.engine) == (
        before.strength, before.detail, before.preserve_colors, before.stability, before.engine)
    assert after.statistics is not None
    assert after.statistics.momentum == 0
    assert (after.statistics.moments.mean == moments.mean).all()
    assert (after.statistics.moments.variance == moments.variance).all()
    assert parsed_look_text(look_text(saved())).statistics is None


def test_the_files_are_small_and_say_what_they_are() -> None:
    text = look_text(saved())
    assert len(text) < 25_000
    assert json.loads(text)["detail"] == 360


@pytest.mark.parametrize(("change", "words"), [
    ({"allaprima": "style"}, "no look file"), ({"styles": []}, "no styles"), ({"styles": 3}, "no styles"),
    ({"strength": 2}, "strength"), ({"strength": "much"}, "strength"), ({"detail": 0}, "detail"),
    ({"preserve_colors": "yes"}, "preserve_colors"), ({"engine": None}, "engine"),
    ({"statistics": {"mean": "AAAA", "variance": "!"}}, "cannot be read"),
    ({"statistics": {"mean": "AACAPw==", "variance": "AACAPwAAgD8="}}, "statistics"),
])
def test_a_look_that_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    values = json.loads(look_text(saved())) | change
    with pytest.raises(SourceError, match=words):
        parsed_look_text(json.dumps(values))


@pytest.mark.parametrize(("change", "words"), [
    ({"code": "AACAPw=="}, "1 numbers"), ({"code": None}, "code"), ({"pixels": [1, 2, 3]}, "pixel counts"),
    ({"pixels": [1, 2, 3, 0]}, "pixel counts"), ({"allaprima": "look"}, "no style file"),
])
def test_a_style_that_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    values = json.loads(style_text(style("a"))) | change
    with pytest.raises(SourceError, match=words):
        parsed_style_text(json.dumps(values))


def test_values_that_are_no_numbers_are_refused() -> None:
    broken = style("a")
    broken.code[7] = np.nan
    with pytest.raises(SourceError, match="no numbers"):
        parsed_style_text(style_text(broken))


@pytest.mark.parametrize("text", ["", "{", "[]", "42", "\x00\x01"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="no look file"):
        parsed_look_text(text)
