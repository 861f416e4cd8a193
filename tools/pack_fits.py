"""Packs fits of bundled styles, as training leaves them, into the files that ship.

    python tools/pack_fits.py starry starry-balanced.safetensors starry-fast.safetensors -o weights/styles
    python tools/pack_fits.py starry --again

Kernels come to steps of 8 bits at most; where a fit does not tell the ranges of its convolutions they are measured on
photographs. What 8-bit arithmetic costs is measured on them too, and kept among the file's figures. Fits of networks
that are not named are taken over from the file that is there. With ``--again`` a file is written anew as it would be
today, from nothing but itself, and how far its pictures moved is told.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from allaprima import weights
from allaprima.bundled import bundled_styles
from allaprima.engines import AdaINEngine, Look, Style
from allaprima.engines.adain import compact, which_are_gains
from allaprima.engines.fitted import Fitted, in_bytes, mixed_tensors
from allaprima.engines.style_files import StyleFile
from allaprima.functional.losses import ssim
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import PICTURE_SUFFIXES, read_image
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.normalisation import Measure
from allaprima.pipeline.looks.fits import read_fit
from allaprima.pipeline.looks.styles import read_style_file, write_style
from allaprima.pipeline.resizing import resized
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.train.ranges import Ranges, ranges_met

LINES = 400            # of photographs on which ranges are measured, where a fit does not say its brush
THUMBNAIL_HEIGHT = 96

Picture = NDArray[np.uint8]


def fitted_ranges(fitted: Fitted, pictures: Sequence[Picture]) -> Ranges:
    """The lowest and the highest input of the fitted network's convolutions over those pictures (H, W, 3)."""
    entry = weights.named(fitted.base)
    assert entry.shape is not None
    network = CompactNetwork(entry.shape)
    tensors = mixed_tensors(weights.load(fitted.base), ((fitted, 1.0),))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors.items()})
    gains = which_are_gains(entry.shape)
    scale, bias = (torch.from_numpy(part)[None] for part in (1 + fitted.row[gains], fitted.row[~gains]))
    whole = [picture[:len(picture) // 8 * 8, :picture.shape[1] // 8 * 8] for picture in pictures]
    contents = [torch.from_numpy(picture).permute(2, 0, 1)[None] / 255 for picture in whole]
    return ranges_met(network, lambda content, _: network.paint(content, Measure(scale, bias)),
                      [(content, scale) for content in contents])


def at_height(path: Path, lines: int) -> Picture:
    """A photograph with that shorter side."""
    picture = as_uint8(read_image(path).image)
    height, width = picture.shape[:2]
    share = lines / min(height, width)
    return np.asarray(resized(picture, round(width * share), round(height * share)), np.uint8)


def likeness(one: Picture, other: Picture) -> float:
    """SSIM of two pictures."""
    first, second = (torch.from_numpy(pixels).permute(2, 0, 1)[None].double() / 255 for pixels in (one, other))
    return float(ssim(first, second))


def cost_of_8_bits(style: Style, base: str, pictures: Sequence[Picture]) -> float:
    """The SSIM of pictures painted in 8-bit arithmetic to those painted in fp32, the lowest of them."""
    def painted(engine: AdaINEngine, picture: Picture) -> Picture:
        return np.asarray(engine.stylize(picture[None], [Look(style)])[0][0], np.uint8)

    exact, fewer = (compact(base, OpenVINORuntime("cpu", precision)) for precision in ("fp32", "int8"))
    return min(likeness(painted(fewer, picture), painted(exact, picture)) for picture in pictures)


def packed(name: str, fits: Sequence[Path], photographs: Sequence[Path], before: Path) -> StyleFile:
    """The style of that name with those fits, and with those of other networks in the file of before, if any."""
    art = as_uint8(read_image(bundled_styles()[name]).image)
    found: list[Fitted] = []
    recipes: dict[str, object] = {}
    figures: dict[str, dict[str, object]] = {}
    for path in fits:
        fitted = read_fit(path)
        pictures = [at_height(photograph, fitted.brush or LINES) for photograph in photographs]
        if not fitted.ranges:
            fitted = replace(fitted, ranges=fitted_ranges(fitted, pictures))
        with safe_open(str(path), "np") as file:
            said = file.metadata() or {}
        recipe = json.loads(said.get("recipe", "{}"))
        recipes[fitted.base] = recipe | ({"start": Path(recipe["start"]).stem} if "start" in recipe else {})
        figures[fitted.base] = json.loads(said.get("figures", "{}"))
        found.append(fitted)
    if before.is_file():
        held = read_style_file(before)
        for fitted in held.style.fitted:
            if fitted.base not in recipes:
                found.append(fitted)
                recipes[fitted.base] = held.recipe[fitted.base]
                figures[fitted.base] = dict(cast(Mapping[str, object], held.figures[fitted.base]))
    found.sort(key=lambda fitted: fitted.base)
    style = replace(compact(found[0].base, OpenVINORuntime("cpu", "fp32")).encode(art, name), fitted=tuple(found))
    for fitted in found:
        figures[fitted.base]["ssim_of_int8"] = round(cost_of_8_bits(
            style, fitted.base, [at_height(photograph, 256) for photograph in photographs]), 4)
    thumbnail = resized(art, round(art.shape[1] * THUMBNAIL_HEIGHT / len(art)), THUMBNAIL_HEIGHT)
    return StyleFile(style, np.asarray(thumbnail, np.uint8), recipes, figures)


def again(path: Path, photographs: Sequence[Path]) -> StyleFile:
    """A packed style with its kernels in today's steps."""
    saved, codes = read_style_file(path), {}
    art = as_uint8(read_image(bundled_styles()[path.stem]).image)
    fits = tuple(replace(fitted, kernels={name: in_bytes(difference.array())
                                          for name, difference in fitted.kernels.items()})
                 for fitted in saved.style.fitted)
    code = compact(fits[0].base, OpenVINORuntime("cpu", "fp32")).encode(art, path.stem)
    renewed = replace(saved, style=replace(code, fitted=fits))
    for fitted in fits:
        engine = compact(fitted.base, OpenVINORuntime("cpu", "fp32"))
        pictures = [at_height(photograph, LINES) for photograph in photographs]
        one, other = ([np.asarray(engine.stylize(picture[None], [Look(style)])[0][0], np.uint8) for picture in pictures]
                      for style in (saved.style, renewed.style))
        apart = [np.abs(before.astype(np.int16) - after).mean() for before, after in zip(one, other, strict=True)]
        codes[fitted.base] = min(likeness(*pair) for pair in zip(one, other, strict=True)), float(np.mean(apart))
    print(f"{path.stem}: " + ", ".join(f"{base} SSIM {found:.5f} at least, {levels:.2f} levels of 255 in the mean"
                                       for base, (found, levels) in codes.items()))
    return renewed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="a bundled style")
    parser.add_argument("fits", nargs="*", type=Path, help="its fits, one for each base network")
    parser.add_argument("--again", action="store_true", help="write the file anew, from itself")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/styles"), help="the folder of the file")
    parser.add_argument("--photographs", type=Path, default=Path("examples/photos"), help="what ranges are measured on")
    asked = parser.parse_args()
    photographs = sorted(path for path in asked.photographs.iterdir() if path.suffix in PICTURE_SUFFIXES)
    asked.output.mkdir(parents=True, exist_ok=True)
    target = asked.output / f"{asked.name}.style"
    saved = again(target, photographs) if asked.again else packed(asked.name, asked.fits, photographs, target)
    write_style(target, saved, overwrite=True)
    print(f"{target}: {target.stat().st_size} bytes, {json.dumps(saved.figures)}")


if __name__ == "__main__":
    main()
