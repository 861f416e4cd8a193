"""``stylize-webcam``: a camera painted live in a window, keys under the fingers."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_engine
from allaprima.config import (
    PATIENCE_ALONE_SECONDS,
    PATIENCE_ON_STAGE_SECONDS,
    Lead,
    LiveOptions,
    LiveTemporal,
    ModelOptions,
    StyleOptions,
    parsed_seconds,
)
from allaprima.errors import Interrupted, OptionError
from allaprima.plurals import counted
from allaprima.sizes import Size, parsed_brush, parsed_size

if TYPE_CHECKING:
    from allaprima.engines import Engine
    from allaprima.io.screen.window import Windows
    from allaprima.pipeline.live.fits import Command
    from allaprima.pipeline.live.report import LiveReport
    from allaprima.pipeline.live.rungs import Rung

WINDOW = "Allaprima"
FIT_MINUTES = 3.0  # of a fit that a key begins
BEST_FIRST = ("balanced", "fast")


def stylize_webcam(
        camera: Annotated[str, typer.Option(
            "--camera", "-c", help="A camera's number, a device, a stream's URL, or a film.")] = "0",
        style: Annotated[list[str] | None, typer.Option(
            "--style", "-s", show_default=False,
            help="A style, a blend, or a folder of styles; several are a playlist. Default: the bundled ones.")] = None,
        strength: given.Strength = StyleOptions.strength, style_scale: given.StyleScale = StyleOptions.style_scale,
        photoreal: given.Photoreal = StyleOptions.photoreal, brush: given.Brush = None, fit: given.Fit = None,
        size: Annotated[str | None, typer.Option(
            "--size", help="Shorter side of the picture in pixels, or both sides.")] = "360",
        fps: Annotated[float | None, typer.Option(
            "--fps", show_default=False, help="Asked of the camera, and held.")] = LiveOptions.fps,
        model: Annotated[str, typer.Option(
            "--model", "-m", help="auto (the best that holds the camera's rate), or one of those that paint."
            )] = "auto",
        max_latency: Annotated[float, typer.Option(
            "--max-latency", help="Milliseconds from camera to screen, held by smaller working sizes and networks."
            )] = LiveOptions.max_latency_ms,
        temporal: Annotated[LiveTemporal, typer.Option(
            "--temporal", help="Hold the painting steady: fast, or off.")] = LiveOptions.temporal,
        stability: Annotated[float, typer.Option(
            "--stability", help="How firmly: 0 is lively, 1 steady.")] = LiveOptions.stability,
        mirror: Annotated[bool, typer.Option("--mirror", help="Show it as a mirror does.")] = LiveOptions.mirror,
        record: Annotated[Path | None, typer.Option(
            "--record", show_default=False, help="Record into that .mkv from the start.")] = None,
        folder: Annotated[Path, typer.Option(
            "--folder", help="Where snapshots, looks and recordings go.")] = Path(),
        fullscreen: Annotated[bool, typer.Option(
            "--fullscreen", help="Fill the screen with the picture and nothing else.")] = LiveOptions.fullscreen,
        screen: Annotated[int | None, typer.Option(
            "--screen", show_default="1", help="Which screen the picture opens on and fills.")] = None,
        control_window: Annotated[bool, typer.Option(
            "--control-window/--no-control-window", help="A window with everything that keys do.",
            )] = LiveOptions.control_window,
        looks: Annotated[Path | None, typer.Option(
            "--set", show_default=False, help="Looks on keys, in evening.set; the key k keeps one.")] = None,
        listen: Annotated[str | None, typer.Option(
            "--listen", show_default=False, help="Let sound lead: default, an input's name, or a file.")] = None,
        osc: Annotated[str | None, typer.Option(
            "--osc", show_default=False, help="Hear OSC on that port of this machine alone; HOST:PORT for others too.",
            )] = None,
        osc_to: Annotated[str | None, typer.Option(
            "--osc-to", show_default=False, help="Tell rate, latency and all settings by OSC: PORT, or HOST:PORT.",
            )] = None,
        midi: Annotated[str | None, typer.Option(
            "--midi", show_default=False, help="Hear a MIDI surface: default, or a part of its name.")] = None,
        wires: Annotated[Path | None, typer.Option(
            "--wires", show_default=False, help="What knobs and pads do, in stage.wires; the key e teaches them.",
            )] = None,
        lead: Annotated[Lead, typer.Option("--lead", help="What sound leads.")] = LiveOptions.lead,
        virtual_camera: Annotated[bool, typer.Option(
            "--virtual-camera", help="Show it to other programs as a camera.")] = LiveOptions.virtual_camera,
        ndi: Annotated[str | None, typer.Option(
            "--ndi", show_default=False, help="Show it on the network as an NDI source of that name: experimental.",
            )] = None,
        headless: Annotated[bool, typer.Option("--headless", help="Without a window.")] = LiveOptions.headless,
        duration: Annotated[str | None, typer.Option(
            "--duration", show_default=False, help="End after so long: seconds, or h:mm:ss.")] = None,
        camera_patience: Annotated[float | None, typer.Option(
            "--camera-patience", help="Seconds that a lost camera is waited for; inf for ever.",
            show_default=f"{PATIENCE_ON_STAGE_SECONDS:g}; {PATIENCE_ALONE_SECONDS:g} with --headless or --duration",
            )] = None,
        device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision,
        as_json: given.Json = False, version: given.Version = False) -> None:
    """Paint a camera live: stylize-webcam --style art.jpg. Press h in the window for its keys."""
    wanted = LiveOptions(parsed_size(size) if size else Size(), fps, max_latency, mirror, fullscreen, headless,
                         virtual_camera, parsed_seconds(duration) if duration else None, temporal, stability,
                         hold_rate=model == "auto", brush=None if brush is None else parsed_brush(brush),
                         patience_seconds=patience(camera_patience, alone=headless or duration is not None),
                         control_window=control_window, listen=listen, lead=lead, ndi=ndi)
    chosen = StyleOptions(strength, style_scale, photoreal)
    if not folder.is_dir():
        raise OptionError(f"there is no folder {folder}", "create it first, or choose another --folder")
    with ExitStack() as stack:
        windows = None if headless else stack.enter_context(opened_windows(wanted, screen))
        from allaprima.pipeline.live.stage import perform
        from allaprima.pipeline.live.wires import WireOptions

        engines = [open_engine(name, device, precision) for name in candidates(model)]
        try:
            report, ending = perform(camera, style or domains_in(engines), engines, chosen, wanted, screen=windows,
                                     record=record, folder=folder, on_start=tell_start,
                                     fit=fitting_program(fit or FIT_MINUTES),
                                     fit_at_once=fit is not None, looks=looks,
                                     wires=WireOptions(osc, osc_to, midi, wires) if osc or osc_to or midi else None)
        except Interrupted as left:  # by q or the window's button: no failure
            tell(str(left))
            return
    tell(summary_of(report))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(report), indent=2))
    if ending is not None:
        raise ending


def opened_windows(wanted: LiveOptions, screen: int | None) -> Windows:
    """The windows, before the camera's size is known."""
    from allaprima.io.screen.window import Windows

    return Windows(WINDOW, *wanted.size.of(1280, 720), screen=screen, controls=wanted.control_window)


