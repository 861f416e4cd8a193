"""The whole page as static files: what was built, the networks, the styles, and a list that makes it work offline."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from allaprima import weights
from allaprima.bundled import bundled_folder
from allaprima.errors import SourceError
from allaprima.version import __version__
from allaprima.web.networks import page_encoder, page_network
from allaprima.web.page import page_folder
from allaprima.web.styles import page_styles

NETWORKS = ("fast", "balanced")
EXAMPLE, EXAMPLE_SIDE = "mountains.jpg", 1280
SERVICE_WORKER, VERSION_MARK = "sw.js", "unwritten"
FIRST = ("page", "runtime", "network", "styles", "example")
"""The parts that a first visit fetches before it paints, and styles to choose from."""
KEPT = (*FIRST, "balanced", "styles for balanced")
"""What is kept for visits without a network, fetched while the page paints; the rest comes when it is asked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: what it is for, and the bytes of its files by name."""

    name: str
    files: dict[str, int]

    @property
    def bytes(self) -> int:
        """The bytes of all its files."""
        return sum(self.files.values())


def write_page(folder: Path, source: Path | None = None) -> list[Part]:
    """Writes the page into an empty folder and tells its parts; raises SourceError where this installation has none.

    source: the folder of the built page; that of this installation by default.
    """
    built = source or page_folder()
    shutil.copytree(built, folder, dirs_exist_ok=True)
    about: dict[str, object] = {"version": __version__, "networks": write_networks(folder),
                                "encoder": write_encoder(folder), "styles": write_styles(folder)}
    write_example(folder)
    (folder / "models" / "about.json").write_text(json.dumps(about, separators=(",", ":")), encoding="utf-8")
    parts = parts_of(folder)
    write_list(folder, parts)
    return parts


def write_networks(folder: Path) -> dict[str, object]:
    """Writes the compact networks and tells what the page has to know of each."""
    models, told = folder / "models", {}
    models.mkdir(exist_ok=True)
    for name in NETWORKS:
        network = page_network(name)
        (models / f"{name}.onnx").write_bytes(network.graph)
        (models / f"{name}.kernels").write_bytes(network.kernels)
        (models / f"{name}.mapping").write_bytes(network.mapping)
        if network.mixed is not None:
            (models / f"{name}.mixed").write_bytes(network.mixed)
        told[name] = network.about
    return dict(told)


def write_encoder(folder: Path) -> dict[str, object]:
    """Writes the style encoder and tells what the page has to know of it."""
    graph, tensors, about = page_encoder()
    (folder / "models" / "style-encoder.onnx").write_bytes(graph)
    (folder / "models" / "style-encoder.tensors").write_bytes(tensors)
    return about


def write_styles(folder: Path) -> list[dict[str, object]]:
    """Writes the bundled styles and tells their names."""
    (folder / "styles").mkdir(exist_ok=True)
    told: list[dict[str, object]] = []
    for style in page_styles({weights.named(name).sha256: name for name in NETWORKS}):
        (folder / "styles" / f"{style.name}.jpg").write_bytes(style.thumbnail)
        for network, content in style.fits.items():
            (folder / "styles" / f"{style.name}.{network}.style").write_bytes(content)
        told.append({"name": style.name, "networks": sorted(style.fits), "brush": style.brush})
    return told


def write_example(folder: Path) -> None:
    """Writes the photograph that the page paints before it is given anything."""
    from PIL import Image

    photos = bundled_folder("photos")
    if photos is None:
        raise SourceError("this installation has no photograph of its own", "reinstall allaprima")
    with Image.open(photos / EXAMPLE) as picture:
        small = picture.convert("RGB")
        small.thumbnail((EXAMPLE_SIDE, EXAMPLE_SIDE), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    small.save(content, "JPEG", quality=85, progressive=True)
    (folder / "example.jpg").write_bytes(content.getvalue())


def part_of(name: str) -> str:
    """The part that a file of the page belongs to."""
    if name.startswith("runtime/"):
        return "webgpu runtime" if ".jspi." in name else "runtime"
    if name.startswith("styles/"):
        return "styles" if name.endswith((".jpg", ".fast.style")) else "styles for balanced"
    if name.startswith("models/"):
        known = {"models/fast.onnx": "network", "models/fast.kernels": "network", "models/about.json": "network",
                 "models/balanced.onnx": "balanced", "models/balanced.kernels": "balanced"}
        return known.get(name, "own styles")
    return "example" if name == "example.jpg" else "page"


def parts_of(folder: Path) -> list[Part]:
    """The parts of a written page, those of a first visit before the others."""
    found: dict[str, dict[str, int]] = {name: {} for name in FIRST}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            found.setdefault(part_of(name), {})[name] = path.stat().st_size
    return [Part(name, files) for name, files in found.items()]


def write_list(folder: Path, parts: list[Part]) -> None:
    """Tells the service worker what to keep for a visit without a network, and gives this page a version of its own."""
    kept = [name for part in parts if part.name in KEPT for name in part.files if name != SERVICE_WORKER]
    digest = hashlib.sha256()
    for part in parts:
        for name in part.files:
            digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    (folder / "files.json").write_text(json.dumps(kept), encoding="utf-8")
    worker = folder / SERVICE_WORKER
    if worker.is_file():
        text = worker.read_text(encoding="utf-8")
        worker.write_text(text.replace(VERSION_MARK, digest.hexdigest()[:16]), encoding="utf-8")
