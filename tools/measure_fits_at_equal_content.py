"""How near fits come to Gatys where both keep as much of the content: Wasserstein to relu5_1, a layer no fit looks at.

    python tools/measure_fits_at_equal_content.py CONTENTS FIT.style=STYLE.jpg ... -o FILE.json
        [--size 256] [--limit 1] [--content-weight 0.1] [--pairs 1]
    python tools/measure_fits_at_equal_content.py --table -o FILE.json

Every content is painted by ``gatys``, then by each fit at full strength; where one goes farther from the content than
the other, the fit's strength is searched for at which the losses are equal, and a pair whose fit stays nearer at full
strength is named so: its ratio is too high by what more of the style would have brought. Pairs that are in FILE are
not painted again; ``--pairs`` is how many are, at most, in one run. ``--table`` prints each pair, the mean ratio with
its interval of 95 % (Student's t over pairs), and the means of Gatys's, published AdaIN's and the fits' measures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import islice
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

from allaprima.bundled import bundled_styles
from allaprima.config import OptimiserOptions
from allaprima.engines import Engine, Look, Style, engine_for
from allaprima.evaluate.judge import Judge, Measures, Seen, StyleTarget, open_judge
from allaprima.evaluate.pictures import Sample, as_levels, load_squares, pictures_in
from allaprima.pipeline.looks.styles import read_style
from allaprima.runtimes import runtime_for

Row = dict[str, float]
MEASURES = ("content", "style", "gram", "wasserstein", "relu5_1")
SEARCHES = 6     # halvings of the strength: to a hundredth or so
STUDENT = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23, 11: 2.20}
NORMAL = 1.96


def painted(engine: Engine, content: Sample, look: Look, judge: Judge, seen: Seen, target: StyleTarget) -> Measures:
    """The measures of one content painted in one look."""
    made = engine.stylize(as_levels(content.image)[None], [look])[0][0]
    return judge.measure(judge.features(made.astype("float32") / 255), seen, target)


def at_content(engine: Engine, style: Style, wanted: float, content: Sample, judge: Judge, seen: Seen,
               target: StyleTarget) -> tuple[float, Measures, Measures]:
    """The strength at which a fit is ``wanted`` from its content, at most 1; measures there, and at full strength."""
    full = painted(engine, content, Look(style), judge, seen, target)
    if full.content <= wanted:
        return 1.0, full, full
    low, high, found = 0.0, 1.0, full
    for _ in range(SEARCHES):
        strength = (low + high) / 2
        found = painted(engine, content, Look(style, strength), judge, seen, target)
        low, high = (strength, high) if found.content < wanted else (low, strength)
    return strength, found, full


def named(who: str, found: Measures) -> Row:
    """What is kept of the measures of somebody's picture."""
    values = (found.content, found.style, sum(found.gram), sum(found.wasserstein), found.wasserstein[-1])
    return {f"{who}_{key}": value for key, value in zip(MEASURES, values, strict=True)}


def rows(given: argparse.Namespace, there: dict[str, Row]) -> Iterator[tuple[str, Row]]:
    """The pairs that are not there yet, a content after the other."""
    reference = engine_for("reference", runtime_for("cpu"))
    judge, options = open_judge(), OptimiserOptions(content_weight=given.content_weight)
    gatys, fits = engine_for("gatys", runtime_for("cpu"), options=options), engine_for("balanced", runtime_for("cpu"))
    for content in load_squares(pictures_in([given.contents], given.limit), given.size)[0]:
        seen = judge.features(content.image)
        for fit, art in (text.split("=", 1) for text in given.fits):
            path = bundled_styles().get(art, Path(art))
            name = f"{content.name} {path.stem}"
            if name in there:
                continue
            picture = load_squares([path], given.size, enlarge=True)[0][0]
            target = judge.style_target(judge.features(picture.image))
            own, published = (
                painted(engine, content, Look(engine.encode(picture.image, path.stem, given.size / engine.style_size)),
                        judge, seen, target) for engine in (gatys, reference))
            strength, equal, full = at_content(fits, read_style(Path(fit)), own.content, content, judge, seen, target)
            yield name, {"strength": strength, **named("gatys", own), **named("reference", published),
                         **named("equal", equal), **named("full", full)}


def table(there: dict[str, Row]) -> Iterator[str]:
    """Every pair as multiples of Gatys's, and their mean."""
    ratios = []
    for name, row in there.items():
        ratios.append(row["equal_relu5_1"] / row["gatys_relu5_1"])
        nearer = ", nearer to the content" if row["equal_content"] < 0.95 * row["gatys_content"] else ""
        yield (f"{name:32} content {row['gatys_content']:.2f}, the fit's {row['equal_content']:.2f} at strength "
               f"{row['strength']:.2f}{nearer}; relu5_1 x {ratios[-1]:.2f}, style {row['equal_style']:.2f} "
               f"to {row['gatys_style']:.2f}; at full strength content {row['full_content']:.2f}, "
               f"relu5_1 x {row['full_relu5_1'] / row['gatys_relu5_1']:.2f}")
    if len(ratios) > 1:
        around = STUDENT.get(len(ratios) - 1, NORMAL) * stdev(ratios) / sqrt(len(ratios))
        yield f"mean of {len(ratios)}: relu5_1 x {fmean(ratios):.2f} +- {around:.2f}"
        for who in ("gatys", "reference", "equal", "full"):
            yield f"{who}: " + ", ".join(f"{key} {fmean(row[f'{who}_{key}'] for row in there.values()):.3f}"
                                         for key in MEASURES)


def main() -> None:
    """Measures what is not measured yet, a pair at a time, or prints what is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contents", type=Path, nargs="?")
    parser.add_argument("fits", nargs="*", help="FIT.style=PICTURE, or the name of a bundled style for the picture")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--limit", type=int, default=1, help="contents")
    parser.add_argument("--content-weight", type=float, default=0.1, help="of gatys")
    parser.add_argument("--pairs", type=int, help="that are painted in this run, at most")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    there: dict[str, Row] = json.loads(given.output.read_text()) if given.output.is_file() else {}
    if given.table:
        print("\n".join(table(there)))
        return
    for name, row in islice(rows(given, there), given.pairs):
        there[name] = row
        given.output.write_text(json.dumps(there, indent=1) + "\n")
        print(name, ", ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
