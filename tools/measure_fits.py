"""How much better fitting makes one style: unfitted, fitted for so many steps, published AdaIN, Gatys.

    python tools/measure_fits.py CONTENTS STYLE.jpg ... [--steps 60,200] [--size 256] -o out.json
    python tools/measure_fits.py CONTENTS STYLE.jpg ... --style-file a.style ... -o out.json

Each style picture is fitted anew on the pictures that ship, looked at as large as it is measured; with ``--style-file``
what was fitted before is measured, a file for each style picture, in the same order. Measures are those of
``allaprima evaluate``: content, style, Gram and Wasserstein, means over the contents, at the end as multiples of
published AdaIN's.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import torch

from allaprima.cli.fitting import FitRequest, fitted_style, planned
from allaprima.config import OptimiserOptions
from allaprima.engines import Engine, Look, Style, engine_for
from allaprima.evaluate.judge import Judge, StyleTarget, open_judge
from allaprima.evaluate.pictures import Sample, as_levels, load_squares, pictures_in
from allaprima.pipeline.looks.styles import read_style
from allaprima.runtimes import runtime_for

Row = dict[str, float]
MEASURES = ("content", "style", "gram", "wasserstein", "relu5_1")


def row_of(engine: Engine, style: Style, contents: list[Sample], judge: Judge, target: StyleTarget) -> Row:
    """The mean measures of the contents painted in one style."""
    found = []
    for content in contents:
        painted, _ = engine.stylize(as_levels(content.image)[None], [Look(style)])
        seen = judge.features(painted[0].astype("float32") / 255)
        found.append(judge.measure(seen, judge.features(content.image), target))
    return {"content": fmean(one.content for one in found), "style": fmean(one.style for one in found),
            "gram": fmean(sum(one.gram) for one in found), "wasserstein": fmean(sum(one.wasserstein) for one in found),
            "relu5_1": fmean(one.wasserstein[-1] for one in found)}


def fits(art: Path, size: int, steps: list[int], model: str) -> Iterator[tuple[str, Style]]:
    """What fits of so many steps make of a picture."""
    for count in steps:
        request = FitRequest((art,), model, steps=count, lines=size, values=(("style_px", float(size)),))
        began = time.process_time()
        style = fitted_style(request, planned(request), torch.device("cpu"), lambda standing, network: None)[0].style
        print(f"  {art.stem}: {count} steps, {time.process_time() - began:.0f} s of processor time", flush=True)
        yield f"{count} steps", style


def encoded(engine: Engine, picture: Sample, size: int) -> Style:
    """A style as that model looks at it, at the size that is measured."""
    return engine.encode(picture.image, picture.name, size / engine.style_size)


def told(art: Path, name: str, row: Row) -> Row:
    """The row, printed."""
    print(f"{art.stem:16} {name:12} " + ", ".join(f"{key} {row[key]:.3f}" for key in MEASURES), flush=True)
    return row


def main() -> None:
    """Measures every style, prints rows, and writes all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contents", type=Path)
    parser.add_argument("styles", type=Path, nargs="+")
    parser.add_argument("--steps", default="60,200")
    parser.add_argument("--style-file", type=Path, nargs="*", default=[])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--limit", type=int, default=12)
    parser.add_argument("--model", default="balanced")
    parser.add_argument("--gatys", type=int, help="how many contents gatys paints; none by default", default=0)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    runtime, judge = runtime_for("cpu"), open_judge()
    contents = load_squares(pictures_in([given.contents], given.limit), given.size)[0]
    engine, reference = engine_for(given.model, runtime), engine_for("reference", runtime)
    steps = [int(text) for text in given.steps.split(",") if text and not given.style_file]
    rows: dict[str, dict[str, Row]] = {}
    for index, art in enumerate(given.styles):
        (picture,), _ = load_squares([art], given.size)
        target = judge.style_target(judge.features(picture.image))
        made = [("reference", reference, encoded(reference, picture, given.size)),
                ("unfitted", engine, encoded(engine, picture, given.size))]
        if given.style_file:
            made.append(("fitted", engine, read_style(given.style_file[index])))
        made += [(name, engine, style) for name, style in fits(art, given.size, steps, given.model)]
        rows[art.stem] = {}
        for name, painter, style in made:
            rows[art.stem][name] = told(art, name, row_of(painter, style, contents, judge, target))
        if given.gatys:
            optimiser = engine_for("gatys", runtime, options=OptimiserOptions())
            rows[art.stem]["gatys"] = told(art, "gatys", row_of(optimiser, encoded(optimiser, picture, given.size),
                                                                contents[:given.gatys], judge, target))
        given.output.write_text(json.dumps(rows, indent=2) + "\n")
    for name in next(iter(rows.values())):
        ratios = {key: fmean(own[name][key] / own["reference"][key] for own in rows.values()) for key in MEASURES}
        print(f"{'mean ratio':16} {name:12} " + ", ".join(f"{key} {value:.3f}" for key, value in ratios.items()))


if __name__ == "__main__":
    main()
