"""What tests of training share: small pictures, and where their folders and weights lie."""

from dataclasses import dataclass
from pathlib import Path

import torch

from allaprima.train.recipe import Recipe
from allaprima.train.settings import Objective, Schedule, Sources

SMALL = Objective(size_px=64, batch=2, finest_scale=1.0, coarsest_scale=1.2, codes=6, blend_share=0.5)


def scene(seed: int, height: int = 150, width: int = 190) -> torch.Tensor:
    """A picture (3, H, W), uint8, of smooth blotches and an edge."""
    generator = torch.Generator().manual_seed(seed)
    blotches = torch.rand(1, 3, 6, 7, generator=generator)
    picture = torch.nn.functional.interpolate(blotches, (height, width), mode="bicubic").clamp(0, 1)[0]
    picture[:, :, width // 2:] *= 0.6
    return (picture * 255).to(torch.uint8)


@dataclass(frozen=True)
class Workshop:
    """Where the small pictures and weights lie."""

    content: Path
    style: Path
    vgg: Path
    encoder: Path

    def recipe(self, steps: int | None = 4, networks: tuple[str, ...] = ("fast",), objective: Objective = SMALL,
               leg_seconds: float | None = None, seconds: float | None = None) -> Recipe:
        schedule = Schedule(steps=steps, seconds=seconds, leg_seconds=leg_seconds, warmup_steps=2, log_steps=1,
                            checkpoint_seconds=1e9, sheet_seconds=1e9)
        return Recipe(networks, objective, schedule, Sources(self.content, self.style, self.vgg, self.encoder))
