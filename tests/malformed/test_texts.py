"""Texts, numbers and files of values by strangers are read, or refused with an error of ours; nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allaprima.config import parsed_layers, parsed_seconds
from allaprima.curves import parsed_curve
from allaprima.engines import Style
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.look_files import SavedLook, look_text, parsed_look_text, parsed_style_text, style_text
from allaprima.engines.looks import CODE_LENGTH
from allaprima.engines.style_files import StyleFile, parsed_style_bytes, style_bytes
from allaprima.errors import AllaprimaError
from allaprima.io.film.parts_folder import PartsFolder
from allaprima.io.sequence.manifests import Manifest
from allaprima.io.sequence.patterns import parsed_frames, parsed_pattern
from allaprima.parsing import parsed_json
from allaprima.pipeline.looks.controls import read_controls
from allaprima.pipeline.looks.styles import keyed_styles, parsed_style
from allaprima.pipeline.looks.tracks import load_track
from allaprima.sizes import parsed_detail, parsed_size
from allaprima.weights import named
from malformed.strategies import DEEP, JSON, QUICK, changed, damaged

STYLE = Style("art", np.ones(CODE_LENGTH, np.float32), (4, 4, 4, 4), "an encoder")
STYLE_VALUES = json.loads(style_text(STYLE))
LOOK_VALUES = json.loads(look_text(SavedLook(((STYLE, 1.0),), 1.0, False, 360, 0.8, {"model": "balanced"}, None)))
CONTROLS = {"easing": "smooth", "strength": "0:0.2,5:1", "weights": {"starry": [[0, 1], ["120f", 0]]}, "scale": 1.5,
            "stability": [[0, 0.5]]}
FRAME = {"frame": 1, "settings": "abc", "input": None, "output": "def"}
SETTINGS = {"allaprima": "an unfinished film", "settings": {"style": "a"}}
NUMBERS = st.text("0123456789.,:+-eEfx_ /\u0663inf", max_size=14) | st.sampled_from(
    ("1e-05", "1e999999999", "9" * 5000, "0:" + "9" * 5000, "0:0,1e-05:1", "nan", "-1", "1/0", "\udcff"))


@QUICK
@given(DEEP | JSON.map(json.dumps) | st.text(max_size=20))
def test_json_is_a_value_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        parsed_json(text)


@pytest.mark.parametrize("parse", [
    parsed_size, parsed_detail, parsed_seconds, parsed_layers, parsed_frames, keyed_styles, parsed_style,
    lambda text: parsed_curve(text, "strength", 0, 1), lambda text: parsed_pattern(Path(f"{text}%{text}d.png"))])
@QUICK
@given(NUMBERS)
def test_texts_of_the_command_line(parse: Callable[[str], object], text: str) -> None:
    with suppress(AllaprimaError):
        parse(text)


@QUICK
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3))
def test_blends_and_keyframes_of_styles(parts: list[tuple[str, str]]) -> None:
    for spec in ("+".join(f"starry:{weight}" for _, weight in parts), ",".join(f"{at}:starry" for at, _ in parts)):
        with suppress(AllaprimaError):
            track = load_track(spec, IdentityEngine(), parsed_curve("1", "strength", 0, 1))
            assert track.name


@QUICK
@given(changed(LOOK_VALUES).map(json.dumps) | DEEP | JSON.map(json.dumps))
def test_looks(text: str) -> None:
    with suppress(AllaprimaError):
        assert 0 <= parsed_look_text(text).look.strength <= 1


@QUICK
@given(changed(STYLE_VALUES).map(json.dumps) | DEEP)
def test_styles(text: str) -> None:
    with suppress(AllaprimaError):
        assert np.isfinite(parsed_style_text(text).code).all()


@QUICK
@given(damaged(style_bytes(StyleFile(STYLE, np.zeros((8, 8, 3), np.uint8)))))
def test_fitted_styles(content: bytes) -> None:
    with suppress(AllaprimaError):
        parsed_style_bytes(content)


@QUICK
@given(changed(CONTROLS).map(json.dumps) | DEEP | st.builds(lambda value: json.dumps({"strength": value}), JSON))
@example(json.dumps({"strength": [[0, 0], [1e-05, 1]]}))
def test_controls(tmp_path: Path, text: str) -> None:
    path = tmp_path / "controls.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with suppress(AllaprimaError):
        read_controls(path)


@QUICK
@given(st.lists(changed(FRAME).map(json.dumps) | JSON.map(json.dumps) | DEEP, max_size=3))
def test_manifests(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes("\n".join(lines).encode(errors="surrogatepass"))
    manifest = Manifest(path, {"style": "\udcff"})
    for number in [*manifest.frames, 7]:
        manifest.changes(number)
    manifest.add(7, None, "hash")
    assert Manifest(path, {"style": "\udcff"}).changes(7) == ()


@QUICK
@given(changed(SETTINGS).map(json.dumps) | JSON.map(json.dumps) | DEEP)
def test_settings_of_unfinished_films(tmp_path: Path, text: str) -> None:
    folder = PartsFolder(tmp_path / "parts")
    folder.folder.mkdir(exist_ok=True)
    (folder.folder / "settings.json").write_bytes(text.encode(errors="surrogatepass"))
    found = folder.settings
    assert found is None or all(isinstance(value, str) for value in found.values())


@QUICK
@given(st.builds(lambda shape: {"__metadata__": {"shape": shape}}, JSON) | JSON)
def test_networks_of_ones_own(tmp_path: Path, header: object) -> None:
    path = tmp_path / "mine.safetensors"
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with suppress(AllaprimaError):
        named(str(path))
