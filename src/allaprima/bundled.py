"""Files that come with the package: inside an installed one, or at the root of a checkout."""

from __future__ import annotations

from pathlib import Path

PLACES = {"weights": "weights", "styles": "examples/styles", "fitted": "weights/styles", "photos": "examples/photos",
          "page": "web/dist"}
"""What is bundled -> where it lies in a checkout."""


def bundled_folder(what: str) -> Path | None:
    """The folder of bundled weights or styles, or None where the installation lacks it."""
    here = Path(__file__).resolve().parent
    for folder in (here / "bundled" / what, here / "bundled" / PLACES[what], here.parents[1] / PLACES[what]):
        if folder.is_dir():
            return folder
    return None


def bundled_styles() -> dict[str, Path]:
    """The bundled style pictures by the names that ``--style`` takes."""
    folder = bundled_folder("styles")
    pictures = sorted(folder.glob("*.jpg")) if folder is not None else []
    return {path.stem: path for path in pictures}


def bundled_fits() -> dict[str, Path]:
    """The files of the bundled styles that networks are fitted to, by the names of the styles."""
    folder = bundled_folder("fitted")
    return {path.stem: path for path in sorted(folder.glob("*.style"))} if folder is not None else {}
