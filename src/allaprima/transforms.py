"""Random styles as data augmentation: a torchvision v2 transform (Jackson et al. 2019, arXiv:1809.05375).

Training on pictures whose textures and colours are another's makes a network look at shapes. As in the paper, styles
are drawn from a normal distribution fitted to the codes of paintings; its mean and a factor of its covariance are
shipped with the weights. Channels vary together: drawn one by one they would cancel each other out, and every style
would look like the mean. The network itself paints, without the kernels that a style mixes for it: a batch is in as
many styles as it has pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Generator, Tensor
from torch.utils.data import get_worker_info
from torchvision import tv_tensors
from torchvision.transforms import v2

from allaprima import weights
from allaprima.api.arrays import as_batch
from allaprima.engines import AdaINEngine, Look, Style
from allaprima.engines.adain import compact
from allaprima.engines.encoding import style_of
from allaprima.errors import OptionError
from allaprima.functional.padding import SMALLEST
from allaprima.io.still.cutouts import read_shown
from allaprima.io.still.reading import find_images
from allaprima.runtimes.pytorch import TorchRuntime


class RandomStyle(v2.Transform):  # type: ignore[misc]  # torchvision has no types
    """Restyles pictures, each of a batch in a style and strength of its own; labels, boxes and masks pass through.

    Takes (..., 3, H, W) tensors on any device, uint8 or floating in [0, 1], or PIL pictures; gives back the same kind.
    The network works where the pictures are: on a GPU for those that lie on it.

    styles: a folder of pictures to draw from; None draws styles from the distribution of paintings' codes.
    strength: the range that strengths are drawn from, evenly. p: the chance that a picture is restyled at all.
    spread: of the normal distribution; 1 as far apart as paintings are.
    generator: on the CPU, for results that can be repeated; in a DataLoader each worker goes on from its own seed.
    """

    _transformed_types = (tv_tensors.Image, Image.Image, v2.functional.is_pure_tensor)

    def __init__(self, styles: str | Path | None = None, *, strength: tuple[float, float] = (0.3, 1.0), p: float = 1.0,
                 spread: float = 1.0, model: str = "balanced", generator: Generator | None = None) -> None:
        super().__init__()
        if not 0 <= strength[0] <= strength[1] <= 1:
            raise OptionError(f"strengths from {strength[0]:g} to {strength[1]:g} are no range", "choose from 0 to 1")
        if not 0 <= p <= 1:
            raise OptionError(f"a chance of {p:g} is none", "choose p from 0 to 1")
        entry = weights.named(model)
        if entry.shape is None or entry.style_size is None:
            raise OptionError(f"the model {model!r} cannot restyle batches", "use balanced")
        self.strength, self.p, self.spread, self.generator = strength, p, spread, generator
        self.seed = None if generator is None else generator.initial_seed()
        self.model = model
        self.engines: dict[str, AdaINEngine] = {}
        self.drawn = styles is None
        self.codes: Tensor  # a folder's; or, in a row each, the mean of paintings' codes and what they vary by
        self.register_buffer("codes", paintings_codes() if styles is None
                             else codes_of(list(find_images(Path(styles))), entry.style_size))
        self._worker_seed: int | None = None

    def make_params(self, flat_inputs: list[object]) -> dict[str, Tensor]:
        """Whitened codes (N, 1920), strengths (N,), and which pictures are restyled (N,), drawn on the CPU."""
        count = pictures_in(flat_inputs[0])
        generator = self._generator()
        known = self.codes.cpu()
        if self.drawn:
            codes = drawn_codes(known, count, generator, self.spread)
        else:
            codes = known[torch.randint(len(known), (count,), generator=generator)]
        low, high = self.strength
        strength = low + (high - low) * torch.rand(count, generator=generator)
        chosen = torch.rand(count, generator=generator) < self.p
        return {"codes": codes, "strength": torch.where(chosen, strength, 0.0)}

    def transform(self, inpt: object, params: dict[str, Tensor]) -> object:
        """The pictures restyled by those codes and strengths."""
        if isinstance(inpt, Image.Image):
            pixels = torch.from_numpy(np.array(inpt.convert("RGB"))).permute(2, 0, 1)
            restyled = self._restyled(pixels, params)
            return Image.fromarray(restyled.permute(1, 2, 0).contiguous().numpy())
        assert isinstance(inpt, Tensor)
        result = self._restyled(inpt.as_subclass(Tensor), params)
        return tv_tensors.wrap(result, like=inpt) if isinstance(inpt, tv_tensors.TVTensor) else result

    def _generator(self) -> Generator | None:
        """The generator; in a worker it starts from the worker's own seed, lest all workers draw the same styles."""
        worker = get_worker_info()
        if self.seed is not None and worker is not None and self._worker_seed != worker.seed:
            self._worker_seed = worker.seed
            self.generator = Generator().manual_seed((worker.seed + self.seed) % (1 << 63))
        elif self.seed is not None and self.generator is None:
            self.generator = Generator().manual_seed(self.seed)
        return self.generator

    def __getstate__(self) -> dict[str, object]:
        """Everything but what no other process can take over: the generator, whose seed goes along, and networks."""
        kept = {name: value for name, value in super().__getstate__().items() if name not in ("generator", "engines")}
        return kept | {"generator": None, "engines": {}}

    def _restyled(self, pictures: Tensor, params: dict[str, Tensor]) -> Tensor:
        height, width = pictures.shape[-2:]
        if pictures.shape[-3] != 3 or min(height, width) < SMALLEST:
            raise OptionError(f"pictures of shape {tuple(pictures.shape)} cannot be restyled",
                              f"give RGB, at least {SMALLEST}x{SMALLEST} pixels")
        batch, back = as_batch(pictures.reshape(-1, 3, height, width))
        looks = [Look(style_of_code(code), strength) for code, strength
                 in zip(params["codes"].numpy(), params["strength"].tolist(), strict=True)]
        painted, _ = self._engine(str(pictures.device)).stylize(batch, looks)
        return back(painted).reshape(pictures.shape)

    def _engine(self, device: str) -> AdaINEngine:
        """The network on that device."""
        if device not in self.engines:
            self.engines[device] = compact(self.model, TorchRuntime(device))
        return self.engines[device]


