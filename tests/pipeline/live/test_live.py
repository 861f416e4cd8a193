"""The live loop without a camera and without a window: a reader, an engine and a screen of the tests' own."""

from __future__ import annotations

import gc
import json
import resource
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Look, Style
from allaprima.engines.fitted import digest_of
from allaprima.engines.identity import NOTHING, IdentityEngine
from allaprima.engines.look_files import parsed_look_text
from allaprima.engines.style_files import StyleFile, style_bytes
from allaprima.errors import SinkError, SourceError
from allaprima.io.camera.taken import Taken
from allaprima.io.screen.events import Event, Key, Pointer
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.live import fits
from allaprima.pipeline.live.panel import Rect, laid_out
from allaprima.pipeline.live.report import LiveReport
from allaprima.pipeline.live.stage import perform
from allaprima.sizes import Size
from standin import chance_fit, chance_style

Rgb = np.ndarray


class Ticking:
    """A camera of that rate whose pictures tell their number in every pixel; it ends after some, or fails."""

    def __init__(self, fps: float = 50.0, frames: int | None = None) -> None:
        self.fps, self.frames, self.count, self.began = fps, frames, 0, 0.0

    def read(self) -> Taken | None:
        self.began = self.began or time.monotonic()
        if self.count == self.frames:
            return None
        time.sleep(max(0.0, self.began + self.count / self.fps - time.monotonic()))
        self.count += 1
        return Taken(np.full((72, 128, 3), self.count % 256, np.uint8))

    def close(self) -> None:
        pass


class Painting(IdentityEngine):
    """Adds the style's first number, times strength; takes its time, in proportion to the pixels where asked to.

    later_seconds: what it takes from its fiftieth picture on, as on a machine that grows hot.
    """

    def __init__(self, seconds: float = 0.0, by_pixels: bool = False, fail_at: int | None = None,
                 later_seconds: float | None = None, name: str = "none") -> None:
        self.seconds, self.by_pixels, self.fail_at, self.calls = seconds, by_pixels, fail_at, 0
        self.later_seconds, self.name = later_seconds, name

    def encode(self, picture: Rgb, name: str, scale: float = 1.0) -> Style:
        style = super().encode(picture, name, scale)
        style.code[0] = picture[0, 0, 0]
        return style

    def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
        self.calls += 1
        if self.calls == self.fail_at:
            raise MemoryError("no memory is left")
        seconds = self.seconds if self.later_seconds is None or self.calls < 50 else self.later_seconds
        time.sleep(seconds * (images.shape[1] / 72 if self.by_pixels else 1))
        added = round(float(looks[0].style.code[0]) * looks[0].strength)
        return np.clip(images.astype(int) + added, 0, 255).astype(np.uint8), NOTHING


class Screen:
    """A stage's window that presses keys, and moves the crossfader's slider, at the times given.

    It remembers what it was shown since the show began; ``before`` is what it was shown while that was prepared.
    """

    def __init__(self, keys: dict[float, str] | None = None, slide: dict[float, float] | None = None,
                 size: tuple[int, int] = (128, 72)) -> None:
        self.keys, self.slide = dict(keys or {}), dict(slide or {})
        self.size = size
        self.controls_size: tuple[int, int] | None = None
        self.before: list[Rgb] = []
        self.shown: list[tuple[float, tuple[int, ...], int]] = []
        self.pictures: list[Rgb] = []
        self.controls: Rgb | None = None
        self.pressed: dict[object, int] = {}
        self.fullscreen: list[bool] = []
        self.closed = False
        self.performing = False
        self.began = 0.0

    def begin(self, *_: object) -> None:
        """The show is prepared."""
        self.performing = True

    def show(self, picture: Rgb) -> None:
        if not self.performing:
            self.before.append(picture)
            return
        self.began = self.began or time.monotonic()
        self.shown.append((time.monotonic() - self.began, picture.shape, int(picture[-1, -1, 0])))
        self.pictures = [*self.pictures[-3:], picture]

    def show_controls(self, picture: Rgb) -> None:
        assert picture.shape[1::-1] == self.controls_size
        self.controls = picture

    def due(self, events: dict[float, object]) -> object:
        """What comes next: at its time, and not before as many pictures as a quiet machine shows till then."""
        for moment in sorted(events):
            if self.began and time.monotonic() - self.began >= moment and len(self.shown) >= 10 * moment:
                return events.pop(moment)
        return None

    def events(self) -> list[Event]:
        found: list[Event] = []
        while (key := self.due(self.keys)) is not None:  # type: ignore[arg-type]
            self.pressed[key] = len(self.shown)
            found.append(Key(str(key)))
        if self.controls_size is not None and self.controls is not None:
            while (place := self.due(self.slide)) is not None:  # type: ignore[arg-type]
                rect = slider_of(self.controls_size, "strength")
                x = rect.left + rect.height // 2 + round(float(str(place)) * (rect.width - 2 * (rect.height // 2)))
                found += [Pointer(x, rect.top + 2, "press"), Pointer(x, rect.top + 2, "release")]
        return found

    def set_fullscreen(self, wanted: bool) -> None:
        self.fullscreen.append(wanted)

    def set_controls(self, wanted: bool) -> None: ...


