"""The published recipe for optimised pictures against the model gatys: content against style, over content weights.

python tools/compare_recipes.py FOLDER --content a.jpg b.jpg c.jpg --style d.jpg e.jpg f.jpg

Contents go with styles in their order. Every run is kept in the folder as soon as it is done, so that the command can
be interrupted and called again; at the end, and after each run, the folder has points.json and recipes.html.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from allaprima.engines.gatys import gatys
from allaprima.evaluate.judge import Judge, open_judge
from allaprima.evaluate.pictures import Sample, as_levels, load_squares
from allaprima.evaluate.recipes import MEASURES, RECIPES, Point, curves_html, painted, point_of, verdicts
from allaprima.runtimes import runtime_for
from allaprima.sheets import encode_png, heading, page, paragraph, pictures, table

CONTENT_LAYER = "relu4_2"
HEADER = ("pair", "recipe", "content weight", "content", "Gram", "Wasserstein", "evaluations", "work", "seconds")
VERDICT_HEADER = ("pair", "at the point of", "content weight", "content", "ours / published, Gram",
                  "ours / published, Wasserstein")


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--content", type=Path, nargs="+", required=True)
    parser.add_argument("--style", type=Path, nargs="+", required=True)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--work", type=float, default=130, help="of each run, in evaluations at the full size")
    parser.add_argument("--published-weights", type=float, nargs="+", default=[0.05, 0.2, 0.8])
    parser.add_argument("--weights", type=float, nargs="+", default=[0.05, 0.3, 1.0])
    parser.add_argument("--precision", choices=["auto", "fp32", "bf16"], default="auto")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def runs(asked: argparse.Namespace) -> Iterator[tuple[Sample, Sample, str, float]]:
    """Content, style, recipe and content weight of every run: a whole pair before the next."""
    contents, styles = (load_squares(paths, asked.size)[0] for paths in (asked.content, asked.style))
    for content, style in zip(contents, styles, strict=True):
        for first, second in zip(asked.published_weights, asked.weights, strict=True):
            yield content, style, "published", first
            yield content, style, "ours", second


def tables(points: list[Point]) -> tuple[list[list[str]], list[list[str]]]:
    """Rows under ``HEADER`` and under ``VERDICT_HEADER``."""
    rows = [[point.pair, point.recipe, f"{point.content_weight:g}", f"{point.content:.3f}", f"{point.gram:.3f}",
             f"{point.wasserstein:.3f}", str(point.evaluations), f"{point.work:.1f}", f"{point.seconds:.0f}"]
            for point in points]
    beside = [[point.pair, point.recipe, f"{point.content_weight:g}", f"{point.content:.3f}",
               *("nearer to the content than any of the other's" if found[measure] is None else f"{found[measure]:.3f}"
                 for measure in MEASURES)] for point, found in verdicts(points)]
    return rows, beside


def report(folder: Path, points: list[Point], shown: list[tuple[str, str, Path]]) -> None:
    """Writes points.json and recipes.html. shown: pair, caption and file of every picture."""
    rows, beside = tables(points)
    (folder / "points.json").write_text(json.dumps([asdict(point) for point in points], indent=2), encoding="utf-8")
    parts = [paragraph("Smaller is better, for content and for style. Below 1 our curve lies below the published one. "
                       "Work is counted in evaluations at the full size."),
             table(VERDICT_HEADER, beside), *curves_html(points), heading("Pictures")]
    parts += [pictures([(path.read_bytes(), caption) for name, caption, path in shown if name == pair])
              for pair in dict.fromkeys(pair for pair, _, _ in shown)]
    (folder / "recipes.html").write_text(page("The published recipe and ours", *parts, heading("All runs"),
                                              table(HEADER, rows)), encoding="utf-8")


def kept_or_run(asked: argparse.Namespace, name: str, judge: Judge, content: Sample, style: Sample, recipe: str,
                weight: float) -> Point:
    """The run's point, from the folder where it is there."""
    path = asked.folder / f"{name}.json"
    if path.exists():
        return Point(**json.loads(path.read_text(encoding="utf-8")))
    engine = gatys(runtime_for("cpu", asked.precision))
    run = painted(engine, content, style, RECIPES[recipe](weight), asked.work)
    (asked.folder / f"{name}.png").write_bytes(encode_png(as_levels(run.picture)))
    point = point_of(judge, content, style, run, recipe, weight)
    path.write_text(json.dumps(asdict(point)), encoding="utf-8")
    return point


def main() -> None:
    """Runs what is not there yet, and tells of all of it."""
    asked = parsed()
    torch.set_num_threads(asked.threads)
    asked.folder.mkdir(parents=True, exist_ok=True)
    judge = open_judge(content_layer=CONTENT_LAYER)
    points: list[Point] = []
    shown: list[tuple[str, str, Path]] = []
    for content, style, recipe, weight in runs(asked):
        name = f"{content.name}-{style.name}-{recipe}-{weight:g}-{asked.size}-{asked.work:g}"
        point = kept_or_run(asked, name, judge, content, style, recipe, weight)
        points.append(point)
        if all(pair != point.pair for pair, _, _ in shown):
            for role, picture in (("content", content), ("style", style)):
                path = asked.folder / f"{role}-{picture.name}.png"
                path.write_bytes(encode_png(as_levels(picture.image)))
                shown.append((point.pair, role, path))
        shown.append((point.pair, f"{recipe}, content weight {weight:g}: content {point.content:.2f}, "
                                  f"Wasserstein {point.wasserstein:.2f}", asked.folder / f"{name}.png"))
        report(asked.folder, points, shown)
        print("  ".join(tables([point])[0][0]), flush=True)
    for row in (VERDICT_HEADER, *tables(points)[1]):
        print("  ".join(row))


if __name__ == "__main__":
    main()
