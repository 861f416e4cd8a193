"""Shows what ``RandomStyle`` does to a batch, and how fast: python examples/random_style.py photo.jpg -o sheet.png.

In a training run the transform stands in a ``Compose``, or is called on batches on the GPU after ``.to("cuda")``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2
from torchvision.utils import save_image

from allaprima.transforms import RandomStyle

HERE = Path(__file__).parent


def main() -> None:
    """Writes a sheet: rows drawn from the distribution of styles above, from a folder of pictures below."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("photo", type=Path, nargs="?", default=HERE / "photos" / "astronaut.jpg")
    arguments.add_argument("--styles", type=Path, default=HERE / "styles")
    arguments.add_argument("--size", type=int, default=224)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("-o", "--output", type=Path, default=Path("random-styles.png"))
    given = arguments.parse_args()

    ready = v2.Compose([v2.PILToTensor(), v2.Resize(given.size), v2.CenterCrop(given.size)])
    batch = ready(Image.open(given.photo).convert("RGB"))[None].repeat(6, 1, 1, 1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    batch, rows = batch.to(device), []
    for styles in (None, given.styles):
        restyle = RandomStyle(styles, generator=torch.Generator().manual_seed(given.seed)).to(device)
        rows.append(restyle(batch).cpu())
        seconds = []
        for _ in range(3):
            started = time.perf_counter()
            restyle(batch).cpu()
            seconds.append(time.perf_counter() - started)
        source = "the distribution" if styles is None else styles
        print(f"from {source}: {len(batch) / np.median(seconds):.1f} images a second of {given.size}x{given.size} "
              f"({device}, {torch.get_num_threads()} threads)")
    save_image(torch.cat(rows) / 255, given.output, nrow=len(batch))
    print(given.output)


if __name__ == "__main__":
    main()
