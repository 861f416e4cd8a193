"""The model ``gatys``: painting by optimisation, minutes a picture; the quality that all else is measured against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allaprima import weights
from allaprima.config import COARSER_SHARE, OptimiserOptions
from allaprima.engines.adain import settings_of
from allaprima.engines.descent import REMEMBERED_BYTES
from allaprima.engines.encoding import at_work, style_of
from allaprima.engines.engine import Statistics
from allaprima.engines.identity import NOTHING
from allaprima.engines.looks import Look, Sight, Style
from allaprima.engines.optimising import FeatureNetwork, Step, optimised
from allaprima.engines.regions import looks_of, shares_of
from allaprima.engines.targets import Part, names
from allaprima.errors import OptionError, OutOfMemory
from allaprima.fetching import FetchProgress
from allaprima.frames import FULL_SCALE, Pixels
from allaprima.nets.vgg import LAYERS, VGG19, PaddingMode
from allaprima.runtimes.calls import Batch, Encoder, Runtime, Tensors
from allaprima.runtimes.memory import free_bytes
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.runtimes.torch_errors import memory_named

STEPS = {"cpu": 55, "gpu": 350}  # at the full size
PIXEL_BYTES = {torch.float32: 4000, torch.bfloat16: 2800}  # that a step takes, measured: 8.3 or 5.8 GB at 1080p
PART_BYTES = 900  # a pixel more for every further region, measured: features under its mask
SMALLER = "give a smaller --size, or paint it with --model reference"

DEFAULTS = OptimiserOptions()

Watch = Callable[[Step], None]


class GatysEngine:
    """Paints by optimising each picture anew; ``watch`` is told every step."""

    name = "gatys"
    batch_size = 1

    def __init__(self, tensors: Tensors, device: str, dtype: torch.dtype, encoder: Encoder, settings: dict[str, str],
                 style_size: int, options: OptimiserOptions, watch: Watch | None = None) -> None:
        self.settings = settings
        self.style_size = style_size
        self.options = options
        self.watch = watch
        self._encoder, self._tensors = encoder, tensors
        self._device = torch.device(device)
        padding: PaddingMode = "circular" if options.seamless else "replicate"
        wanted = {*names(options.content), *names(options.style)}
        vgg = VGG19(padding, last=max(wanted, key=LAYERS.index))
        vgg.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()}, strict=False)
        self._network = FeatureNetwork(vgg.to(self._device), dtype)

    def with_options(self, options: OptimiserOptions, watch: Watch | None) -> GatysEngine:
        """The same network, driven by other options."""
        settings = {**self.settings, "options": repr(options)}
        return GatysEngine(self._tensors, str(self._device), self._network.dtype, self._encoder, settings,
                           self.style_size, options, watch)

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """The style of a picture (H, W, 3), looked at larger by ``scale``; the picture itself is kept with it."""
        style = style_of(picture, name, self._encoder, "vgg19", self.style_size * scale)
        pieces = at_work(picture, name, self.style_size * scale)
        pixels = sum(piece[..., 0].size for piece in pieces)
        return replace(style, pictures=tuple((piece, piece[..., 0].size / pixels) for piece in pieces))

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each optimised in its look; there are no statistics to freeze."""
        painted = [self.optimise(image, looks[min(index, len(looks) - 1)]) for index, image in enumerate(images)]
        return cast(Batch, np.stack(painted)), NOTHING

    def optimise(self, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
        """The image (H, W, 3) in the look, of its type. start: a picture to go on from, such as the last frame warped.

        Raises OutOfMemory before anything begins where the memory that is free will not do.
        """
        if any(one.strength > 1 for one in looks_of(look)):
            raise OptionError("the model gatys paints at strengths up to 1: its style is a target, not a direction",
                              "give more steps, or a smaller --content-weight")
        if all(one.strength == 0 for one in looks_of(look)):
            return image
        with memory_named(f"optimise {image.shape[1]}x{image.shape[0]} pixels on {self._device}", SMALLER):
            for step in self.steps(image, look, start):
                if self.watch is not None:
                    self.watch(step)
            return as_pixels(step.picture, image.dtype)

    def steps(self, image: Pixels, look: Look, start: Pixels | None = None) -> Iterator[Step]:
        """Every step of ``optimise`` as it is taken: for whoever wants to stop by rules of their own."""
        height, width = image.shape[:2]
        self._check_memory(height, width, len(looks_of(look)))
        first = None if start is None else self._tensor(start)
        parts, painted = self._parts(look, height, width)
        return optimised(self._network, self._tensor(image), parts, self.options, self._step_counts(), first, painted)

    def _parts(self, look: Look, height: int, width: int) -> tuple[list[Part], Tensor | None]:
        """What is to be painted where, and the share of every pixel that is painted at all; None for the whole."""
        if not look.regions:
            return [Part(self._styles(look.style), look.strength)], None
        covers = torch.from_numpy(shares_of(look, height, width))[:, None, None].to(self._device)
        looks = looks_of(look)[:-1] if look.keeps_rest else looks_of(look)
        parts = [Part(self._styles(one.style), one.strength, cover)
                 for one, cover in zip(looks, covers, strict=False)]
        return parts, 1 - covers[-1] if look.keeps_rest else None

    def _styles(self, style: Style) -> list[tuple[Tensor, float]]:
        if not style.pictures:
            raise OptionError(f"the style {style.name} has no picture to look at again",
                              "the model gatys takes styles as pictures, not as codes")
        return [(self._tensor(picture), share) for picture, share in style.pictures]

    def _step_counts(self) -> tuple[int, int]:
        steps = self.options.steps or STEPS["cpu" if self._device.type == "cpu" else "gpu"]
        return max(1, round(COARSER_SHARE * steps)), steps

    def _check_memory(self, height: int, width: int, parts: int) -> None:
        pixel = PIXEL_BYTES[self._network.dtype] + PART_BYTES * (parts - 1)
        if self.options.optimiser == "lbfgs":
            pixel += REMEMBERED_BYTES
        needed = pixel * height * width
        free = free_memory(self._device)
        if free is not None and needed > free:
            raise OutOfMemory(
                f"optimising {width}x{height} pixels takes {needed / 2**30:.1f} GiB of memory; {free / 2**30:.1f} are "
                f"free", SMALLER)

    def _tensor(self, picture: Pixels) -> Tensor:
        unit = picture.astype(np.float32) / np.float32(FULL_SCALE[picture.dtype.name])
        return torch.from_numpy(unit).permute(2, 0, 1)[None].contiguous().to(self._device)


def as_pixels(picture: Tensor, dtype: np.dtype[np.generic]) -> Pixels:
    """A picture (1, 3, H, W) in [0, 1] as (H, W, 3) of that type, over its whole range."""
    unit: NDArray[np.float32] = picture[0].permute(1, 2, 0).contiguous().cpu().numpy()
    return unit if dtype == np.float32 else cast(Pixels, np.rint(unit * FULL_SCALE[dtype.name]).astype(dtype))


def free_memory(device: torch.device) -> int | None:
    """Bytes of memory that are free on the device, caches that would yield counted in; None where nobody tells."""
    if device.type != "cuda":
        return free_bytes()
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + kept


def gatys(runtime: Runtime, progress: FetchProgress | None = None,
          options: OptimiserOptions = DEFAULTS, watch: Watch | None = None) -> GatysEngine:
    """The engine on that runtime's device; a runtime without gradients lends its device to torch."""
    entry, tensors = weights.named("vgg19"), weights.load("vgg19", progress)
    assert entry.style_size is not None
    device = runtime.device if runtime.name in ("torch", "cuda") else "cpu"
    # Half precision is bf16 here: gradients leave the range of fp16. Older GPUs multiply no bf16.
    lacking = device.startswith("cuda") and not torch.cuda.is_bf16_supported(including_emulation=False)
    dtype = torch.float32 if runtime.floats == "fp32" or lacking else torch.bfloat16
    settings = {**settings_of("gatys", entry.sha256, runtime), "options": repr(options)}
    return GatysEngine(tensors, device, dtype, TorchRuntime().vgg_code(tensors), settings, entry.style_size, options,
                       watch)

