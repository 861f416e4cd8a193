"""Fitted styles in a show: compiled beside it, fitted beside it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Look, Style
from allaprima.engines.fitted import digest_of
from allaprima.engines.style_files import StyleFile, style_bytes
from allaprima.errors import SourceError
from allaprima.pipeline.live import fits
from allaprima.pipeline.live.report import LiveReport
from allaprima.pipeline.live.stage import perform
from allaprima.sizes import Size
from shows import LIMIT_SECONDS, Painting, Rgb, Screen, Ticking, Unchanging, live
from standin import chance_fit, chance_style


class Compiling(Painting):
    """Paints fitted styles; the first call for a style, and a rung, takes as long as compiling a network does."""

    seconds_to_compile = 0.5

    def __init__(self, refused: str | None = None) -> None:
        super().__init__(0.001)
        self.compiled: dict[tuple[float, int], str] = {}
        self.refused = refused

    def encode(self, picture: Rgb, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        return replace(super().encode(picture, name, scale), fitted=(chance_fit(int(picture[0, 0, 0])),))

    def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
        for style, _ in looks[0].style.parts or ((looks[0].style, 1.0),):
            key = float(style.code[0]), images.shape[1]
            if style.name == self.refused:
                raise SourceError("cannot paint with a fitted style: its row is too short", "fit it anew")
            if key not in self.compiled:
                self.compiled[key] = threading.current_thread().name
                time.sleep(self.seconds_to_compile)
        return super().stylize(images, looks, statistics)


def test_networks_of_fitted_styles_are_compiled_beside_the_show_and_no_frame_waits_for_them(styles: Path) -> None:
    screen, engine = Screen({0.1: "n"}), Compiling()

    def all_compiled() -> bool:
        return len([1 for _, height in engine.compiled if height == 72]) == 3 and bool(screen.shown) and (
            screen.shown[-1][2] == 40)

    live(styles, engine, lambda: Unchanging(20), screen, LIMIT_SECONDS, until=all_compiled, max_latency_ms=60_000)
    assert screen.shown[-1][2] == 40  # switched in the end
    by_painter = {key for key, thread in engine.compiled.items() if thread == "paint"}
    assert not by_painter
    assert {level for level, height in engine.compiled if height == 72} == {0.0, 40.0, 80.0}


def test_a_fitted_style_that_cannot_be_painted_leaves_the_show_as_it_is(styles: Path) -> None:
    screen = Screen({0.3: "n"})
    live(styles, Compiling(refused="b"), lambda: Unchanging(20), screen, seconds=2.0, max_latency_ms=60_000)
    assert screen.shown[-1][2] == 0


WRITING = """
import pathlib, shutil, sys
target, frames = map(pathlib.Path, sys.argv[1:])
assert len(list(frames.glob("*.png"))) == 16
shutil.copy(target.parent / "prepared.bin", target)
"""


def fitted_live(styles: Path, screen: Screen, script: str, monkeypatch: pytest.MonkeyPatch,
                seconds: float) -> tuple[LiveReport, list[Look]]:
    """A run whose fitting program is that script; the looks that were painted."""
    monkeypatch.setattr(fits, "FRAME_SECONDS", 0.02)
    monkeypatch.setattr(fits, "NICENESS", 0)
    prepared = style_bytes(StyleFile(chance_style("b", 7, chance_fit(7))))
    (styles.parent / "prepared.bin").write_bytes(prepared)
    looks: list[Look] = []

    class Telling(Painting):
        def stylize(self, images: Rgb, asked: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
            if threading.current_thread().name == "paint":
                looks.append(asked[0])
                screen.closed = screen.closed or bool(asked[0].style.fitted)
            return super().stylize(images, asked, statistics)

    report, _ = perform("test", [str(styles)], [Telling()], StyleOptions(), LiveOptions(size=Size(), duration=seconds),
                        screen=screen, folder=styles.parent, reader=lambda: Ticking(20), on_start=screen.begin,
                        fit=lambda picture, frames, model, lines, target: [
                            sys.executable, "-c", script, str(target), str(frames)])  # type: ignore[arg-type]
    return report, looks


def test_a_key_fits_the_style_beside_the_show_and_it_joins(styles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen({0.1: "n", 0.3: "t"})
    report, looks = fitted_live(styles, screen, WRITING, monkeypatch, 60)
    assert [Path(name).name for name in report.files] == ["b-fitted.style"]
    assert looks[-1].style.name == "b"
    assert [digest_of(fit) for fit in looks[-1].style.fitted] == [digest_of(chance_fit(7))]


def test_a_fit_that_fails_ends_only_itself_and_one_under_way_ends_with_the_show(
        styles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, looks = fitted_live(styles, Screen({0.1: "t"}), "raise SystemExit('no memory')", monkeypatch, 2)
    assert report.frames_shown > 5
    assert not looks[-1].style.fitted
    began = time.monotonic()
    fitted_live(styles, Screen({0.1: "t"}), "import time; time.sleep(60)", monkeypatch, 1)
    assert time.monotonic() - began < 30
    assert not list(styles.parent.glob("*.style"))