def slider_of(size: tuple[int, int], name: str) -> Rect:
    """Where a slider is in a control window of that size, three styles and no look."""
    widgets = laid_out(*size, 3, [], listening=False).widgets
    return next(each.rect for each in widgets if (each.kind, each.name) == ("slider", name))


A_QUEUE_MS = 1_000
"""Frames that are queued behind a slow painter come seconds late; a busy machine alone does not make them so late.

How late they are on a quiet machine, to the millisecond, is what ``tools/hold_latency.py`` measures.
"""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert not set(threading.enumerate()) - before


LIMIT_SECONDS = 40.0  # of a run that ends when it has shown what it should


def live(styles: Path, engine: IdentityEngine | list[IdentityEngine] | None = None,
         reader: Callable[[], object] = Ticking, screen: Screen | None = None, seconds: float = 1.0,
         strength: float = 1.0, until: Callable[[], bool] = lambda: False, **options: object) -> LiveReport:
    """A run of so many seconds, or, however busy the machine is, until something has come about."""
    wanted = LiveOptions(size=Size(), duration=seconds, **options)  # type: ignore[arg-type]
    engines = [engine or Painting()] if isinstance(engine, IdentityEngine | None) else engine
    report, ending = perform("test", [str(styles)], engines, StyleOptions(strength), wanted, screen=screen,
                             folder=styles.parent, reader=reader,  # type: ignore[arg-type]
                             on_start=None if screen is None else screen.begin, should_stop=until)
    assert ending is None
    return report


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


def test_a_run_with_room_stays_at_its_full_size(styles: Path) -> None:
    assert live(styles, seconds=1.5, max_latency_ms=2_000).detail == 72


def test_an_error_of_the_engine_ends_the_run_and_the_threads(styles: Path) -> None:
    with pytest.raises(MemoryError):
        live(styles, Painting(fail_at=20), seconds=5)


class Failing(Ticking):
    """A camera that is lost after so many pictures."""

    def read(self) -> Taken | None:
        taken = super().read()
        if taken is None:
            raise SourceError("the camera is lost")
        return taken


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


class Unchanging(Ticking):
    """A camera whose pictures are black."""

    def read(self) -> Taken | None:
        taken = super().read()
        return taken and replace(taken, image=np.zeros_like(taken.image))


class Compiling(Painting):
    """Paints fitted styles; the first call for a style, and a rung, takes as long as compiling a network does."""

    seconds_to_compile = 0.5

    def __init__(self, refused: str | None = None) -> None:
        super().__init__(0.001)
        self.compiled: dict[tuple[float, int], str] = {}
        self.refused = refused

    def encode(self, picture: Rgb, name: str, scale: float = 1.0) -> Style:
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


def test_closing_the_window_ends_the_run(styles: Path) -> None:
    class Closing(Screen):
        def show(self, picture: Rgb) -> None:
            super().show(picture)
            self.closed = len(self.shown) > 5

    assert live(styles, screen=Closing(), seconds=LIMIT_SECONDS).seconds < LIMIT_SECONDS / 2


