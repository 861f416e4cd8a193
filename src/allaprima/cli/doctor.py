"""``allaprima doctor``: what this machine and this installation can do, and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterator

import typer

from allaprima.version import __version__

PACKAGES = ("av", "numba", "numpy", "opencv-python", "openvino", "pillow", "pygame-ce", "torch", "torchvision")
EXTRAS = {"pillow-heif": ("heif", "HEIC pictures"), "miniaudio": ("stage", "sound that leads a live show"),
          "pyvirtualcam": ("virtual-camera", "a virtual camera")}
TRIAL_SIZE = (640, 360)
NEEDED_WEIGHTS = {"reference": ("vgg19", "decoder")}  # others are named as their weights are, or have none
CODECS = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1", "prores": "prores_ks", "dnxhr": "dnxhd",
          "ffv1": "ffv1"}


def examine() -> None:
    """Say what this machine and this installation can do, and what is missing."""
    from allaprima import weights
    from allaprima.engines import MODELS
    from allaprima.loops.readiness import state_of_loops
    from allaprima.runtimes import RUNTIMES

    typer.echo(f"allaprima {__version__}, Python {platform.python_version()}, {platform.system()} "
               f"{platform.machine()}, {os.cpu_count()} processors")
    for package in PACKAGES:
        typer.echo(f"  {package:16} {version_of(package) or 'missing: pip install --force-reinstall allaprima'}")
    for package, (extra, purpose) in EXTRAS.items():
        remedy = f"not installed ({purpose}): pip install 'allaprima[{extra}]'"
        typer.echo(f"  {package:16} {version_of(package) or remedy}")
    typer.echo(f"models: {', '.join(MODELS)}")
    typer.echo(f"devices: {', '.join(RUNTIMES)}")
    typer.echo(f"cuda (experimental, tested on one card): {cuda_state()}")
    typer.echo(f"codecs: {', '.join(available_codecs())}")
    typer.echo(f"loops: {state_of_loops()}")
    typer.echo(f"window: {window_state()}")
    typer.echo(f"sound: {sound_inputs()}")
    for line in cameras():
        typer.echo(f"camera: {line}")
    for line in measured_speeds():
        typer.echo(f"speed: {line}")
    for name in weights.known():
        typer.echo(f"  weights {name:16} {weights.path_of(name)}"
                   f"{'' if weights.path_of(name).is_file() else ' (fetched on first use)'}")


def cuda_state() -> str:
    """Whether an NVIDIA GPU can be used here, and what is missing; torch is loaded only where a driver answers."""
    from allaprima.runtimes import objection_to
    from allaprima.runtimes.nvidia import card

    found = card()
    if found is None:
        return "none: no NVIDIA driver answers"
    import torch

    if not torch.cuda.is_available():
        return "none: a driver answers, but this torch cannot use it (pip install --force-reinstall torch)"
    objection = objection_to(found)
    taken = "--device auto takes it" if objection is None else f"--device auto does not take it: {objection}"
    return (f"{found.name}, {found.driver}, torch for CUDA {torch.version.cuda}; {taken}; films: --hwaccel, --codec "
            "h264-nvenc")


def window_state() -> str:
    """Whether a window can be opened here, and how to get along without."""
    from allaprima.errors import SinkError
    from allaprima.io.screen.window import refuse_without_screen

    try:
        refuse_without_screen()
    except SinkError as error:
        return f"none: {error} ({error.hint})"
    from allaprima.io.screen.monitors import monitors_of_x11

    screens = ", ".join(f"screen {number} {each.width}x{each.height} at {each.left},{each.top}"
                        for number, each in enumerate(monitors_of_x11(), 1))
    return f"a screen answers ({os.environ.get('DISPLAY') or platform.system()}{'; ' + screens if screens else ''})"


def sound_inputs() -> str:
    """The inputs that ``stylize-webcam --listen`` can hear."""
    from allaprima.io.sound.device import inputs

    if version_of("miniaudio") is None:
        return "files only; inputs with pip install 'allaprima[stage]'"
    return ", ".join(name for name, _ in inputs()) or "none found; files work: stylize-webcam --listen FILE"


def cameras() -> list[str]:
    """The cameras that Linux lists, each with how it opens and its other modes; elsewhere they have numbers only."""
    from allaprima.errors import SourceError
    from allaprima.io.camera.device import cameras_found, mode_of
    from allaprima.io.camera.modes import modes_of

    lines = []
    for camera in cameras_found():
        try:
            lines.append(f"{camera.device} {camera.name}: opens as {mode_of(camera.device)}")
            lines += [f"  {mode}" for mode in modes_of(camera.device)]
        except SourceError as error:
            lines.append(f"{camera.device} {camera.name}: {error}")
    return lines or ["none found; streams (http://, rtsp://) and films work as cameras too: stylize-webcam --camera"]


def measured_speeds() -> Iterator[str]:
    """How fast each network whose weights are at hand paints a small frame here and now, steadying left out."""
    from allaprima import weights
    from allaprima.api.model import open_model
    from allaprima.engines import MODELS
    from allaprima.errors import AllaprimaError
    from allaprima.pipeline.live.trial import seconds_a_frame

    for name in MODELS:
        needed = NEEDED_WEIGHTS.get(name, (name,))
        if not all(needed_one in weights.known() and weights.path_of(needed_one).is_file() for needed_one in needed):
            continue
        try:
            seconds = seconds_a_frame(open_model(name).engine, *TRIAL_SIZE)
            yield f"{name} paints {1 / seconds:.1f} frames a second of {TRIAL_SIZE[0]}x{TRIAL_SIZE[1]}"
        except AllaprimaError as error:
            yield f"{name} cannot run: {error}"


def version_of(package: str) -> str | None:
    """The installed version of a package, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def available_codecs() -> list[str]:
    """The codecs that films can be written in here."""
    import av

    return [name for name, encoder in CODECS.items() if encoder in av.codecs_available]
