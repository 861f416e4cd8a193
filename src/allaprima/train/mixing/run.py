"""A run that teaches styles to mix kernels: what it starts from, its steps, its sheet, and the file that it leaves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from allaprima.errors import OptionError
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.measured_codes import MeasuredCodes
from allaprima.nets.mixed import MixedNetwork
from allaprima.nets.vgg import VGG19
from allaprima.runtimes.precision import working
from allaprima.train import exhibits
from allaprima.train.checkpoint import checkpoints_in
from allaprima.train.loop import Run, Task, Tell
from allaprima.train.mixing.codes import measure_of
from allaprima.train.mixing.files import count_in, read_kernels_into, write_kernels
from allaprima.train.mixing.gauge import evened, wake_units, whiten_units
from allaprima.train.mixing.settings import SHARES, MixingObjective, base_of
from allaprima.train.mixing.styles import Looks, StyleBank
from allaprima.train.mixing.task import MixingTask, content_bank
from allaprima.train.pictures import Pictures, load_pictures
from allaprima.train.ranges import Ranges, ranges_met
from allaprima.train.recipe import Recipe
from allaprima.train.trainee import Trainee, read_network

CONTENT_LARGEST_PX = 520
MANY_CODES = 1500  # that tell how far numbers go where learning begins, and what units are alike in
FIRST = "to_half"  # the convolution that is given the picture itself
BEYOND = 1.5       # of the ranges met: with these 8 bits err half as much, in styles that were never met a quarter
Skipped = tuple[tuple[str, str], ...]


def started_mixing(base: Path, kernels: Path | None, count: int) -> MixedNetwork:
    """A network whose styles mix nothing yet, or what a file of kernels holds, and room for more differences."""
    held, shape = read_network(base)
    network = CompactNetwork(shape)
    network.load_state_dict(held)
    if kernels is None:
        return MixedNetwork(network, count)
    found = count_in(kernels)
    if found is None or found > count:
        raise OptionError(f"cannot start from {kernels}: it holds {found or 'no'} differences, and {count} were asked "
                          "for", f"give --set differences={found}" if found else "name a file of kernels")
    mixed = MixedNetwork(network, found)
    read_kernels_into(mixed, kernels)
    return mixed if found == count else with_room(mixed, count)


@torch.no_grad()
def with_room(known: MixedNetwork, count: int) -> MixedNetwork:
    """A network that paints what a known one does, with ``count`` differences: what is new begins as all did."""
    wider = MixedNetwork(known.base, count)
    for part in ("mapping", "rows", "null_rows", "common"):
        wider.get_submodule(part).load_state_dict(known.get_submodule(part).state_dict())
    for mine, own in zip(wider.differences, known.differences, strict=True):
        mine[:known.count] = own
    for part in ("weight", "bias"):
        mine, own = (network.coefficients.get_parameter(part) for network in (wider, known))
        filter_by_filter = mine.view(sum(wider.filters), count, -1)
        filter_by_filter[:, :known.count] = own.view(sum(known.filters), known.count, -1)
    return wider


def mixing(recipe: Recipe, folder: Path, vgg: VGG19, styles: Pictures, device: torch.device,
           tell: Tell) -> tuple[Run, Task, Callable[[int], None], Skipped, Callable[[bool], dict[str, Path]]]:
    """The run and the task, how a sheet is written, pictures left out, and what writes the files that the run leaves.

    The base network is copied into the folder, so that its kernels lie beside it and are found. Ranges are measured
    once nothing more will be learnt: convolutions without ranges are painted in floats, and measuring takes its time.
    """
    objective, schedule, sources = recipe.objective, recipe.schedule, recipe.sources
    assert isinstance(objective, MixingObjective)
    assert sources.content is not None
    [name] = recipe.networks
    base = sources.start[base_of(name)]
    contents = load_pictures(sources.content, objective.crop_px, CONTENT_LARGEST_PX, device)
    measure = measure_of(sources.encoder).to(device)
    looks = Looks(styles, objective, schedule.seed)
    network = started_mixing(base, sources.start.get(name), objective.differences).to(device)
    if not checkpoints_in(folder):  # which say whatever is made ready here
        network = made_ready(network, looks.codes(measure, MANY_CODES), tell)
    trainee = Trainee(network, schedule, SHARES)
    run = Run(folder, {name: trainee}, schedule)
    beside = folder / f"{base_of(name)}.safetensors"
    shutil.copy(base, beside.with_suffix(".partial"))
    beside.with_suffix(".partial").replace(beside)
    tell("cutting crops")
    crops = content_bank(contents, vgg, objective, schedule.seed)
    bank = StyleBank(looks, vgg, measure, objective, schedule.seed)
    task = MixingTask({name: trainee}, crops, bank, vgg, objective, schedule.seed)
    shown = exhibits.spread(contents, exhibits.CONTENTS), exhibits.spread(styles, exhibits.STYLES)

    def sheet(step: int) -> None:
        picture = exhibits.sheet_of(partial(painted, trainee.average), measure, *shown)
        exhibits.write_sheet(picture, folder / f"sheet-{name}-{step:08d}.png")

    def leave(ended: bool) -> dict[str, Path]:
        ranges, codes = (ranges_mixed(trainee.average, measure, *shown), looks.codes(measure)) if ended else ({}, None)
        return {name: write_kernels(trainee.average, folder / f"{name}.safetensors", base, ranges, codes)}

    return run, task, sheet, contents.skipped + styles.skipped, leave


def made_ready(network: MixedNetwork, codes: Tensor, tell: Tell) -> MixedNetwork:
    """The same network to learn on: in numbers that learn alike, nothing asleep, its units read whitened."""
    network = evened(network, codes)
    tell(f"of the mapping's units {wake_units(network, codes)} slept, and are begun anew")
    whiten_units(network, codes)
    return network


@torch.inference_mode()
def painted(network: MixedNetwork, content: Tensor, code: Tensor, strength: Tensor) -> Tensor:
    """A content (1, 3, H, W) in the style of a whitened code (1, 1920), at a strength (1,), as engines paint it."""
    style = network.mixture(code[0])
    with working(content.device.type):
        whole = network.paint(content.contiguous(memory_format=torch.channels_last), style,
                              torch.lerp(style.null, style.row, strength[0].clamp(min=1)))
    return torch.lerp(content, whole.to(content.dtype), strength[0].clamp(max=1))


def ranges_mixed(network: MixedNetwork, measure: MeasuredCodes, contents: Sequence[Tensor],
                 styles: Sequence[Tensor]) -> Ranges:
    """The widest ranges of the convolutions' inputs over contents in styles, and beyond.

    Every style has other kernels, and a few do not show how far others go; what the picture goes into is known.
    """
    pairs = [(content, measure(style)[0]) for content in contents for style in styles]
    with torch.inference_mode():
        met = ranges_met(network.base, lambda content, code: painted(network, content, code[None], content.new_ones(1)),
                         pairs)
    return {name: (low, high) if name == FIRST else (BEYOND * low, BEYOND * high) for name, (low, high) in met.items()}
