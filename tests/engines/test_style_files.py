"""Fitted styles as files: what is written is read back, bit for bit; anything else is refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load, save

from allaprima.engines import settled
from allaprima.engines.fitted import digest_of
from allaprima.engines.look_files import SavedLook, look_text, parsed_look_text
from allaprima.engines.looks import UNITS, Units
from allaprima.engines.style_files import KEY, StyleFile, is_style_bytes, parsed_style_bytes, style_bytes
from allaprima.errors import SourceError
from allaprima.kernel_coding import packed_steps
from standin import chance_fit, chance_style

STYLE = chance_style("night & day, ü", 1, chance_fit(1), chance_fit(2, "f" * 64, brush=None))


def content(style: StyleFile = StyleFile(STYLE)) -> bytes:  # noqa: B008  an immutable value
    return style_bytes(style)


def changed(tensors: dict[str, np.ndarray | None] | None = None, **about: object) -> bytes:
    """The file with other tensors, None for one to leave out, or with other words."""
    whole = content()
    said = json.loads(json.loads(whole[8:8 + int.from_bytes(whole[:8], "little")])["__metadata__"][KEY])
    arrays = {name: array for name, array in (load(whole) | (tensors or {})).items() if array is not None}
    return save(arrays, {KEY: json.dumps(said | about)})


def test_a_fitted_style_comes_back_bit_for_bit() -> None:
    thumbnail = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    saved = parsed_style_bytes(content(StyleFile(STYLE, thumbnail, {"steps": 3}, {"style": 0.5})))
    after = saved.style
    assert is_style_bytes(content())
    np.testing.assert_array_equal(after.code, STYLE.code)
    assert (after.name, after.pixels, after.encoder) == (STYLE.name, STYLE.pixels, STYLE.encoder)
    for one, other in zip(after.fitted, STYLE.fitted, strict=True):
        assert (one.base, one.sha256, one.brush, one.ranges) == (other.base, other.sha256, other.brush, other.ranges)
        np.testing.assert_array_equal(one.row, other.row)
        np.testing.assert_array_equal(one.null, other.null)
        assert one.kernels.keys() == other.kernels.keys()
        for name, difference in one.kernels.items():
            np.testing.assert_array_equal(difference.array(), other.kernels[name].array())
    np.testing.assert_array_equal(saved.thumbnail, thumbnail)
    assert (saved.recipe, saved.figures) == ({"steps": 3}, {"style": 0.5})


def test_what_styles_and_parts_were_refined_to_comes_back() -> None:
    units = [Units(letter * 64, np.random.default_rng(place).normal(size=UNITS).astype(np.float32))
             for place, letter in enumerate("abc")]
    blend = settled([(replace(STYLE, units=tuple(units[:2])), 0.75),
                     (replace(chance_style("b", 2), units=(units[2],)), 0.25)])
    after = parsed_style_bytes(style_bytes(StyleFile(blend))).style
    found = [own for part, _ in after.parts for own in part.units]
    assert [own.kernels for own in found] == [own.kernels for own in units]
    for one, other in zip(found, units, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize("values", [np.zeros(255, np.float32), np.zeros(UNITS, np.float16),
                                    np.full(UNITS, np.nan, np.float32)])
def test_units_that_no_network_takes_are_refused(values: np.ndarray) -> None:
    with pytest.raises(SourceError, match="units make no sense"):
        parsed_style_bytes(changed({f"units.{'a' * 64}": values}))


def test_a_settled_blend_comes_back_with_its_parts() -> None:
    blend = settled([(STYLE, 0.75), (chance_style("b", 2), 0.25)])
    after = parsed_style_bytes(style_bytes(StyleFile(blend))).style
    assert after.settled
    assert [(part.name, share) for part, share in after.parts] == [(STYLE.name, 0.75), ("b", 0.25)]
    np.testing.assert_array_equal(after.code, blend.code)
    assert after.name == blend.name


def test_a_look_holds_fitted_styles() -> None:
    saved = SavedLook(((STYLE, 0.75), (chance_style("b", 2), 0.25)), 1.0, False, 360, 0.5, {"model": "fast"}, None)
    after = parsed_look_text(look_text(saved))
    assert len(after.parts[0][0].fitted) == 2
    assert after.look.style.parts[0][0].fitted
    short = look_text(saved, kernels=False)
    assert len(short) < 60_000 < len(look_text(saved))
    assert json.loads(short)["styles"][0]["fits"] == [digest_of(fitted) for fitted in STYLE.fitted]
    assert not parsed_look_text(short).parts[0][0].fitted


def as_before() -> bytes:
    """The style as files of before hold it: every kernel in a tensor of its own."""
    whole = content()
    said = json.loads(json.loads(whole[8:8 + int.from_bytes(whole[:8], "little")])["__metadata__"][KEY])
    arrays = {name: array for name, array in load(whole).items() if not name.endswith(".steps")}
    for index, fitted in enumerate(STYLE.fitted):
        del said["fits"][index]["steps"]
        arrays |= {f"fit{index}.kernels.{name}": difference.values for name, difference in fitted.kernels.items()}
    return save(arrays, {KEY: json.dumps(said)})


def test_a_file_of_before_is_the_same_style_and_larger() -> None:
    after = parsed_style_bytes(as_before()).style
    assert [digest_of(fitted) for fitted in after.fitted] == [digest_of(fitted) for fitted in STYLE.fitted]
    assert len(content()) < 0.8 * len(as_before())


FIRST = {"base": "fast", "ranges": {}}
BOMB = packed_steps({"a": np.zeros((1 << 12, 1 << 10), np.int8)})
KERNEL = "fit0.kernels.eighth.0.first.convolution.weight"


@pytest.mark.parametrize(("broken", "words"), [
    (changed(kind="look"), "no style file"), (changed(parts=[{}] * 99), "parts"), (changed(fits=3), "fits"),
    (changed({"fit0.steps": None}, fits=[{"base": "fast", "ranges": []}]), "ranges"),
    (changed({"fit0.steps": None}, fits=[{"base": "fast", "ranges": {"a": [1, 0]}}]), "range"),
    (changed({"fit0.steps": None}, fits=[{"base": "fast", "ranges": {}, "brush": -3}]), "brush"),
    (changed(pixels=[1, 2, 3]), "pixel counts"), (changed(pixels=[1, 2, 3, 1 << 60]), "pixel counts"),
    (changed({"code": None}), "code"), (changed({"code": np.zeros(5, np.float32)}), "shape"),
    (changed({"code": np.full(1920, np.nan, np.float32)}), "no numbers"),
    (changed({"fit0.row": np.zeros((2, 2), np.float32)}), "shape"), (changed({"fit0.row": None}), "row"),
    (changed({KERNEL: np.full((2, 2), np.inf, np.float16)}), "no numbers"),
    (changed({KERNEL: np.zeros((2, 2), np.float32)}), "neither"),
    (changed({KERNEL: np.zeros((2, 2, 2), np.int8)}), "shape"),
    (changed({KERNEL: np.zeros((5, 2), np.int8)}), "neither"),
    (changed({"fit0.steps": np.zeros(9, np.float32)}), "no bytes"), (changed({"fit0.steps": BOMB}), "their shapes say"),
    (changed({"fit0.steps": np.full(50, 255, np.uint8)}), "decoded"),
    (changed({"fit0.steps": BOMB}, fits=[FIRST | {"steps": [["a", [1 << 24, 1 << 24]]]}]), "more than"),
    (changed(fits=[FIRST | {"steps": [["a", [4, -1]]]}]), "make no sense"),
    (changed(fits=[FIRST | {"steps": [["a", [4, 1]]] * 2}]), "one name"), (changed(fits=[FIRST]), "make no sense"),
    (changed({"fit0.scales.eighth.0.first.convolution.weight": None}), "missing"),
    (changed({"thumbnail": np.zeros((9000, 2, 3), np.uint8)}), "thumbnail"),
    (changed({"thumbnail": np.zeros((0, 2, 3), np.uint8)}), "thumbnail"),
    (save({"code": np.zeros(3, np.float32)}), "no style file"), (save({"code": np.zeros(3)}, {KEY: "["}), "no style"),
    (save({"code": np.zeros(3)}, {KEY: "[" * 100_000}), "no style"), (content()[:5000], "no style file"),
    (b"\xff" * 8 + b"{", "no style file"), (b"", "no style file"),
])
def test_a_file_that_makes_no_sense_is_refused(broken: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        parsed_style_bytes(broken)


def test_a_blend_of_blends_is_refused() -> None:
    inner = {"name": "a", "encoder": "", "pixels": [1] * 4, "fits": [], "weight": 1.0}
    with pytest.raises(SourceError, match="blend of blends"):
        parsed_style_bytes(changed(parts=[inner | {"parts": [inner | {"parts": []}]}]))