def test_a_snapshot_holds_its_settings_and_a_look_can_be_read(styles: Path) -> None:
    report = live(styles, screen=Screen({0.4: "s", 0.5: "l", 0.6: "q"}), seconds=LIMIT_SECONDS, strength=0.5)
    snapshot, look = sorted(report.files, key=lambda name: name.endswith(".look"))
    with Image.open(snapshot) as image:
        assert image.size == (128, 72)
        settings = json.loads(image.text["allaprima"])  # type: ignore[attr-defined]
    assert settings["strength"] == 0.5
    saved = parsed_look_text(Path(look).read_text())
    assert saved.detail == 72
    assert [style.name for style, _ in saved.parts] == ["a"]


def test_a_recording_has_true_times(styles: Path) -> None:
    """Each picture tells its number, and with it when the camera took it, whatever was left out between."""
    screen = Screen({0.3: "r", 1.3: "r", 1.5: "q"})
    report = live(styles, reader=lambda: Ticking(20), screen=screen, seconds=LIMIT_SECONDS)
    [name] = report.files
    with av.open(name) as container:
        frames = [(frame.time, frame.to_ndarray(format="rgb24").mean()) for frame in container.decode(video=0)]
    assert len(frames) >= 5
    seconds, numbers = np.array([float(time) for time, _ in frames]), np.array([number for _, number in frames])
    assert seconds[0] == 0
    assert seconds[-1] > 0.5
    assert seconds == pytest.approx((numbers - numbers[0]) / 20, abs=0.12)  # colours of films are rounded


def test_a_picture_put_into_the_folder_becomes_a_style(styles: Path) -> None:
    threading.Timer(0.2, lambda: write_image(styles / "d.png", Picture(np.full((32, 32, 3), 160, np.uint8)))).start()
    (styles / "broken.png").write_bytes(b"no picture")
    screen = Screen({moment / 2: "4" for moment in range(4, 60)})  # the folder is read every now and then
    live(styles, reader=lambda: Unchanging(20), screen=screen, seconds=LIMIT_SECONDS,
         until=lambda: bool(screen.shown) and screen.shown[-1][2] == 160)
    assert screen.shown[-1][2] == 160


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


def test_a_folder_without_styles_and_a_recording_that_exists_are_refused(styles: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SourceError, match="no style"):
        live(empty)
    (tmp_path / "there.mkv").write_bytes(b"mine")
    with pytest.raises(SinkError, match="exists"):
        perform("test", [str(styles)], [Painting()], StyleOptions(), LiveOptions(duration=1), reader=Ticking,  # type: ignore[arg-type]
                record=tmp_path / "there.mkv")
    assert (tmp_path / "there.mkv").read_bytes() == b"mine"


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


def test_a_set_brings_its_styles_and_its_looks_to_another_run(styles: Path, tmp_path: Path) -> None:
    evening = tmp_path / "evening.set"
    first = Screen({0.1: "3", 0.2: "-", 0.3: "k", 0.4: "q"})
    options = LiveOptions(size=Size(), duration=60)
    perform("test", [str(styles)], [Painting()], StyleOptions(), options, screen=first, on_start=first.begin,
            folder=tmp_path, reader=lambda: Ticking(20), looks=evening)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.glob("*.set")] == ["evening.set"]

    class Waiting(Screen):
        def show(self, picture: Rgb) -> None:
            super().show(picture)
            self.closed = self.performing and int(picture[-1, -1, 0]) == 76  # 0.95 of the third style's 80

    second = Waiting({0.1: "f1"})
    report, _ = perform("test", [], [Painting()], StyleOptions(), options, screen=second, on_start=second.begin,
                        folder=tmp_path, reader=lambda: Unchanging(20), looks=evening)  # type: ignore[arg-type]
    assert second.closed
    assert report.seconds < 30


def test_keys_pressed_while_networks_are_prepared_are_obeyed_when_the_show_begins(styles: Path) -> None:
    class Early(Screen):
        def events(self) -> list[Event]:
            keys, self.keys = self.keys, {}
            return [Key(key) for key in keys.values()]

        def show(self, picture: Rgb) -> None:
            super().show(picture)
            self.closed = bool(self.shown) and self.shown[-1][2] == 40

    class Slow(Painting):
        def encode(self, picture: Rgb, name: str, scale: float = 1.0) -> Style:
            time.sleep(0.3)
            return super().encode(picture, name, scale)

    screen = Early({0.0: "n"})
    report = live(styles, Slow(), lambda: Unchanging(20), screen, seconds=30)
    assert screen.before        # the camera was shown meanwhile
    assert screen.closed
    assert report.seconds < 25
