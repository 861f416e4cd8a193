"""Measures the input ranges of a shipped network's convolutions and writes them into the manifest of the weights.

    python tools/measure_ranges.py balanced --content photographs --style paintings

Every style is painted on a photograph of its own at 256 lines, every fourth one at 540; the null style on every sixth.
"""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor

from allaprima import weights
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.train.ranges import input_ranges

HEIGHTS = (256, 256, 256, 540)
NULL_EVERY = 6
MULTIPLE = 8


def picture(path: Path, lines: int) -> Tensor:
    """The picture (1, 3, H, W) in [0, 1], so many lines high, sides a multiple of eight."""
    with Image.open(path) as opened:
        width = round(opened.width * lines / opened.height)
        size = width // MULTIPLE * MULTIPLE, lines // MULTIPLE * MULTIPLE
        small = opened.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1)[None].float() / 255


def spread(folder: Path, count: int) -> list[Path]:
    """So many files of a folder, evenly spread over their names."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [files[index * len(files) // count] for index in range(min(count, len(files)))]


def main(name: str, content: Annotated[Path, typer.Option()], style: Annotated[Path, typer.Option()],
         count: int = 48) -> None:
    """Measures one network over COUNT styles, and writes the manifest."""
    shape = weights.named(name).shape
    assert shape is not None
    network, encoder = CompactNetwork(shape), StyleEncoder()
    for module, of in ((network, name), (encoder, "style-encoder")):
        module.load_state_dict({key: torch.from_numpy(value) for key, value in weights.load(of).items()})

    def painted() -> list[tuple[Tensor, Tensor]]:
        pairs = []
        for index, (photo, art) in enumerate(zip(spread(content, count), spread(style, count), strict=True)):
            shown = picture(photo, HEIGHTS[index % len(HEIGHTS)])
            with torch.inference_mode():
                pairs.append((shown, network.mapping(encoder(picture(art, 256)))))
                if index % NULL_EVERY == 0:
                    pairs.append((shown, network.null_style[None]))
        return pairs

    ranges = input_ranges(network, painted())
    path = weights.shipped_folder() / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest[name]["ranges"] = {layer: list(edges) for layer, edges in ranges.items()}
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for layer, (low, high) in ranges.items():
        typer.echo(f"{layer:20} {low:8.3g} {high:8.3g}")


if __name__ == "__main__":
    typer.run(main)
