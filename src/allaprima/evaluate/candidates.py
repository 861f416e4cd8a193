"""What is evaluated: a model that encodes styles and paints, maybe with another model's style codes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.bundled import bundled_fits
from allaprima.engines import Engine, Look, Style, engine_for
from allaprima.engines.looks import Sight
from allaprima.engines.photoreal import photoreal
from allaprima.errors import OptionError
from allaprima.evaluate.pictures import Sample, Square, as_levels
from allaprima.fetching import FetchProgress
from allaprima.pipeline.looks.styles import read_style
from allaprima.runtimes.calls import Runtime

VGG_CODES = ":vgg"  # behind a model's name: styles encoded by VGG-19 itself instead of the style encoder
FITTED = ":fitted"  # behind a model's name: bundled styles painted by the networks fitted to them
REAL = ":real"  # behind a model's name: photographs that stay photographs
UNREFINED = ":unrefined"  # behind a model's name: styles are what their codes mix, not looked at twice
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model under a name of its own: ``painter`` paints, ``encoder`` encodes the styles.

    fitted: whether styles are bundled ones, painted by what is fitted to them. real: whether only light and colours
    change. refined: whether styles are looked at twice.
    """

    name: str
    painter: Engine
    encoder: Engine
    fitted: bool = False
    real: bool = False
    refined: bool = True

    def encode(self, style: Sample, style_size: int) -> Style:
        """The style of a picture, seen with ``style_size`` pixels on its shorter side."""
        if self.fitted:
            return fitted_style(style.name)
        scale = style_size / self.encoder.style_size
        return self.encoder.encode(style.image, style.name, scale,
                                   sight=Sight(style.image, scale) if self.refined else None)

    def paint(self, content: Square, style: Style, strength: float = 1.0) -> tuple[Square, float]:
        """The content (H, W, 3) painted in the style, in [0, 1], and the seconds that it took.

        It is painted as an 8-bit picture, in the precision that films and photographs are painted in.
        """
        levels = as_levels(content[None])
        started = time.perf_counter()
        looks = [Look(style, strength, photoreal=float(self.real))]
        painted = photoreal(levels, self.painter.stylize(levels, looks)[0], looks)
        seconds = time.perf_counter() - started
        result: NDArray[np.float32] = painted[0].astype(np.float32) / np.float32(255)
        return result, seconds


def fitted_style(name: str) -> Style:
    """The bundled style of that name, with what is fitted to it."""
    found = bundled_fits().get(name)
    if found is None:
        raise OptionError(f"no network is fitted to {name}", "evaluate NAME:fitted on pictures of the bundled styles: "
                          f"{', '.join(bundled_fits())}")
    return read_style(found)


def candidates_for(names: list[str], runtime: Runtime, progress: FetchProgress | None = None) -> list[Candidate]:
    """The candidates of those names on that runtime: models, with ``:vgg`` behind one for VGG-19's own style codes.

    With ``:fitted`` behind one, bundled styles are painted by what is fitted to them; with ``:unrefined``, styles by
    what their codes mix; with ``:real`` at the end, only light and colours change.
    """
    if len(set(names)) != len(names):
        raise OptionError(f"a model is named twice among {', '.join(names)}", "name each model once")
    engines: dict[str, Engine] = {}

    def engine(model: str) -> Engine:
        if model not in engines:
            engines[model] = engine_for(model, runtime, progress)
        return engines[model]

    def candidate(name: str) -> Candidate:
        rest = name.removesuffix(REAL)
        model = rest.removesuffix(UNREFINED)
        return Candidate(name, engine(model.removesuffix(VGG_CODES).removesuffix(FITTED)),
                         engine(REFERENCE if model.endswith(VGG_CODES) else model.removesuffix(FITTED)),
                         model.endswith(FITTED), rest != name, refined=model == rest)

    return [candidate(name) for name in names]
