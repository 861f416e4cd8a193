"""What OpenVINO paints in fp32, as raw files that the page's own tests compare theirs with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from allaprima.engines import Look, settled
from allaprima.engines.adain import compact
from allaprima.engines.looks import Units
from allaprima.pipeline.looks.styles import load_style, write_style
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.weights import kernels_of
from places import ROOT

SIDES = (256, 512)
LOOKS: tuple[tuple[str, dict[str, float], float], ...] = (
    ("fast", {"starry": 1.0}, 1.0), ("fast", {"mosaic": 0.7, "woodcut": 0.3}, 0.6), ("balanced", {"delft": 1.0}, 1.0))


def write_references(folder: Path) -> None:
    """Writes ``references.json`` and, beside it, RGBA contents and their RGB paintings."""
    with Image.open(ROOT / "examples" / "photos" / "mountains.jpg") as picture:
        photo = np.asarray(picture.convert("RGB"))
    told: list[dict[str, object]] = []
    for index, (network, shares, strength) in enumerate(LOOKS):
        engine = compact(network, OpenVINORuntime("cpu", "fp32", 1))
        style = settled([(load_style(name, engine), share) for name, share in shares.items()])
        for side in SIDES if index == 0 else SIDES[:1]:
            content = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
            painted = engine.stylize(content[None], [Look(style, strength)])[0][0]
            alpha = np.full((side, side, 1), 255, np.uint8)
            name = f"{network}-{index}-{side}"
            (folder / f"{name}.content").write_bytes(np.concatenate([content, alpha], axis=2).tobytes())
            (folder / f"{name}.painted").write_bytes(np.ascontiguousarray(painted).tobytes())
            told.append({"name": name, "network": network, "parts": list(shares.items()), "strength": strength,
                         "side": side})
    for network in ("balanced", "fast"):
        if kernels_of(network) is not None:
            told += write_mixed(folder, network)
    (folder / "references.json").write_text(json.dumps(told))


def write_mixed(folder: Path, network: str, side: int = 256) -> list[dict[str, object]]:
    """Writes styles that nothing was fitted to, and what the kernels paint that each mixes once it is read again.

    One mixes by its code; one has the same code and another picture's units; one, in tensors, is a blend of both.
    """
    engine, random = compact(network, OpenVINORuntime("cpu", "fp32", 1)), np.random.default_rng(8)
    art = cv2.resize(random.integers(0, 255, (12, 12, 3), np.uint8), (256, 256), interpolation=cv2.INTER_CUBIC)
    coded = engine.encode(art, "art")
    assert engine.mixer is not None
    other = engine.mixer.units(engine.encode(255 - art // 2, "other"))
    refined = replace(coded, units=(Units(engine.mixer.kernels, other),))
    content = cv2.resize(art[:100, :180], (side, side), interpolation=cv2.INTER_LINEAR)
    alpha = np.full((side, side, 1), 255, np.uint8)
    told: list[dict[str, object]] = []
    pictures = []
    for kind, style in (("mixed", coded), ("units", refined), ("blend", settled([(coded, 0.3), (refined, 0.7)]))):
        name = f"{network}-{kind}"
        file = folder / f"{name}.style"
        write_style(file, style, overwrite=True)
        painted = engine.stylize(content[None], [Look(load_style(str(file), engine), 1.0)])[0][0]
        (folder / f"{name}.content").write_bytes(np.concatenate([content, alpha], axis=2).tobytes())
        (folder / f"{name}.painted").write_bytes(np.ascontiguousarray(painted).tobytes())
        told.append({"name": name, "network": network, "parts": [[file.name, 1.0]], "strength": 1.0, "side": side,
                     "file": file.name})
        pictures.append(painted.astype(np.int16))
    # A page that took the code for the units, or the units for the code, would be seen.
    assert all(np.abs(pictures[0] - picture).max() > 10 for picture in pictures[1:])
    return told


def write_picture(path: Path, side: int = 300) -> None:
    """Writes a picture with a texture, to be a style."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 255, (side // 20, side // 20, 3), np.uint8)
    Image.fromarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)).save(path)


def write_film(path: Path, frames: int = 20, rate: int = 10) -> None:
    """Writes a film of moving discs, H.264 with AAC sound, small and short."""
    with av.open(str(path), "w") as film:
        picture = film.add_stream("libx264", rate=rate)
        picture.width, picture.height, picture.pix_fmt = 160, 96, "yuv420p"
        sound = film.add_stream("aac", rate=48_000, layout="mono")
        for index in range(frames):
            image = np.zeros((96, 160, 3), np.uint8)
            cv2.circle(image, (20 + 6 * index, 48), 30, (220, 120, 40), -1)
            cv2.circle(image, (140 - 4 * index, 30), 20, (40, 160, 230), -1)
            film.mux(picture.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        tone = (0.3 * np.sin(np.arange(48_000 * frames // rate) * 0.05)).astype(np.float32)
        for start in range(0, len(tone), 1024):
            piece = av.AudioFrame.from_ndarray(tone[None, start:start + 1024], "fltp", "mono")
            piece.sample_rate, piece.pts = 48_000, start
            film.mux(sound.encode(piece))
        film.mux(picture.encode(None))
        film.mux(sound.encode(None))
