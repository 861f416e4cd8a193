"""Keys, sliders and sound change what is shown."""

from __future__ import annotations

import time
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Look, Style
from allaprima.io.screen.events import Event, Key
from allaprima.pipeline.live.stage import perform
from allaprima.sizes import Size
from shows import LIMIT_SECONDS, Painting, Rgb, Screen, Ticking, Unchanging, live


def test_keys_change_what_is_shown(styles: Path) -> None:
    screen = Screen({0.2: "n", 1.0: "v", 1.4: "f", 1.6: "q"})
    report = live(styles, reader=lambda: Ticking(20), screen=screen, seconds=LIMIT_SECONDS)
    assert report.seconds < LIMIT_SECONDS / 2
    early = [level for moment, _, level in screen.shown if moment < 0.2]
    late = [(moment, level) for moment, _, level in screen.shown if 0.85 < moment < 1.0]
    assert max(early) < 20
    assert all(40 < level < 40 + 20 * moment + 20 for moment, level in late)
    beside = [level for moment, _, level in screen.shown if moment > 1.0]
    assert beside[-1] == 0  # two pictures side by side leave the window's corner black
    assert {shape for _, shape, _ in screen.shown} == {(72, 128, 3)}
    assert screen.fullscreen[-1] is True


def test_the_styles_fade_into_each_other(styles: Path) -> None:
    screen = Screen({0.2: "d", 0.3: "p"})  # in a second, not in half of one
    live(styles, reader=lambda: Unchanging(30), screen=screen, seconds=LIMIT_SECONDS,
         until=lambda: bool(screen.shown) and screen.shown[-1][2] == 80)
    levels = [level for _, _, level in screen.shown]
    assert levels[-1] == 80
    assert levels == sorted(levels)
    assert len({level for level in levels if 0 < level < 80}) >= 3


def test_the_slider_sets_the_strength(styles: Path) -> None:
    screen = Screen({0.1: "p"}, {0.8: 0.0})
    screen.controls_size = (480, 760)
    live(styles, reader=lambda: Unchanging(20), screen=screen, seconds=LIMIT_SECONDS,
         until=lambda: 80 in [level for _, _, level in screen.shown] and screen.shown[-1][2] == 0)
    assert screen.shown[-1][2] == 0
    assert 80 in [level for _, _, level in screen.shown]


def test_a_frozen_picture_still_follows_the_controls(styles: Path) -> None:
    screen = Screen({0.3: "space", 1.0: "p"})
    live(styles, reader=lambda: Ticking(20), screen=screen, seconds=LIMIT_SECONDS,
         until=lambda: "p" in screen.pressed and screen.shown[-1][2] == screen.shown[screen.pressed["p"] - 1][2] + 80)
    levels = [level for _, _, level in screen.shown]
    assert levels[-1] == levels[screen.pressed["p"] - 1] + 80


def test_a_key_makes_strokes_coarser_and_fine_again(styles: Path) -> None:
    class Sized(Painting):
        heights: list[int]

        def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
            self.heights.append(images.shape[1])
            return super().stylize(images, looks, statistics)

    engine = Sized()
    engine.heights = []

    def changes() -> list[int]:
        heights = list(engine.heights)
        return [height for before, height in zip([0, *heights], heights, strict=False) if height != before]

    screen = Screen({0.4: "b", 1.0: "b", 1.4: "b"})
    report = live(styles, engine, lambda: Ticking(20), screen, LIMIT_SECONDS, max_latency_ms=60_000,
                  until=lambda: not screen.keys and changes()[-3:] == [72, 64, 72])
    assert changes()[-3:] == [72, 64, 72]
    assert report.detail == 72


def test_sound_leads_the_strength_and_silence_leaves_a_quarter_of_it(styles: Path, tmp_path: Path) -> None:
    """A file of noise that is there for half a second, and then is not."""
    with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        noise = np.random.default_rng(0).normal(scale=6000, size=8000).clip(-32767, 32767)
        file.writeframes(np.concatenate([noise, np.zeros(16_000)]).astype("<i2").tobytes())
    strengths: list[float] = []

    class Telling(Painting):
        def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
            strengths.append(looks[0].strength)
            return super().stylize(images, looks, statistics)

    def heard_all() -> bool:
        return bool(strengths) and min(strengths) < 0.26 and max(strengths[20:], default=0) > 0.7

    report, _ = perform("test", [str(styles)], [Telling()], StyleOptions(),
                        LiveOptions(size=Size(), duration=30, listen=str(tmp_path / "sound.wav")), folder=tmp_path,
                        reader=lambda: Unchanging(50), should_stop=heard_all)  # type: ignore[arg-type]
    assert heard_all()
    assert report.seconds < 25
    assert not report.notes


def test_keys_pressed_while_networks_are_prepared_are_obeyed_when_the_show_begins(styles: Path) -> None:
    class Early(Screen):
        def events(self) -> list[Event]:
            keys, self.keys = self.keys, {}
            return [Key(key) for key in keys.values()]

        def show(self, picture: Rgb) -> None:
            super().show(picture)
            self.closed = bool(self.shown) and self.shown[-1][2] == 40

    class Slow(Painting):
        def encode(self, picture: Rgb, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
            time.sleep(0.3)
            return super().encode(picture, name, scale)

    screen = Early({0.0: "n"})
    report = live(styles, Slow(), lambda: Unchanging(20), screen, seconds=30)
    assert screen.before        # the camera was shown meanwhile
    assert screen.closed
    assert report.seconds < 25
