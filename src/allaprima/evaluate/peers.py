"""Networks by others to measure beside ours, where their published weights are given: ``microast=FOLDER``.

The weights are pickles. They are opened only where their sha256 is the published files' own, and then as plain tensors.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from allaprima.engines import Engine, Look, Statistics, Style
from allaprima.engines.identity import NOTHING
from allaprima.engines.looks import CODE_LENGTH, Sight
from allaprima.errors import OptionError, WeightsError
from allaprima.frames import FULL_SCALE, Pixels
from allaprima.nets.microast import MULTIPLE, STYLE_LENGTH, MicroAST
from allaprima.pipeline.resizing import resized
from allaprima.runtimes.calls import Batch

MICROAST = {
    "content_encoder": "c8d895c0eec52507c157e102fab217c37f0c399ef3e168ef8b0b2677714660a4",
    "style_encoder": "94f6b3fa386828692c20809a0af8bd0eba9c04e90a7d8842086976e4d223c5af",
    "modulator": "8588055baf7d5ad8398d595d5518c6f030e3ff8dbb6007a7c1779776e11da28b",
    "decoder": "32e04a46b953fd9f94ec9e20f351511305a5260e000c18f9aef6570d5f1e23d9",
}
"""MicroAST's published files (github.com/EndyWon/MicroAST at 5a6c905), NAME.pth each, and their sha256."""


class MicroASTEngine:
    """MicroAST in float32 by torch, on the processor.

    A style's code holds the network's own 512 numbers first. strength: the content's own numbers, as the style encoder
    gives them, are blended with the style's, which the published program has no counterpart for.
    """

    name = "microast"
    batch_size = 1
    style_size = 256

    def __init__(self, network: MicroAST) -> None:
        self._network = network.requires_grad_(False).eval().to(memory_format=torch.channels_last)

    @property
    def settings(self) -> dict[str, str]:
        """What of it changes pixels: nothing but its name."""
        return {"model": self.name}

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """The style of a picture (H, W, 3), RGB, seen with ``scale`` x 256 pixels on its shorter side."""
        unit = np.asarray(picture, np.float32) / np.float32(FULL_SCALE[picture.dtype.name])
        share = scale * self.style_size / min(unit.shape[:2])
        height, width = (max(MULTIPLE, round(side * share)) for side in unit.shape[:2])
        with torch.inference_mode():
            seen = np.asarray(resized(unit, width, height)[None], np.float32)
            own = self._network.encode(as_batch(seen)).numpy()[0]
        return Style(name, np.pad(own, (0, CODE_LENGTH - STYLE_LENGTH)).astype(np.float32), (1, 1, 1, 1), self.name)

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each painted in its look."""
        full = FULL_SCALE[images.dtype.name]
        content = as_batch(np.asarray(images, np.float32) / np.float32(full))
        height, width = content.shape[2:]
        content = F.pad(content, (0, -width % MULTIPLE, 0, -height % MULTIPLE), mode="reflect")
        styles = torch.from_numpy(np.stack([look.style.code[:STYLE_LENGTH] for look in looks]))
        strength = torch.tensor([[look.strength] for look in looks])
        with torch.inference_mode():
            if bool((strength < 1).any()):
                styles = torch.lerp(self._network.encode(content), styles, strength)
            painted = self._network(content, styles)[:, :, :height, :width].clamp(0, 1).permute(0, 2, 3, 1).numpy()
        return (np.rint(painted * full) if images.dtype.kind == "u" else painted).astype(images.dtype), NOTHING


def as_batch(pictures: NDArray[np.float32]) -> Tensor:
    """Pictures (N, H, W, 3) as torch sees them."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)


def open_microast(folder: Path) -> Engine:
    """MicroAST with the published weights in a folder; raises WeightsError where they are missing or others."""
    network = MicroAST()
    held = {}
    for part, sha256 in MICROAST.items():
        for key, tensor in pinned_tensors(folder / f"{part}.pth", sha256).items():
            own = key.replace(".conv_layer", "").replace(".0", "" if part == "modulator" else ".0")
            held[f"{part}.{own}"] = tensor
    network.load_state_dict(held)
    return MicroASTEngine(network)


def pinned_tensors(path: Path, sha256: str) -> dict[str, Tensor]:
    """A pickle's tensors; it is not opened where its sha256 is another."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}",
                           "name the folder that holds the published files") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"{path} is not the published file: its sha256 is another",
                           "take the files as they were published; no other pickle is opened")
    held: dict[str, Tensor] = torch.load(io.BytesIO(content), weights_only=True)
    return held


PEERS: dict[str, Callable[[Path], Engine]] = {"microast": open_microast}


def opened_peers(given: Sequence[str]) -> list[Engine]:
    """The peers that ``NAME=FOLDER`` texts name."""
    engines = []
    for text in given:
        name, equals, folder = text.partition("=")
        if not equals or not folder or name not in PEERS:
            raise OptionError(f"cannot read {text!r} as a peer", f"write NAME=FOLDER; known names: {', '.join(PEERS)}")
        engines.append(PEERS[name](Path(folder)))
    if len({engine.name for engine in engines}) < len(engines):
        raise OptionError("a peer is named twice", "name each peer once")
    return engines
