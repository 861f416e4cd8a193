"""Plans as JSON: what is written comes back the same, and what does not fit is refused by the name of its place."""

from __future__ import annotations

import json
from base64 import b64encode
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allaprima.config import ColorManagement, SequenceOptions, VideoOptions
from allaprima.engines.adain import AdaINEngine, compact
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import UNITS
from allaprima.errors import OptionError
from allaprima.farm.painting import Painting, moved_style
from allaprima.farm.values import as_json, from_json
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.sizes import Size


@pytest.mark.parametrize("value", [
    VideoOptions(), VideoOptions(Size(width=640, height=360), Fraction(1, 3), Fraction(5), "prores", detail=400),
    VideoOptions(detail=None, management=ColorManagement(Path("a.ocio"), "ACEScg")),
    SequenceOptions(frames=range(1001, 1100, 2), temporal="best", stability=0.1),
    Painting(("a.jpg:0.7+b.jpg:0.3", "starry"), None, "0:0.2,5:1", masks=(Path("m.png"),), keep="people", steps=3,
             regions="auto:2", moves={"a": "AACAPw=="})])
def test_options_come_back_as_they_were(value: VideoOptions | SequenceOptions | Painting) -> None:
    assert from_json(type(value), json.loads(json.dumps(as_json(value)))) == value


@pytest.mark.parametrize(("place", "odd"), [
    ("codec", "h265"), ("crf", "18"), ("crf", True), ("start", "1/0"), ("strict", 1), ("size", {"shorter": 4}),
    ("management", None), ("stability", "high")])
def test_what_does_not_fit_is_named(place: str, odd: object) -> None:
    said = json.loads(json.dumps(as_json(VideoOptions())))
    said[place] = odd
    with pytest.raises(ValueError, match=place):
        from_json(VideoOptions, said)


def test_what_is_missing_or_not_known_is_named() -> None:
    said = json.loads(json.dumps(as_json(VideoOptions())))
    with pytest.raises(ValueError, match="speed is not known"):
        from_json(VideoOptions, said | {"speed": 1})
    del said["crf"]
    with pytest.raises(ValueError, match="crf is missing"):
        from_json(VideoOptions, said)


def test_a_style_moves_with_its_files(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    style = f"{tmp_path}/a.png:0.5+starry:0.5"
    assert moved_style(style, lambda path: Path("/there") / path.name) == "/there/a.png:0.5+starry:0.5"


def test_what_styles_were_refined_by_travels_with_a_plan() -> None:
    engine = compact("fast", TorchRuntime())
    assert engine.moves is not None
    move = np.random.default_rng(0).normal(size=UNITS).astype(np.float32)
    engine.moves.known["key"] = move
    painting = Painting(("starry",), model="fast").with_moves_of(engine)
    elsewhere, _ = from_json(Painting, json.loads(json.dumps(as_json(painting)))).opened()
    assert isinstance(elsewhere, AdaINEngine)
    assert elsewhere.moves is not None
    np.testing.assert_array_equal(elsewhere.moves.known["key"], move)
    assert Painting().with_moves_of(IdentityEngine()).moves == {}


@pytest.mark.parametrize("text", ["", "?", "AACAPw==", b64encode(np.full(UNITS, np.inf, "<f4").tobytes()).decode()])
def test_what_no_network_takes_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="what no network takes"):
        Painting(("starry",), model="fast", moves={"key": text}).opened()
