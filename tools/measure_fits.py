"""How much better fitting makes one style: unfitted, fitted for so many steps, what ships, published AdaIN, Gatys.

    python tools/measure_fits.py CONTENTS STYLE.jpg ... -o FOLDER [--what reference,unfitted,ships,60,200,600,gatys]
        [--sizes 256,400] [--strengths 1,0.9] [--limit 12] [--gatys-limit 3] [--set NAME=VALUE ...]
    python tools/measure_fits.py --table -o FOLDER
    python tools/measure_fits.py --time -o FOLDER

Each style picture is fitted anew on the pictures that ship, looked at as large as it is measured. ``ships`` is its
bundled ``.style``, or one named by ``--style-file``. Measures are those of ``allaprima evaluate``: content, style,
Gram, Wasserstein and weave, means over the contents. A style's picture that is smaller is enlarged. Whatever is in
FOLDER is not measured again, and a fit that was stopped goes on. ``--table`` prints what there is, as multiples of
published AdaIN's; ``--time`` how long a step takes, with and without bfloat16.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from math import isnan, nan
from pathlib import Path
from statistics import fmean

import torch

from allaprima.bundled import bundled_fits, bundled_styles
from allaprima.cli.fitting import FitRequest, fitted_style, folder_of, planned
from allaprima.cli.train import at_hand, numbers
from allaprima.config import OptimiserOptions
from allaprima.engines import Engine, Look, Style, engine_for
from allaprima.evaluate.judge import Judge, Seen, StyleTarget, open_judge
from allaprima.evaluate.pictures import Sample, as_levels, load_squares, pictures_in
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.pipeline.looks.styles import read_style, write_style
from allaprima.runtimes import precision, runtime_for
from allaprima.train.fit.job import prepared
from allaprima.train.run import prepared_vgg
from allaprima.train.trainee import load_into

Row = dict[str, float]
MEASURES = ("content", "style", "gram", "wasserstein", "relu5_1")
ROWS = "rows.json"
TIMED_STEPS = 6


@dataclass(frozen=True)
class Bench:
    """What is measured with: contents at one size, and everything that is opened once for all rows."""

    contents: tuple[Sample, ...]
    size: int
    model: str
    folder: Path
    judge: Judge
    changes: tuple[tuple[str, float], ...] = ()

    @cached_property
    def seen(self) -> list[Seen]:
        """The contents' features."""
        return [self.judge.features(content.image) for content in self.contents]

    @cache  # noqa: B019  # a bench lives as long as the program
    def engine(self, name: str) -> Engine:
        """A model, opened once."""
        return engine_for(name, runtime_for("cpu"), options=OptimiserOptions() if name == "gatys" else None)

    @cache  # noqa: B019
    def picture(self, art: Path) -> Sample:
        """A style's picture at the size that is measured, enlarged where it is smaller, as a fit does it."""
        return load_squares([art], self.size, enlarge=True)[0][0]

    @cache  # noqa: B019
    def target(self, art: Path) -> StyleTarget:
        """The style to be measured to."""
        return self.judge.style_target(self.judge.features(self.picture(art).image))

    def encoded(self, name: str, art: Path) -> Style:
        """A style as that model looks at it, at the size that is measured."""
        engine, picture = self.engine(name), self.picture(art)
        return engine.encode(picture.image, picture.name, self.size / engine.style_size)

    def row(self, engine: Engine, look: Look, art: Path, limit: int) -> Row:
        """The mean measures of the first contents painted as the look says, and the seconds of painting each."""
        found, seconds = [], 0.0
        for content, seen in list(zip(self.contents, self.seen, strict=True))[:limit]:
            began = time.process_time()
            painted, _ = engine.stylize(as_levels(content.image)[None], [look])
            seconds += time.process_time() - began
            found.append(self.judge.measure(self.judge.features(painted[0].astype("float32") / 255), seen,
                                            self.target(art)))
        return {"content": fmean(one.content for one in found), "style": fmean(one.style for one in found),
                "gram": fmean(sum(one.gram) for one in found), "relu5_1": fmean(one.wasserstein[-1] for one in found),
                "wasserstein": fmean(sum(one.wasserstein) for one in found), "contents": len(found),
                "weave": fmean([sum(one.weave) for one in found if not isnan(sum(one.weave))] or [nan]),
                "painting_seconds": seconds / len(found)}

    def fit(self, art: Path, steps: int) -> tuple[Style, Row]:
        """The style as a fit of so many steps makes it, kept beside the rows, and how long it took if in one go."""
        path = self.folder / f"{art.stem}-{self.size}-{steps}.style"
        timed = path.with_suffix(".json")
        if path.is_file() and timed.is_file():
            return read_style(path), json.loads(timed.read_text())
        request = FitRequest((art,), self.model, steps=steps, lines=self.size,
                             values=(("style_px", float(self.size)), *self.changes))
        plan = planned(request)
        whole, began = not folder_of(request, plan).exists(), time.process_time()
        saved, done = fitted_style(request, plan, torch.device("cpu"), lambda standing, network: None)
        if not done:
            raise SystemExit(f"stopped in the fit of {path.stem}: the same command goes on")
        row = {"fit_minutes": (time.process_time() - began) / 60} if whole else {}
        write_style(path, saved, overwrite=True)
        timed.write_text(json.dumps(row))
        return saved.style, row


