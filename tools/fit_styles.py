"""Fits bundled styles one after the other: what `tools/pack_fits.py` packs.

    python tools/fit_styles.py JOBS.txt -o FITS [--pictures examples/styles]

JOBS.txt has a fit a line, `STYLE BASE STEPS START [NAME=VALUE ...]`: a bundled style, `balanced` or `fast`, how many
steps, and where it begins: `usual` (what the picture mixes), `mean` (of what ships), a fit's file in FITS, or a bundled
style, whose kernels it takes (and, if it is the same style, its scales and biases). The rest changes numbers of the
recipe. The file is read again after every fit, so that lines may be added; what is in FITS is not fitted again, and
what was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from allaprima import weights
from allaprima.bundled import bundled_fits
from allaprima.cli.fitting import FitRequest, planned
from allaprima.cli.train import at_hand, numbers
from allaprima.engines.fitted import fits_of
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.pipeline.looks.styles import read_style
from allaprima.train.checkpoint import checkpoints_in, read_checkpoint, write_checkpoint
from allaprima.train.fit.job import FitPlan, Standing, ended, prepared
from allaprima.train.fit.run import Descent
from allaprima.train.run import prepared_vgg
from allaprima.train.trainee import load_into

EVERY = 25  # steps between checkpoints, and between lines


def begun_at(start: str, style: str, base: str, fits: Path) -> dict[str, Tensor]:
    """The kernels, and the row where it is the same style's, at which a fit begins."""
    if start == "mean":
        return mean_of_fits(base)
    if start.endswith(".safetensors"):
        held = load_file(fits / start)
        return held if start.startswith(f"{style}-") else {
            name: value for name, value in held.items() if name.startswith("kernels.")}
    fitted = fits_of(read_style(bundled_fits()[start]).fitted, weights.named(base).sha256)
    if fitted is None:
        raise SystemExit(f"{start} is not fitted to {base}")
    kernels = {f"kernels.{name}": torch.from_numpy(part.array()) for name, part in fitted.kernels.items()}
    return kernels | ({"row": torch.from_numpy(fitted.row.copy())} if start == style else {})


def mean_of_fits(base: str) -> dict[str, Tensor]:
    """The mean of what was learnt for the bundled styles."""
    found = [fit for path in bundled_fits().values()
             if (fit := fits_of(read_style(path).fitted, weights.named(base).sha256)) is not None]
    return {f"kernels.{name}": torch.stack([torch.from_numpy(fit.kernels[name].array()) for fit in found]).mean(dim=0)
            for name in found[0].kernels}


def fitted(fit: Descent, steps: int, folder: Path) -> dict[str, float]:
    """Runs a fit to its end, with checkpoints; gives back the mean losses of its last steps, and its seconds."""
    told: dict[str, list[float]] = {}
    means, spent = {}, 0.0
    found = checkpoints_in(folder)
    if found:
        held, state = read_checkpoint(found[-1])
        fit.restore(held, int(state["step"]))
        spent = float(state["elapsed_seconds"])
    began = time.process_time()
    while fit.step < steps:
        for name, value in fit.advance(fit.step / steps).items():
            told.setdefault(name, []).append(float(value))
        if fit.step % EVERY == 0 or fit.step == steps:
            means = {name: round(fmean(values), 4) for name, values in told.items()}
            told = {}
            seconds = spent + time.process_time() - began
            print(f"  {fit.step} steps, {seconds:.0f} s of processor time, {means}", flush=True)
            write_checkpoint(folder, fit.tensors(), {"step": fit.step, "elapsed_seconds": seconds})
    return means | {"cpu_seconds": round(spent + time.process_time() - began, 1)}


def carry_out(line: str, pictures: Path, output: Path) -> None:
    """One line of the jobs, into its file, unless that is there."""
    style, base, steps, start, *values = line.split()
    target = output / f"{style}-{base}.safetensors"
    if target.is_file():
        return
    print(line, flush=True)
    request = FitRequest((pictures / f"{style}.jpg",), base, steps=int(steps), values=tuple(numbers(values).items()))
    plan: FitPlan = planned(request)
    if start != "usual":
        plan = replace(plan, start=begun_at(start, style, base, output))
    vgg = prepared_vgg(at_hand("slim-vgg19"), torch.device("cpu"))
    encoder = load_into(StyleEncoder(), at_hand("style-encoder")).requires_grad_(False)
    fit = prepared(plan, vgg, encoder, torch.device("cpu"))
    folder = output / f"{style}-{base}-checkpoints"
    figures = fitted(fit, int(steps), folder)
    outcome = ended(fit, plan, Standing(fit.step, 1.0, figures["cpu_seconds"], figures), done=True)
    tensors = {f"kernels.{name}": value.contiguous() for name, value in outcome.kernels.items()}
    save_file(tensors | {"row": outcome.row, "null": outcome.null.contiguous()}, target, {
        "base": base, "base_sha256": weights.named(base).sha256, "brush": str(request.lines),
        "ranges": json.dumps(outcome.ranges), "figures": json.dumps(figures),
        "recipe": json.dumps({"steps": int(steps), "seed": request.seed, "start": start, "set": values})})
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", type=Path, help="a fit a line")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the folder of what was learnt")
    parser.add_argument("--pictures", type=Path, default=Path("examples/styles"), help="the folder of styles")
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    done = 0
    while done < len(lines := [line for line in asked.jobs.read_text().splitlines() if line.strip()]):
        carry_out(lines[done], asked.pictures, asked.output)
        done += 1


if __name__ == "__main__":
    main()
