"""What each layer of VGG-19 keeps of a picture: reconstructed from that layer alone, for content and for style.

After Mahendran & Vedaldi 2015 and figure 1 of Gatys et al. 2016: pictures that start as noise and end as whatever the
layer cannot tell from the one given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from allaprima.config import Layers, OptimiserOptions
from allaprima.engines import Look
from allaprima.engines.gatys import gatys
from allaprima.engines.optimising import Step
from allaprima.evaluate.pictures import Sample, Square, as_levels
from allaprima.fetching import FetchProgress
from allaprima.runtimes.calls import Runtime
from allaprima.sheets import Curve, chart, encode_png, heading, page, paragraph, pictures, table
from allaprima.sheets.page import Cell

EXPLAINED = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
SMOOTH = 0.05  # of total variation: just enough to keep grain out that no layer asked for

@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Reconstructions by layer, and the transfer's picture with its loss's terms at every step."""

    content: Sample
    style: Sample
    content_layers: dict[str, Square] = field(default_factory=dict)
    style_layers: dict[str, Square] = field(default_factory=dict)
    transfer: list[Square] = field(default_factory=list)
    steps: list[dict[str, float]] = field(default_factory=list)


def explained(content: Sample, style: Sample | None, runtime: Runtime, steps: int, *,
              seed: int = 0, progress: FetchProgress | None = None,
              on_picture: Callable[[str], None] = lambda name: None) -> Explanation:
    """The reconstructions of a content, and of a style (the content itself where None), and their transfer.

    steps: at each size after the first of every reconstruction. on_picture: told of each picture when it is done. Each
    style reconstruction takes all layers up to the one it is named by, as the paper does: one deep layer alone leaves
    the colours to chance.
    """
    art = content if style is None else style
    done = Explanation(content, art)
    engine = gatys(runtime, progress)
    look = Look(engine.encode(art.image, art.name, min(art.image.shape[:2]) / engine.style_size))

    def run(name: str, picture: Sample, options: OptimiserOptions,
            watch: Callable[[Step], None] | None = None) -> Square:
        result = engine.with_options(options, watch).optimise(picture.image, look).astype(np.float32)
        on_picture(name)
        return result

    for index, layer in enumerate(EXPLAINED):
        kept = OptimiserOptions(steps=steps, content=((layer, 1.0),), content_weight=1.0, style_weight=0.0,
                                style=((EXPLAINED[0], 1.0),), variation=SMOOTH * 0.1 ** (index < 2), start="noise",
                                distance="gram", seed=seed)
        done.content_layers[layer] = run(f"content {layer}", content, kept)
        upto: Layers = tuple((name, 1.0) for name in EXPLAINED[:index + 1])
        kept = OptimiserOptions(steps=steps, content=(), style=upto, variation=SMOOTH, start="noise", seed=seed)
        done.style_layers[layer] = run(f"style {layer}", art, kept)
    if style is not None:
        done.transfer.append(run("transfer", content, OptimiserOptions(steps=steps, seed=seed),
                                 lambda step: done.steps.append(step.terms)))
    return done


def explanation_html(done: Explanation) -> str:
    """One HTML page: what each layer keeps of the content and of the style, and what the transfer's loss is made of."""
    parts = [heading("What each layer keeps of the content"),
             paragraph("Each picture was moved, from noise, until that layer's features equal the content's. The "
                       "deeper the layer, the freer are colours, edges and textures: only the things remain."),
             row([(done.content.image, "the content"), *((x, layer) for layer, x in done.content_layers.items())]),
             heading("What each layer keeps of the style"),
             paragraph("Moved, from noise, until the means and covariances of all layers up to the named one are the "
                       "style's, wherever in the picture they stand: first colours, then strokes, then motifs."),
             row([(done.style.image, "the style"),
                  *((x, f"up to {layer}") for layer, x in done.style_layers.items())])]
    if done.transfer:
        parts += [heading("The transfer"),
                  row([(done.content.image, "content"), (done.style.image, "style"), (done.transfer[0], "transfer")]),
                  heading("What its loss is made of"), *loss_parts(done.steps)]
    return page(f"Why {done.content.name} looks like that", *parts)


def loss_parts(steps: Sequence[dict[str, float]]) -> list[str]:
    """A chart of each weighted term over the steps, and a table of the first and the last."""
    curves = [Curve(name, list(range(1, len(steps) + 1)), [step[name] for step in steps]) for name in steps[0]]
    total = sum(steps[-1].values())
    rows: list[list[Cell]] = [[name, steps[0][name], steps[-1][name], f"{100 * steps[-1][name] / total:.0f} %"]
                                     for name in steps[0]]
    return [chart(curves, x_label="step", y_label="weighted loss", log_y=True),
            table(["term", "at the first step", "at the last", "of the last loss"], rows),
            paragraph("Where the picture becomes larger, all terms jump: there is more to paint.")]


def row(captioned: Sequence[tuple[Square, str]]) -> str:
    """Pictures beside each other over their captions."""
    return pictures([(encode_png(as_levels(picture)), caption) for picture, caption in captioned])
