"""A run goes to fewer lines or to a quicker network where it is late, and no further than it has to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from allaprima.engines import Look
from shows import A_QUEUE_MS, Painting, Rgb, Screen, Ticking, live


def test_the_ladder_holds_the_latency_that_was_asked_for(styles: Path) -> None:
    slowing = Painting(0.01, by_pixels=True, later_seconds=0.2)
    report = live(styles, slowing, lambda: Ticking(20), seconds=5, max_latency_ms=150)
    assert report.rungs[0].paint_ms < 100
    assert report.detail < 72
    assert report.steps >= 1
    assert report.latency_ms.p50 < A_QUEUE_MS


def test_a_run_begins_with_the_network_that_holds_the_rate(styles: Path) -> None:
    networks = [Painting(0.3, name="fine"), Painting(0.01, name="quick")]
    report = live(styles, networks, lambda: Ticking(20), seconds=1.0, hold_rate=True, temporal="off")
    assert (report.model, report.detail, report.steps) == ("quick", 72, 0)
    assert [(rung.model, rung.detail) for rung in report.rungs] == [
        ("fine", 72), ("fine", 64), ("quick", 72), ("quick", 64)]
    networks = [Painting(0.01, name="fine"), Painting(0.001, name="quick")]
    report = live(styles, networks, lambda: Ticking(20), seconds=1.0, hold_rate=True, temporal="off")
    assert (report.model, report.detail) == ("fine", 72)


def test_the_ladder_goes_from_a_network_that_grew_slow_to_a_quicker_one_and_fades(styles: Path) -> None:
    class Flat(Painting):
        def __init__(self, name: str, level: int, later_seconds: float | None = None) -> None:
            super().__init__(0.005, later_seconds=later_seconds, name=name)
            self.level = level

        def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
            _, used = super().stylize(images, looks, statistics)
            return np.full_like(images, self.level), used

    screen = Screen()
    networks = [Flat("fine", 0, later_seconds=0.15), Flat("quick", 255)]
    report = live(styles, networks, lambda: Ticking(20), screen, seconds=6.5, hold_rate=True, temporal="off",
                  max_latency_ms=60_000)
    assert report.model == "quick"
    assert report.steps >= 2
    levels = [level for _, _, level in screen.shown]
    levels = levels[levels.index(0):]  # before the first painting there is a dark card
    assert levels[-1] == 255
    between = [level for level in levels if 0 < level < 255]
    assert len(between) >= 2
    assert between == sorted(between)


def test_a_run_with_room_stays_at_its_full_size(styles: Path) -> None:
    assert live(styles, seconds=1.5, max_latency_ms=2_000).detail == 72
