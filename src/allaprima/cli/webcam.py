"""``stylize-webcam``: a camera painted live in a window, keys under the fingers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_engine
from allaprima.config import LiveOptions, ModelOptions, Size, StyleOptions, parsed_seconds, parsed_size
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from allaprima.engines import Engine
    from allaprima.io.window import Window
    from allaprima.pipeline.live.report import LiveReport

WINDOW = "Allaprima"
BEST_FIRST = ("balanced", "fast")
ROOM = 0.8  # of the time between two frames that painting may take


def stylize_webcam(
        camera: Annotated[str, typer.Option(
            "--camera", "-c", help="A camera's number, a device, a stream's URL, or a film.")] = "0",
        style: Annotated[list[str] | None, typer.Option(
            "--style", "-s", show_default=False,
            help="A style, a blend, or a folder of styles; several are a playlist. Default: the bundled ones.")] = None,
        strength: given.Strength = StyleOptions.strength, style_scale: given.StyleScale = StyleOptions.style_scale,
        size: Annotated[str | None, typer.Option(
            "--size", help="Shorter side of the picture in pixels, or both sides.")] = "360",
        fps: Annotated[float | None, typer.Option(
            "--fps", show_default=False, help="Asked of the camera, and held.")] = LiveOptions.fps,
        model: Annotated[str, typer.Option(
            "--model", "-m", help="auto (the best that holds the rate), balanced, reference or none.")] = "auto",
        max_latency: Annotated[float, typer.Option(
            "--max-latency", help="Milliseconds from camera to screen, held by smaller working sizes."
            )] = LiveOptions.max_latency_ms,
        stability: Annotated[float, typer.Option(
            "--stability", help="0 is lively, 1 steady.")] = LiveOptions.stability,
        mirror: Annotated[bool, typer.Option("--mirror", help="Show it as a mirror does.")] = LiveOptions.mirror,
        record: Annotated[Path | None, typer.Option(
            "--record", show_default=False, help="Record into that .mkv from the start.")] = None,
        folder: Annotated[Path, typer.Option(
            "--folder", help="Where snapshots, looks and recordings go.")] = Path(),
        fullscreen: Annotated[bool, typer.Option("--fullscreen", help="Fill the screen.")] = LiveOptions.fullscreen,
        virtual_camera: Annotated[bool, typer.Option(
            "--virtual-camera", help="Show it to other programs as a camera.")] = LiveOptions.virtual_camera,
        headless: Annotated[bool, typer.Option("--headless", help="Without a window.")] = LiveOptions.headless,
        duration: Annotated[str | None, typer.Option(
            "--duration", show_default=False, help="End after so long: seconds, or h:mm:ss.")] = None,
        device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision,
        as_json: given.Json = False) -> None:
    """Paint a camera live: stylize-webcam --style art.jpg. Press h in the window for its keys."""
    wanted = LiveOptions(parsed_size(size) if size else Size(), fps, max_latency, mirror, fullscreen, headless,
                         virtual_camera, parsed_seconds(duration) if duration else None, stability)
    chosen = StyleOptions(strength, style_scale)
    if not folder.is_dir():
        raise OptionError(f"there is no folder {folder}", "create it first, or choose another --folder")
    with ExitStack() as stack:
        # Before anything imports PyAV: see io/window.py.
        screen = None if headless else stack.enter_context(opened_window(wanted.size))
        from allaprima.pipeline.live.stage import perform

        engine = held_engine(wanted, device, precision) if model == "auto" else open_engine(model, device, precision)
        report, ending = perform(camera, style or [], engine, chosen, wanted, screen=screen, record=record,
                                 folder=folder, on_start=lambda seconds: tell_start(engine, seconds))
    tell(summary_of(report))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(report), indent=2))
    if ending is not None:
        raise ending


def opened_window(size: Size) -> Window:
    """The window, before the camera's size is known."""
    from allaprima.io.window import Window

    return Window(WINDOW, *size.of(1280, 720))


def held_engine(options: LiveOptions, device: str, precision: str) -> Engine:
    """The best model that paints the wanted size in time, measured here and now; the fastest where none does."""
    from allaprima.engines import MODELS
    from allaprima.pipeline.live.stage import USUAL_FPS
    from allaprima.pipeline.live.trial import seconds_a_frame

    names = [name for name in BEST_FIRST if name in MODELS]
    width, height = options.size.of(1280, 720)
    for name in names:
        engine = open_engine(name, device, precision)
        if name == names[-1] or seconds_a_frame(engine, width, height) <= ROOM / (options.fps or USUAL_FPS):
            break
    return engine


def tell_start(engine: Engine, seconds: Sequence[float]) -> None:
    """Says what runs, and how fast it could be."""
    times = ", ".join(f"{1000 * each:.0f}" for each in seconds)
    tell(f"painting with {engine.name}: {times} ms a frame on the ladder's sizes; press h in the window for keys")


def summary_of(report: LiveReport) -> str:
    """A paragraph about a run."""
    latency = report.latency_ms
    lines = [f"{report.frames_shown} frames shown in {report.seconds:.1f} s, {report.fps_shown:.1f} fps "
             f"({report.model}, {report.width}x{report.height}); {report.frames_dropped} dropped; "
             f"latency {latency.p50:.0f} ms (p95 {latency.p95:.0f}, p99 {latency.p99:.0f})"]
    if report.camera_losses:
        lines.append(f"note: the camera was lost {report.camera_losses} times")
    lines += [f"note: {note}" for note in report.notes]
    lines += [f"kept {name}" for name in report.files]
    return "\n".join(lines)
