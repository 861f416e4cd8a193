"""One content and one style: by every model beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allaprima.evaluate.candidates import Candidate
from allaprima.evaluate.judge import Judge, Measures
from allaprima.evaluate.pictures import Sample, Square, as_levels
from allaprima.sheets import encode_png, grid, heading, page, paragraph, pictures, table

HEADER = ["model", "seconds", "content", "style", "Wasserstein", "Gram", "SSIM"]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPainting:
    """What a model made of the content, and its measures."""

    name: str
    image: Square
    measures: Measures


def compared(content: Sample, style: Sample, candidates: Sequence[Candidate], judge: Judge) -> list[MeasuredPainting]:
    """The content (H, W, 3) painted in the style by each candidate, as measured, first call and all."""
    seen, target = judge.features(content.image), judge.style_target(judge.features(style.image))
    done = []
    for candidate in candidates:
        image, seconds = candidate.paint(content.image, candidate.encode(style, candidate.encoder.style_size))
        measures = judge.measure(judge.features(image), seen, target, seconds)
        done.append(MeasuredPainting(candidate.name, image, measures))
    return done


def comparison_rows(done: Sequence[MeasuredPainting]) -> list[list[str]]:
    """The rows under ``HEADER``, as text."""
    return [[painted.name, f"{painted.measures.seconds:.2f}", f"{painted.measures.content:.3f}",
             f"{painted.measures.style:.3f}", f"{sum(painted.measures.wasserstein):.3f}",
             f"{sum(painted.measures.gram):.3f}", f"{painted.measures.ssim:.3f}"] for painted in done]


def comparison_png(content: Sample, style: Sample, done: Sequence[MeasuredPainting]) -> bytes:
    """A PNG of the content, the style, and each model's picture in the table's order."""
    return encode_png(grid([[as_levels(picture) for picture in
                             (content.image, style.image, *(painted.image for painted in done))]]))


def comparison_html(content: Sample, style: Sample, done: Sequence[MeasuredPainting]) -> str:
    """One HTML page of the pictures over their names, and the table."""
    shown = [(content.image, "content"), (style.image, "style"), *((painted.image, painted.name) for painted in done)]
    return page(f"{content.name} in the style of {style.name}",
                pictures([(encode_png(as_levels(image)), name) for image, name in shown]), heading("Measures"),
                table(HEADER, comparison_rows(done)),
                paragraph("Smaller is better but for SSIM, which is to the content. Seconds are of the first call."))