def painters(bench: Bench, what: str, art: Path, files: dict[str, Path]) -> tuple[Engine, Style, Row] | None:
    """Which engine paints which style for a row of the table; None where there is none."""
    if what in ("reference", "gatys"):
        return bench.engine(what), bench.encoded(what, art), {}
    engine = bench.engine(bench.model)
    if what == "unfitted":
        return engine, bench.encoded(bench.model, art), {}
    if what == "ships":
        return (engine, read_style(files[art.stem]), {}) if art.stem in files else None
    return engine, *bench.fit(art, int(what))


def fill(rows: dict[str, Row], bench: Bench, arts: list[Path], given: argparse.Namespace) -> Iterator[str]:
    """Measures what is asked for and is not there; yields the names of new rows."""
    files = bundled_fits() | {path.stem: path for path in given.style_file}
    for what in given.what.split(","):
        limit = given.gatys_limit if what == "gatys" else given.limit
        ours = what not in ("reference", "gatys")
        strengths = [float(text) for text in given.strengths.split(",")] if ours else [1.0]
        for art in arts:
            names = {strength: f"{bench.size} {art.stem} {what}" + (f" @{strength:g}" if strength < 1 else "")
                     for strength in strengths}
            if all(name in rows for name in names.values()):
                continue
            found = painters(bench, what, art, files)
            for strength, name in names.items() if found else ():
                if name not in rows:
                    engine, style, costs = found
                    rows[name] = bench.row(engine, Look(style, strength), art, limit) | costs
                    yield name


def table(rows: dict[str, Row]) -> Iterator[str]:
    """The rows, each style's, and their means as multiples of published AdaIN's over the styles that have both."""
    kinds: dict[tuple[str, str], dict[str, Row]] = {}
    for name, row in rows.items():
        size, art, what = name.split(" ", 2)
        kinds.setdefault((size, what), {})[art] = row
    for (size, what), own in kinds.items():
        reference = kinds.get((size, "reference"), {})
        shared = [art for art in own if art in reference]
        for art in shared:
            yield f"{size:4} {what:12} {art:24} " + ", ".join(
                f"{key} {own[art][key]:.3f} ({own[art][key] / reference[art][key]:.2f})" for key in MEASURES)
        means = (fmean(own[art][key] / reference[art][key] for art in shared) for key in MEASURES if shared)
        costs = [row["fit_minutes"] for row in own.values() if "fit_minutes" in row]
        yield f"{size:4} {what:12} {f'mean of {len(shared)}':24} " + ", ".join(
            f"{key} x {value:.3f}" for key, value in zip(MEASURES, means, strict=False)) + (
            f", {fmean(costs):.1f} minutes" if costs else "")


def timed(model: str, crop_px: int) -> dict[str, float]:
    """Processor seconds of a step, in bfloat16 and, as on a processor without it, in float32."""
    art, found = next(iter(bundled_styles().values())), {}
    for name in ("working precision", "float32"):
        if name == "float32":
            torch.cpu._is_avx512_bf16_supported = torch.cpu._is_amx_tile_supported = lambda: False
        precision.working_precision.cache_clear()
        plan = planned(FitRequest((art,), model, steps=60, values=(("crop_px", float(crop_px)), ("bank", 4.0))))
        encoder = load_into(StyleEncoder(), at_hand("style-encoder"))
        fit = prepared(plan, prepared_vgg(at_hand("slim-vgg19"), torch.device("cpu")), encoder, torch.device("cpu"))
        for _ in range(4):
            fit.advance(0)
        began = time.process_time()
        for _ in range(TIMED_STEPS):
            fit.advance(0.5)
        found[name] = (time.process_time() - began) / TIMED_STEPS
    return found


def main() -> None:
    """Measures what is not measured yet, a row at a time, or prints what is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contents", type=Path, nargs="?")
    parser.add_argument("styles", type=Path, nargs="*", help="pictures, or names of bundled styles")
    parser.add_argument("--what", default="reference,unfitted,ships,60,200,600")
    parser.add_argument("--sizes", default="256")
    parser.add_argument("--strengths", default="1")
    parser.add_argument("--style-file", type=Path, nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=12)
    parser.add_argument("--gatys-limit", type=int, default=3)
    parser.add_argument("--model", default="balanced")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="numbers of the fits' recipe")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--time", action="store_true")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    path = given.output / ROWS
    rows: dict[str, Row] = json.loads(path.read_text()) if path.is_file() else {}
    if given.time:
        for crop_px in (192, 256):
            print(f"crops of {crop_px}:", ", ".join(f"{name} {value:.3f} s a step"
                                                    for name, value in timed(given.model, crop_px).items()))
    elif given.table:
        print("\n".join(table(rows)))
    else:
        arts = [bundled_styles().get(str(art), art) for art in given.styles]
        judge = open_judge()
        for size in map(int, given.sizes.split(",")):
            contents = load_squares(pictures_in([given.contents], given.limit), size)[0]
            bench = Bench(tuple(contents), size, given.model, given.output, judge,
                          tuple(numbers(given.set).items()))
            for name in fill(rows, bench, arts, given):
                print(f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in rows[name].items()), flush=True)
                path.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
