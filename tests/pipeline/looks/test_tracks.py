"""Looks over time: at a keyframe exactly what a constant run has, between keyframes on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allaprima.curves import Clock, parsed_curve
from allaprima.engines import Look, Style
from allaprima.engines.fitted import mixture_digest
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import CODE_LENGTH, Sight
from allaprima.errors import AllaprimaError, OptionError
from allaprima.frames import Pixels
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.jobs.settings import look_settings
from allaprima.pipeline.looks.controls import read_controls
from allaprima.pipeline.looks.styles import keyed_styles
from allaprima.pipeline.looks.tracks import Track, load_track
from standin import SHA256, chance_fit

FILM = Clock(Fraction(1, 24), Fraction(24))


class Telling(IdentityEngine):
    """Encodes a picture as its first pixel and the scale; remembers how often."""

    def __init__(self) -> None:
        self.encoded: list[tuple[str, float]] = []
        self.sights: list[float | None] = []

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        self.encoded.append((name, scale))
        self.sights.append(None if sight is None else sight.scale)
        code = np.zeros(CODE_LENGTH, np.float32)
        code[:2] = picture[0, 0, 0], scale
        return Style(name, code, (100, 50, 25, 12), "telling")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("a.png", 10), ("b.png", 30), ("1:c.png", 50)):
        write_image(tmp_path / name, Picture(np.full((32, 32, 3), value, np.uint8)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def track(style: str, strength: str = "1", controls: object = None, easing: str = "linear",
          engine: Telling | None = None) -> Track:
    said = None
    if controls is not None:
        Path("track.json").write_text(json.dumps(controls), encoding="utf-8")
        said = read_controls(Path("track.json"))
    curve = parsed_curve(strength, "strength", 0, 1)
    return load_track(style, engine or Telling(), curve, easing=easing, controls=said)  # type: ignore[arg-type]


def same(look: Look, other: Look) -> bool:
    return bool((look.style.code == other.style.code).all()) and look.strength == other.strength


def test_at_its_keyframes_a_track_has_the_looks_of_constant_runs(folder: Path) -> None:
    moving = track("0:a.png,2:a.png:0.7+b.png:0.3,96f:b.png", "0:0.2,2:0.9,4:1", easing="smooth")
    for seconds, style, strength in ((0, "a.png", "0.2"), (2, "a.png:0.7+b.png:0.3", "0.9"), (4, "b.png", "1")):
        assert same(moving.at(Fraction(seconds), FILM), track(style, strength).at(Fraction(0)))


def test_styles_cross_fade_between_their_keys(folder: Path) -> None:
    moving = track("0:a.png,2:b.png")
    values = [moving.at(Fraction(step, 4), FILM).style.code[0] for step in range(9)]
    np.testing.assert_allclose(values, np.linspace(10, 30, 9), rtol=1e-6)


def test_a_look_that_does_not_change_is_one_object_and_its_style_encoded_once(folder: Path) -> None:
    engine = Telling()
    still = track("a.png", engine=engine)
    assert len({id(still.at(Fraction(pts, 24), FILM)) for pts in range(50)}) == 1
    assert engine.encoded == [("a", 1.0)]
    assert still.is_constant


def test_curves_of_the_control_file_stand_above_the_rest(folder: Path) -> None:
    moving = track("a.png+b.png", "1", {"strength": "0:0,1:0.5", "weights": {
        "a.png": [[0, 1], [1, 0]], "b": [[0, 0], ["24f", 1]]}})
    assert [moving.at(Fraction(step, 2), FILM).strength for step in range(3)] == [0.0, 0.25, 0.5]
    assert [moving.at(Fraction(step, 2), FILM).style.code[0] for step in range(3)] == [10, 20, 30]
    assert not moving.is_constant


def test_the_scale_is_measured_at_its_keys_and_in_small_steps_between(folder: Path) -> None:
    engine = Telling()
    moving = track("a.png", controls={"scale": [[0, 1], [4, 4]]}, engine=engine)
    scales = [float(moving.at(Fraction(step, 24), FILM).style.code[1]) for step in range(97)]
    np.testing.assert_allclose(scales, np.linspace(1, 4, 97), rtol=0.005)
    assert scales[0] == 1
    assert scales[-1] == 4
    assert set(engine.sights) == {1}, "one sight for all of the way"
    assert len(engine.encoded) == 9  # eight steps of a quarter of an octave


def test_what_a_track_holds_is_in_the_settings_and_nothing_else_is(folder: Path) -> None:
    tracks = [track("a.png"), track("b.png"), track("0:a.png,1:b.png"), track("0:a.png,2:b.png"),
              track("0:a.png,1:b.png", easing="smooth"), track("a.png", "0:0,1:1"), track("a.png", "0:0,2:1"),
              track("a.png+b.png"), track("a.png", controls={"scale": 2}),
              track("a.png+b.png", controls={"weights": {"a": "0:1,2:0"}})]
    found = [json.dumps(look_settings(one), sort_keys=True) for one in tracks]
    assert len(set(found)) == len(tracks)
    assert look_settings(track("0:a.png,1:b.png", "0:0,1:1")) == look_settings(track("0:a.png,1:b.png", "0:0,1:1"))


def test_a_files_name_is_never_taken_for_a_keyframe(folder: Path) -> None:
    assert keyed_styles("1:c.png")[0][1] == "1:c.png"
    assert len(keyed_styles("1:a.png,2:b.png")) == 2
    assert len(keyed_styles("a.png:1")) == 1


@pytest.mark.parametrize(("content", "words"), [
    ("{", "no JSON"),
    ("[1]", "nobody knows"),
    ('{"strenght": 1}', "strenght"),
    ('{"easing": "bouncy"}', "bouncy"),
    ('{"strength": {"a": 1}}', "no curve"),
    ('{"strength": true}', "no curve"),
    ('{"strength": []}', "no curve"),
    ('{"strength": [[0, 3]]}', "strength 3 is out of range"),
    ('{"weights": 2}', "not a curve for each style"),
    ('{"weights": {"z.png": 1}}', "'z.png', which is not among the styles"),
])
def test_a_control_file_that_cannot_be_meant_is_refused(folder: Path, content: str, words: str) -> None:
    Path("track.json").write_text(content, encoding="utf-8")
    with pytest.raises(AllaprimaError, match=words):
        load_track("a.png", Telling(), parsed_curve("1", "strength", 0, 1), controls=read_controls(Path("track.json")))


def test_weights_that_vanish_together_are_refused_before_the_first_frame(folder: Path) -> None:
    with pytest.raises(OptionError, match="blended"):
        track("a.png+b.png", controls={"weights": {"a": "0:1,5:0", "b": "0:1,5:0"}}).check(FILM)


class Fitting(Telling):
    """Encodes a picture as a style fitted to a network by chance."""

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        style = super().encode(picture, name, scale)
        return replace(style, fitted=(chance_fit(int(picture[0, 0, 0])),))


def networks_at(made: Track, seconds: float) -> list[tuple[tuple[float, ...], float]]:
    """The shares of fits in each network that paints, and the share of its picture."""
    style = made.at(Fraction(seconds), FILM).style
    return [(tuple(round(own, 4) for _, own in part.mixture(SHA256)), round(share, 4))
            for part, share in style.networks(SHA256)]


@pytest.mark.usefixtures("folder")
def test_between_two_fitted_styles_kernels_are_added_up_in_steps_and_pictures_mixed_between_these() -> None:
    made = track("0:a.png,4:b.png", engine=Fitting())
    assert networks_at(made, 0) == [((1.0,), 1.0)]
    assert networks_at(made, 0.25) == [((1.0,), 0.75), ((0.75, 0.25), 0.25)]
    assert networks_at(made, 1) == [((0.75, 0.25), 1.0)]
    assert networks_at(made, 3.5) == [((0.25, 0.75), 0.5), ((1.0,), 0.5)]
    assert networks_at(made, 4) == [((1.0,), 1.0)]
    plain = track("0:a.png,4:b.png").at(Fraction(1, 2), FILM).style
    np.testing.assert_allclose(made.at(Fraction(1, 2), FILM).style.code, plain.code, rtol=1e-6)


@pytest.mark.usefixtures("folder")
def test_a_constant_blend_of_fitted_styles_is_one_network_and_a_moving_one_ends_in_it() -> None:
    still = track("a.png:3+b.png:1", engine=Fitting())
    assert networks_at(still, 0) == [((0.75, 0.25), 1.0)]
    weights = {"a.png": "0:1,2:3", "b.png": "0:0,2:1"}
    made = track("a.png+b.png", controls={"weights": weights}, engine=Fitting())
    assert networks_at(made, 0) == [((1.0,), 1.0)]
    assert networks_at(made, 2) == networks_at(made, 5) == [((0.75, 0.25), 1.0)]
    assert len(networks_at(made, 0.5)) == 2
    digests = [mixture_digest(each.at(Fraction(2), FILM).style.mixture(SHA256)) for each in (still, made)]
    assert digests[0] == digests[1]
