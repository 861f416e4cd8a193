"""Looks by time on a stream: colours are matched shot by shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allaprima.config import PreserveColor, Temporal, VideoOptions
from allaprima.curves import constant
from allaprima.engines import Look, Statistics, Style
from allaprima.engines.color import Palette, palette_of, pooled
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import Interrupted, SinkError
from allaprima.frames import Frame, Pixels
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.looks import looking
from allaprima.pipeline.looks.looking import palettes_of_shots
from allaprima.pipeline.looks.tracks import load_track
from allaprima.runtimes.calls import Batch
from allaprima.sizes import Size
from made_films import around_the_cut


def test_every_shot_has_the_pooled_colours_of_its_frames() -> None:
    random = np.random.default_rng(3)
    shots = [random.integers(0, 100, (36, 64, 3), np.uint8), random.integers(120, 256, (36, 64, 3), np.uint8)]
    frames = [Frame(shots[index // 5], None, 10 * index, 10, index) for index in range(10)]
    found = palettes_of_shots(frames)
    assert [pts for pts, _ in found] == [0, 50]
    for (_, palette), shot in zip(found, shots, strict=True):
        np.testing.assert_allclose(palette.mean, palette_of(shot).mean, atol=1e-9)


class Telling(IdentityEngine):
    """Remembers, for every picture that it is given, the style it was to be painted in."""

    name = "telling"

    def __init__(self) -> None:
        self.styles: list[Style] = []
        self.encoded: list[np.ndarray] = []

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        self.encoded.append(np.asarray(picture))
        return replace(super().encode(picture, name, scale), name=f"{name} {len(self.encoded)}")

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        self.styles += [look.style for look in looks]
        return super().stylize(images, looks, statistics)


CUT, FRAMES = 40, 80


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots."""
    return around_the_cut(tmp_path_factory.mktemp("clip") / "clip.mp4", CUT, FRAMES - CUT)


@pytest.fixture(scope="module")
def shot_palettes(clip: Path) -> list[Palette]:
    """The colours of the clip's two shots."""
    with VideoSource(clip) as source:
        palettes = [palette_of(frame.image) for frame in source]
    return [pooled(palettes[:CUT]), pooled(palettes[CUT:])]


@pytest.mark.parametrize("temporal", ["off", "fast", "best"])
def test_a_film_is_painted_in_its_shots_colours_however_it_is_held(
        temporal: Temporal, clip: Path, shot_palettes: list[Palette], tmp_path: Path) -> None:
    """The clip has two shots; "best" goes through each beforehand, and must measure with the same style."""
    engine = Telling()
    track = load_track("starry", engine, constant(1.0), color="histogram")
    paint_film(clip, tmp_path / "out.mp4", engine, track, VideoOptions(size=Size(shorter=32), temporal=temporal))
    painted = engine.styles[-FRAMES:]
    assert {style.name for style in engine.styles} == {painted[0].name, painted[-1].name}
    assert [style is painted[0] for style in painted] == [True] * CUT + [False] * (FRAMES - CUT)
    for wanted, style in zip(shot_palettes, (painted[0], painted[-1]), strict=True):
        picture = engine.encoded[int(style.name.split()[-1]) - 1]
        assert np.abs(palette_of(picture).mean - wanted.mean).max() < 0.03


@pytest.mark.parametrize("color", ["histogram", "coral"])
def test_colours_are_gathered_after_the_output_was_checked_and_ctrl_c_ends_that_too(
        color: PreserveColor, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    track = load_track("starry", Telling(), constant(1.0), color=color)
    (tmp_path / "there.mp4").write_bytes(b"mine")

    def interrupted(frames: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(looking, "palettes_of_shots", interrupted)
    with pytest.raises(SinkError, match="exists"):
        paint_film(clip, tmp_path / "there.mp4", Telling(), track, VideoOptions())
    with pytest.raises(KeyboardInterrupt) as ending:
        paint_film(clip, tmp_path / "out.mp4", Telling(), track, VideoOptions())
    assert isinstance(ending.value.__cause__, Interrupted)
    assert "before anything of" in str(ending.value.__cause__)
    assert [path.name for path in tmp_path.iterdir()] == ["there.mp4"]
