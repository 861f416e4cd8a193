"""A live run from its options: everything opened in order, run, and closed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from allaprima.addresses import shown_address
from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Engine
from allaprima.errors import AllaprimaError, Interrupted, SourceError
from allaprima.io.camera.camera import CameraWish, Reader, open_camera, returns
from allaprima.io.screen.ndi import NdiSender
from allaprima.io.screen.virtual_camera import VirtualCamera
from allaprima.io.sound.sound import open_sound
from allaprima.pipeline.live.capture import EVER, Capture
from allaprima.pipeline.live.console import Console
from allaprima.pipeline.live.controls import Controls
from allaprima.pipeline.live.cues import spec_of
from allaprima.pipeline.live.display import Screen
from allaprima.pipeline.live.ear import Ear
from allaprima.pipeline.live.fits import Command, LiveFit
from allaprima.pipeline.live.keeping import Keeper
from allaprima.pipeline.live.loop import Budget, Live, Rgb
from allaprima.pipeline.live.painter import Painter, spared_cores
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.preparing import Preparation
from allaprima.pipeline.live.report import LiveReport
from allaprima.pipeline.live.rungs import Rung, first_that_holds, rungs_of
from allaprima.pipeline.live.show_set import ShowSet
from allaprima.pipeline.live.waiting import Foyer, Say
from allaprima.pipeline.live.wires import Wired, WireOptions, Wires

USUAL_FPS = 30.0  # of a camera that tells no rate, and the most that is held unasked


def open_reader(camera: str, options: LiveOptions) -> Reader:
    """The camera, asked for the size and the rate that the options want."""
    size = options.size
    height = size.height or size.shorter
    width = size.width or (height * 16 // 9 if height else None)
    return open_camera(camera, CameraWish(width, height, options.fps))


def held_fps(options: LiveOptions, camera_fps: float | None) -> float | None:
    """The rate that the ladder is to hold, None for none."""
    if options.fps is not None or not options.hold_rate:
        return options.fps
    return min(camera_fps or USUAL_FPS, USUAL_FPS)


def paint_seconds(max_latency_ms: float, interval_ms: float | None, camera_fps: float | None) -> float:
    """The seconds that painting may take at the start of a run.

    Not longer than between two frames, where a rate is held; nor, with the time that a frame may have to wait for the
    painter, than the latency allows, but half of that at least.
    """
    waiting_ms = 1000 / (camera_fps or USUAL_FPS)
    return min(interval_ms or EVER, max(max_latency_ms - waiting_ms, max_latency_ms / 2)) / 1000


def perform(camera: str, styles: Sequence[str], engines: Sequence[Engine], chosen: StyleOptions, options: LiveOptions,
            *, screen: Screen | None = None, record: Path | None = None, folder: Path = Path(),
            reader: Callable[[], Reader] | None = None, on_picture: Callable[[Rgb], None] | None = None,
            should_stop: Callable[[], bool] = lambda: False,
            on_start: Callable[[Sequence[tuple[Rung, float]], int], None] | None = None,
            fit: Command | None = None, fit_at_once: bool = False, looks: Path | None = None,
            wires: WireOptions | Wired | None = None,
            ) -> tuple[LiveReport, AllaprimaError | None]:
    """Paints a camera live until it ends or is ended; gives back what was done, and what ended it before its time.

    styles: names or folders, the bundled styles where there are none. engines: networks that may paint, the best first;
    the run begins with the best that holds the rate, measured here. folder: where snapshots, looks and recordings go.
    on_picture: given every painted picture, as a virtual camera is. should_stop: asked again and again whether to end.
    on_start: told the rungs, the seconds that a frame takes on each, and the one that the run begins on. fit: the
    program that fits a network to a style; at once to the first style, or by a key. looks: a set's file, whose styles
    come first; made by the first look that is kept where it does not exist. wires: OSC and MIDI, or what else leads it.
    Raises ``Interrupted`` where the windows are left before the show begins.
    """
    show_set = ShowSet(looks, folder)
    foyer = Foyer(screen, bare=options.fullscreen)
    shown = shown_address(camera)
    if screen is not None:
        screen.set_fullscreen(options.fullscreen)
    with ExitStack() as stack:
        wiring = stack.enter_context(Wires(wires, folder)) if isinstance(wires, WireOptions) else wires
        ear = None if options.listen is None else stack.enter_context(Ear(open_sound(options.listen)))
        capture = foyer.during(lambda say: stack.enter_context(opened(camera, reader, options, say)),
                               f"opening the camera {shown}")
        foyer.picture = lambda: capture.newest
        rate = held_fps(options, capture.fps)
        outputs = [] if on_picture is None else [on_picture]
        if options.virtual_camera:
            outputs.append(stack.enter_context(VirtualCamera(*options.size.of(*capture.size), rate or USUAL_FPS)).show)
        if options.ndi is not None:
            outputs.append(stack.enter_context(NdiSender(options.ndi, *options.size.of(*capture.size),
                                                         rate or USUAL_FPS)).show)
        wanted = [*map(spec_of, show_set.looks.styles), *styles]
        ready = foyer.during(lambda say: prepared(capture, wanted, engines, chosen, options, rate, say),
                             "preparing the styles")
        painter, playlist, costs = ready.painter, ready.playlist, ready.costs
        if on_start is not None:
            on_start(list(zip(painter.rungs, costs, strict=True)), painter.rung)
        keeper = Keeper(folder, painter.rungs, painter.size, rate or USUAL_FPS)
        stack.callback(keeper.stop)
        if record is not None:
            keeper.record_to(record)
        for part in (playlist, ready.preparation, painter):
            stack.enter_context(part)
        fits = None if fit is None else stack.enter_context(LiveFit(playlist, folder, fit))
        live = Live(capture, painter, costs, playlist, keeper,
                    Budget(options.max_latency_ms, None if rate is None else 1000 / rate),
                    Console(painter.controls, playlist, show_set, ear), screen, outputs, fits, foyer.early, wiring)
        if fits is not None and fit_at_once:
            fits.begin(0, painter.rungs[painter.rung])
        return performed(live, capture, painter, options, shown, should_stop)


def performed(live: Live, capture: Capture, painter: Painter, options: LiveOptions, camera: str,
              should_stop: Callable[[], bool]) -> tuple[LiveReport, AllaprimaError | None]:
    """Runs a show from its first frame to its end; gives back what was done, and what ended it before its time."""
    ending: AllaprimaError | None = None
    began = time.monotonic()
    capture.start()
    try:
        live.run(None if options.duration is None else float(options.duration), should_stop)
        painter.finish()
    except KeyboardInterrupt:
        ending = Interrupted("interrupted: everything kept so far is in place")
    except SourceError as lost:
        ending = lost
    return live.report(camera, time.monotonic() - began), ending


def opened(camera: str, reader: Callable[[], Reader] | None, options: LiveOptions, say: Say) -> Capture:
    """The camera's frames to be entered; says why its first picture takes long."""
    return Capture(reader or partial(open_reader, camera, options), returns=reader is None and returns(camera),
                   patience_seconds=options.patience_seconds,
                   on_wait=lambda reason: say(f"{shown_address(camera)}: {reason}"))


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a show needs beside its camera, none of it entered; costs: seconds a frame on every rung."""

    playlist: Playlist
    preparation: Preparation
    painter: Painter
    costs: list[float]


def prepared(capture: Capture, styles: Sequence[str], engines: Sequence[Engine], chosen: StyleOptions,
             options: LiveOptions, rate: float | None, say: Say) -> Prepared:
    """Styles encoded, networks compiled and timed on the camera's first picture; says what is being done."""
    width, height = options.size.of(*capture.size)
    rungs = rungs_of(engines, width, height, chosen.style_scale, options.brush)
    playlist = Playlist(styles, rungs, fitted=chosen.style_scale == 1,
                        on_style=lambda name: say(f"preparing the style {Path(name).stem}"))
    controls = Controls(strength=chosen.strength, photoreal=chosen.photoreal, mirror=options.mirror,
                        fullscreen=options.fullscreen, overlay=not options.fullscreen, panel=options.control_window,
                        leading="off" if options.listen is None else options.lead,
                        stability=options.stability if options.temporal == "fast" else 0.0)
    preparation = Preparation(playlist, rungs, spared_cores(controls))
    painter = Painter(capture.frames, playlist, controls, (width, height), rungs, preparation)
    costs = painter.warm(capture.first, lambda rung: say(
        f"preparing the network {rungs[rung].engine.name} at {rungs[rung].detail} lines: {rung + 1} of {len(rungs)}"))
    interval_ms = None if rate is None else 1000 / rate
    painter.rung = first_that_holds(costs, paint_seconds(options.max_latency_ms, interval_ms, capture.fps))
    preparation.rung = painter.rung
    first = playlist.entries[0].styles[painter.rung]
    if not preparation.ready(painter.rung, first):
        say(f"preparing what was fitted to {playlist.entries[0].name}")
        preparation.compile(painter.rung, first)
    return Prepared(playlist, preparation, painter, costs)