def style_of_code(whitened: NDArray[np.float32]) -> Style:
    """The style of a whitened code (1920,)."""
    mean, deviation = whitening()
    return Style("drawn", (whitened * deviation + mean).astype(np.float32), (1, 1, 1, 1), "")


@cache
def whitening() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The means and standard deviations (1920,) that codes are whitened by."""
    tensors = weights.load("style-encoder")
    return tensors["whitening.mean"], tensors["whitening.deviation"]


def paintings_codes() -> Tensor:
    """The mean of paintings' whitened codes, then a factor of their covariance: (1 + rank, 1920)."""
    tensors = weights.load("style-codes")
    return torch.from_numpy(np.concatenate([tensors["mean"][None], tensors["factor"]]))


def drawn_codes(known: Tensor, count: int, generator: torch.Generator | None, spread: float = 1.0) -> Tensor:
    """Whitened codes (N, 1920) of styles as paintings have them, from a mean and a factor (1 + rank, 1920).

    spread: how far from the mean, as a multiple of paintings'.
    """
    mean, factor = known[:1], known[1:]
    return mean + spread * torch.randn((count, len(factor)), generator=generator) @ factor


def codes_of(pictures: Sequence[Path], style_size: int) -> Tensor:
    """The whitened style codes (K, 1920) of pictures."""
    tensors = weights.load("style-encoder")
    encoder = TorchRuntime().style_encoder(tensors)
    codes = np.stack([style_of(read_shown(path), path.stem, encoder, "", style_size).code
                      for path in pictures])
    return torch.from_numpy((codes - tensors["whitening.mean"]) / tensors["whitening.deviation"]).float()


def pictures_in(pictures: object) -> int:
    """How many pictures a tensor (..., 3, H, W) or a PIL picture holds."""
    return int(np.prod(pictures.shape[:-3])) if isinstance(pictures, Tensor) else 1
