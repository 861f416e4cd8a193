"""A live run from its options: everything opened in order, run, and closed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from allaprima.config import LiveOptions, Size, StyleOptions
from allaprima.engines import Engine
from allaprima.errors import Interrupted
from allaprima.io.camera import CameraWish, Reader, open_camera, returns
from allaprima.io.virtual_camera import VirtualCamera
from allaprima.pipeline.live.capture import Capture
from allaprima.pipeline.live.controls import Controls
from allaprima.pipeline.live.keeping import Keeper
from allaprima.pipeline.live.ladder import heights
from allaprima.pipeline.live.loop import Budget, Live, Screen
from allaprima.pipeline.live.overlay import card
from allaprima.pipeline.live.painter import Painter
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.report import LiveReport

USUAL_FPS = 30.0


def open_reader(camera: str, options: LiveOptions) -> Reader:
    """The camera, asked for the size and the rate that the options want."""
    size = options.size
    height = size.height or size.shorter
    width = size.width or (height * 16 // 9 if height else None)
    return open_camera(camera, CameraWish(width, height, options.fps))


def show_text(screen: Screen | None, text: str) -> None:
    """Shows a line of text in the window, while nothing else can be."""
    if screen is not None:
        screen.show(card(640, 360, text))
        screen.key()


def perform(camera: str, styles: Sequence[str], engine: Engine, chosen: StyleOptions, options: LiveOptions, *,
            screen: Screen | None = None, record: Path | None = None, folder: Path = Path(),
            reader: Callable[[], Reader] | None = None,
            on_start: Callable[[Sequence[float]], None] | None = None) -> tuple[LiveReport, Interrupted | None]:
    """Paints a camera live until it ends or is ended; gives back what was done, and whether Ctrl-C ended it.

    styles: names or folders, the bundled styles where there are none. folder: where snapshots, looks and recordings go.
    on_start: told the seconds that a frame takes on every rung, tallest first.
    """
    ending: Interrupted | None = None
    tell = partial(show_text, screen)
    tell(f"opening the camera {camera}")
    with ExitStack() as stack:
        capture = stack.enter_context(Capture(reader or partial(open_reader, camera, options),
                                              returns=reader is None and returns(camera)))
        width, height = options.size.of(*capture.size)
        tell("preparing the styles")
        rungs = heights(min(width, height))
        scales = [chosen.style_scale * rung / rungs[0] for rung in rungs]  # strokes alike at every working height
        playlist = stack.enter_context(Playlist(styles, engine, scales))
        controls = Controls(strength=chosen.strength, stability=options.stability, mirror=options.mirror,
                            fullscreen=options.fullscreen)
        painter = Painter(capture.frames, engine, playlist, controls, (width, height),
                          tuple(Size(shorter=rung).of(width, height) for rung in rungs))
        tell("preparing the network")
        seconds = painter.warm()
        if on_start is not None:
            on_start(seconds)
        keeper = Keeper(folder, engine, rungs, (width, height), options.fps or USUAL_FPS)
        stack.callback(keeper.stop)
        if record is not None:
            keeper.record_to(record)
        output = stack.enter_context(VirtualCamera(width, height, options.fps or USUAL_FPS)
                                     ) if options.virtual_camera else None
        stack.enter_context(painter)
        budget = Budget(options.max_latency_ms, 1000 / options.fps if options.fps else None)
        live = Live(capture, painter, playlist, keeper, budget, screen, output)
        began = time.monotonic()
        capture.start()
        try:
            live.run(None if options.duration is None else float(options.duration))
        except KeyboardInterrupt:
            ending = Interrupted("interrupted: everything kept so far is in place")
        report = live.report(camera, time.monotonic() - began)
    return report, ending