def fitting_program(minutes: float) -> Command:
    """The program that fits a network to a style beside a show: this one, once more."""
    if not 0 < minutes < float("inf"):
        raise OptionError(f"cannot fit for {minutes:g} minutes", "give --fit a time above 0: --fit 3")

    def command(picture: Path, frames: Path, model: str, lines: int, target: Path) -> list[str]:
        return [sys.executable, "-m", "allaprima", "fit", str(picture), "--on", str(frames), "--model", model,
                "--brush", str(lines), "--minutes", f"{minutes:g}", "--no-sheet", "-o", str(target)]

    return command


def domains_in(engines: Sequence[Engine]) -> list[str]:
    """The domains of a network of others as styles of a playlist, one for one that has none; none for other models."""
    from allaprima.engines.network import NetworkEngine

    first = engines[0]
    if not isinstance(first, NetworkEngine):
        return []
    return [f"domain-{number}" for number in range(max(1, first.description.domains))]


def candidates(model: str) -> list[str]:
    """The networks that may paint, the best first: the one asked for, or those there are to choose from."""
    from allaprima.engines import MODELS

    return [name for name in BEST_FIRST if name in MODELS] if model == "auto" else [model]


def patience(asked: float | None, *, alone: bool) -> float:
    """How long a lost camera is waited for: longer on a stage than where nobody looks on."""
    if asked is not None:
        return asked
    return PATIENCE_ALONE_SECONDS if alone else PATIENCE_ON_STAGE_SECONDS


def tell_start(rungs: Sequence[tuple[Rung, float]], chosen: int) -> None:
    """Says what runs, and how fast it could be."""
    times = ", ".join(f"{rung.engine.name} at {rung.detail} {1000 * seconds:.0f} ms" for rung, seconds in rungs)
    rung = rungs[chosen][0]
    tell(f"painting with {rung.engine.name} at {rung.detail} lines (a frame takes: {times}); press h in the window for "
         "its keys")


def summary_of(report: LiveReport) -> str:
    """A paragraph about a run."""
    latency = report.latency_ms
    since = "the camera took it" if report.latency_from == "camera" else "its data arrived"
    lines = [f"{counted(report.frames_shown, 'frame')} shown in {report.seconds:.1f} s, {report.fps_shown:.1f} fps "
             f"({report.model} at {report.detail} lines, {report.width}x{report.height}); "
             f"{report.frames_dropped} dropped; "
             f"latency {latency.p50:.0f} ms (p95 {latency.p95:.0f}, p99 {latency.p99:.0f}) after {since}"]
    if report.camera_losses:
        lines.append(f"note: the camera was lost {report.camera_losses} times")
    lines += [f"note: {note}" for note in report.notes]
    lines += [f"kept {name}" for name in report.files]
    return "\n".join(lines)
