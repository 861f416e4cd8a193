"""The live loop without a camera and without a window: what is shown, how late, and how a run ends."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Look
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import SourceError
from allaprima.io.camera.taken import Taken
from allaprima.pipeline.live.report import LiveReport
from allaprima.pipeline.live.stage import perform
from allaprima.sizes import Size
from shows import A_QUEUE_MS, LIMIT_SECONDS, Failing, Painting, Rgb, Screen, Ticking, live


def test_every_frame_is_shown_soon(styles: Path) -> None:
    report = live(styles, reader=lambda: Ticking(20))
    assert report.frames_shown >= 5
    assert report.latency_ms.p50 < A_QUEUE_MS
    assert report.frames_captured == report.frames_shown + report.frames_dropped


def test_the_end_of_the_source_ends_the_run(styles: Path) -> None:
    report = live(styles, reader=lambda: Ticking(50, frames=10), seconds=LIMIT_SECONDS)
    assert report.frames_captured == 10
    assert report.seconds < LIMIT_SECONDS / 2


def test_latency_is_counted_from_where_the_camera_says_that_it_took_the_picture(styles: Path) -> None:
    class Stamping(Ticking):
        def read(self) -> Taken | None:
            taken = super().read()
            return taken and replace(taken, captured_ns=time.monotonic_ns() - 300_000_000, stamped=True)

    report = live(styles, reader=lambda: Stamping(20), seconds=0.6)
    assert report.latency_from == "camera"
    assert report.latency_ms.p50 >= 300
    assert live(styles, reader=lambda: Ticking(20), seconds=0.3).latency_from == "arrival"


def test_a_slow_painter_skips_frames_and_never_queues_them(styles: Path) -> None:
    frame_seconds, paint_seconds = 0.05, 0.15
    screen = Screen()
    report = live(styles, Painting(paint_seconds), lambda: Ticking(1 / frame_seconds), screen, seconds=2)
    assert report.frames_dropped >= report.frames_shown
    assert report.latency_ms.p50 < A_QUEUE_MS


def test_a_painter_that_is_too_slow_lets_neither_age_nor_memory_grow(styles: Path) -> None:
    """A frame's age when it is first shown stays under two frame times plus its painting, as that took in this run.

    Half of all frames are held to that: the others may have waited for whoever else has the processor.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    frame_ms = 40
    report = live(styles, Painting(3 * frame_ms / 1000), lambda: Ticking(1000 / frame_ms), Screen(), seconds=3)
    gc.collect()
    assert report.frames_dropped > report.frames_shown
    assert report.waiting_ms.p50 < 2 * frame_ms
    assert report.latency_ms.p95 < A_QUEUE_MS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


def test_a_run_is_held_steady_unless_it_is_asked_not_to_be(styles: Path) -> None:
    class Flickering(Painting):
        """Paints the same picture otherwise each time, as networks do."""

        def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
            painted, used = super().stylize(images, looks, statistics)
            noise = np.random.default_rng(self.calls).integers(-40, 41, painted.shape)
            return np.clip(painted.astype(int) + noise, 0, 255).astype(np.uint8), used

    class Still(Ticking):
        """A camera before which nothing moves."""

        def read(self) -> Taken | None:
            taken = super().read()
            rows, columns = np.mgrid[0:72, 0:128]
            picture = 128 + 60 * np.sin(columns / 5) * np.cos(rows / 7)
            return taken and replace(taken, image=np.repeat(picture.astype(np.uint8)[..., None], 3, axis=2))

    def flicker(**options: object) -> float:
        screen = Screen()
        live(styles, Flickering(name="flickering"), lambda: Still(20), screen, seconds=1.2, **options)
        middle = [picture[30:60, 64:].astype(int) for picture in screen.pictures]  # beside the figures
        return float(np.mean([np.abs(one - other).mean() for one, other in pairwise(middle)]))

    assert flicker() < 0.5 * flicker(temporal="off")


def test_an_error_of_the_engine_ends_the_run_and_the_threads(styles: Path) -> None:
    with pytest.raises(MemoryError):
        live(styles, Painting(fail_at=20), seconds=5)


def ending_of(styles: Path, engine: IdentityEngine, reader: Callable[[], object], screen: Screen | None = None,
              seconds: float = LIMIT_SECONDS) -> tuple[LiveReport, object]:
    return perform("test", [str(styles)], [engine], StyleOptions(), LiveOptions(size=Size(), duration=seconds),
                   screen=screen, reader=reader,  # type: ignore[arg-type]
                   on_start=None if screen is None else screen.begin)


def test_a_camera_that_is_lost_while_a_picture_is_being_painted_ends_the_run_with_its_error(styles: Path) -> None:
    report, ending = ending_of(styles, Painting(0.3), lambda: Failing(50, frames=3))
    assert isinstance(ending, SourceError)
    assert report.seconds < LIMIT_SECONDS / 2


def test_a_camera_that_is_lost_while_the_picture_is_frozen_ends_the_run_with_its_error(styles: Path) -> None:
    screen = Screen({0.1: "space"})
    report, ending = ending_of(styles, Painting(), lambda: Failing(20, frames=20), screen)
    assert isinstance(ending, SourceError)
    assert report.seconds < LIMIT_SECONDS / 2


def test_a_picture_frozen_while_its_film_ends_stays_until_it_is_let_go(styles: Path) -> None:
    screen = Screen({0.2: "space", 1.6: "space"})
    report, ending = ending_of(styles, Painting(), lambda: Ticking(20, frames=16), screen)
    assert ending is None
    assert 1.5 < report.seconds < LIMIT_SECONDS / 2


def test_an_error_of_the_last_painting_is_met_where_the_run_ends_before_it(styles: Path) -> None:
    camera = Ticking(20)

    class Late(Painting):
        def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
            if camera.count > 1:  # the trials have only its first picture
                time.sleep(0.8)
                raise MemoryError("no memory is left")
            return super().stylize(images, looks, statistics)

    with pytest.raises(MemoryError):
        ending_of(styles, Late(), lambda: camera, seconds=0.4)


def test_closing_the_window_ends_the_run(styles: Path) -> None:
    class Closing(Screen):
        def show(self, picture: Rgb) -> None:
            super().show(picture)
            self.closed = len(self.shown) > 5

    assert live(styles, screen=Closing(), seconds=LIMIT_SECONDS).seconds < LIMIT_SECONDS / 2


def test_a_mirror_turns_the_picture(styles: Path) -> None:
    class Sided(Ticking):
        def read(self) -> Taken | None:
            taken = super().read()
            assert taken is not None
            taken.image[:, :64] = 0
            taken.image[:, 64:] = 200
            return taken

    screen = Screen()
    live(styles, reader=Sided, screen=screen, seconds=0.5, mirror=True)
    assert screen.shown[-1][2] == 0
