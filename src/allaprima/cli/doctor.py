"""``allaprima doctor``: what this machine and this installation can do, and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import platform

import typer

from allaprima.version import __version__

PACKAGES = ("av", "numpy", "opencv-python", "openvino", "pillow", "torch", "torchvision")
EXTRAS = {"pillow-heif": ("heif", "HEIC pictures")}
CODECS = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1", "prores": "prores_ks", "ffv1": "ffv1"}


def examine() -> None:
    """Say what this machine and this installation can do, and what is missing."""
    from allaprima import weights
    from allaprima.engines import MODELS
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
    typer.echo(f"codecs: {', '.join(available_codecs())}")
    for name in weights.known():
        typer.echo(f"  weights {name:16} {weights.path_of(name)}"
                   f"{'' if weights.path_of(name).is_file() else ' (fetched on first use)'}")


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
