"""A whole run: pictures, codes, networks, the loop, and what it leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from allaprima.errors import DeviceError
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.decoder import Decoder
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19, PaddingMode, ranks_of
from allaprima.runtimes.precision import working_precision
from allaprima.train import exhibits, log
from allaprima.train import recipe as recipes
from allaprima.train.checkpoint import checkpoints_in
from allaprima.train.codebank import kept_bank
from allaprima.train.codes import whitening_of
from allaprima.train.distilling import DistillingTask
from allaprima.train.lessons import kept_lessons
from allaprima.train.loop import LOG, Run, Task, Tell, Watch, drive
from allaprima.train.mixing.run import mixing
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.paint import paint
from allaprima.train.painting import PaintingTask
from allaprima.train.pictures import Pictures, load_pictures
from allaprima.train.recipe import Recipe
from allaprima.train.report import write_report
from allaprima.train.settings import ENCODER, SHAPES, Sources
from allaprima.train.teachers import Teacher, compact_teacher, reference_teacher
from allaprima.train.trainee import NetworkT, Trainee, load_into, read_network, seeded, started_network
from allaprima.weights import header_of

STYLE_LARGEST_PX = 480
CONTENT_LARGEST = 2.0  # times the crop
SMALLEST_STYLE_PX = 128
WHITENING_CODES = 1000

Sheet = Callable[[int], None]
Leave = Callable[[bool], dict[str, Path]]  # given whether nothing more will be learnt


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run, or a leg of it, left: weights by network's name, the report, and whether the whole run is done."""

    weights: dict[str, Path]
    report: Path
    skipped: tuple[tuple[str, str], ...]
    done: bool


def train(recipe: Recipe, folder: Path, device: torch.device, watch: Watch, tell: Tell, compiled: bool) -> Outcome:
    """Trains until the recipe's time or this leg of it is over; a run that lies in the folder already is taken up.

    watch: told where the run stands after every logged step. tell: told in words what is being prepared. compiled:
    whether networks go through torch.compile. The weights so far are written with every checkpoint. Raises SourceError
    where pictures are missing, WeightsError where weights are, TrainingError where the run cannot start or go on.
    """
    if device.type == "cuda" and not torch.cuda.is_available():
        raise DeviceError("cannot train on cuda: torch finds no such device", "train with --device cpu")
    recipes.keep(recipe, folder)
    vgg = prepared_vgg(recipe.sources.vgg, device)
    tell("reading pictures")
    styles = load_pictures(recipe.sources.style, SMALLEST_STYLE_PX, STYLE_LARGEST_PX, device)
    if isinstance(recipe.objective, MixingObjective):
        run, task, sheet, skipped, leave = mixing(recipe, folder, vgg, styles, device, tell)
    elif recipe.networks == (ENCODER,):
        run, task, sheet, skipped = distilling(recipe, folder, vgg, styles, device, tell)
        leave = partial(write_averages, run)
    else:
        run, task, sheet, skipped = painting(recipe, folder, vgg, styles, device, tell, compiled)
        leave = partial(write_averages, run)
    done = drive(run, task, watch, sheet, lambda: leave(False))
    weights = leave(True)
    report = write_report(folder, f"Training of {' and '.join(recipe.networks)}", recipe.values(),
                          log.entries(folder / LOG), skipped)
    return Outcome(weights, report, skipped, done)


def prepared_vgg(path: Path, device: torch.device, padding: PaddingMode = "zeros") -> VGG19:
    """VGG-19 to relu4_1 in the working precision, in low rank where the weights are; for losses zeros are enough."""
    return working(load_into(VGG19(padding, "relu4_1", ranks_of(header_of(path))), path).requires_grad_(False), device)


def working(network: NetworkT, device: torch.device) -> NetworkT:
    """The network on the device, in its working precision, channels last."""
    return network.to(device, working_precision(device.type)).to(memory_format=torch.channels_last)


def distilling(recipe: Recipe, folder: Path, vgg: VGG19, styles: Pictures, device: torch.device,
               tell: Tell) -> tuple[Run, Task, Sheet, tuple[tuple[str, str], ...]]:
    """The run and the task of the style encoder; a new one first measures by what codes are whitened."""
    with seeded(recipe.schedule.seed):
        encoder = StyleEncoder()
    start = recipe.sources.start.get(ENCODER)
    if start is not None:
        load_into(encoder, start)
    elif not checkpoints_in(folder):
        tell("measuring the whitening of codes")
        objective = recipe.painting_objective
        mean, deviation = whitening_of(vgg, styles, min(WHITENING_CODES, objective.codes), objective.bold_share,
                                       recipe.schedule.seed)
        encoder.whitening.mean.copy_(mean)
        encoder.whitening.deviation.copy_(deviation)
    trainee = Trainee(on_device(encoder, device), recipe.schedule)
    run = Run(folder, {ENCODER: trainee}, recipe.schedule)
    task = DistillingTask(ENCODER, trainee, styles, vgg, recipe.painting_objective, recipe.schedule.seed)
    return run, task, lambda step: None, styles.skipped


def painting(recipe: Recipe, folder: Path, vgg: VGG19, styles: Pictures, device: torch.device, tell: Tell,
             compiled: bool) -> tuple[Run, Task, Sheet, tuple[tuple[str, str], ...]]:
    """The run and the task of compact networks, with the bank of codes they need."""
    objective, schedule, sources = recipe.painting_objective, recipe.schedule, recipe.sources
    assert sources.content is not None
    contents = load_pictures(sources.content, objective.crop_px, round(objective.crop_px * CONTENT_LARGEST), device)
    encoder = load_into(StyleEncoder(), sources.encoder).requires_grad_(False).to(device)
    bank = kept_bank(folder, vgg, encoder, styles, objective, schedule.seed, tell)
    teacher = teacher_of(sources, device) if objective.teacher > 0 else None
    lessons = (kept_lessons(folder, teacher, contents, bank, encoder.whitening, objective, schedule.seed, tell)
               if teacher is not None and objective.lessons else None)
    started = {name: started_network(SHAPES[name], sources.start.get(name), schedule.seed) for name in recipe.networks}
    trainees = {name: Trainee(on_device(network, device), schedule) for name, network in started.items()}
    run = Run(folder, trainees, schedule)
    task = PaintingTask(trainees, contents, bank, encoder.whitening, vgg, teacher, lessons, objective, schedule.seed,
                        compiled)
    shown = exhibits.spread(contents, exhibits.CONTENTS), exhibits.spread(styles, exhibits.STYLES)

    def sheet(step: int) -> None:
        for name, trainee in trainees.items():
            path = folder / f"sheet-{name}-{step:08d}.png"
            exhibits.write_sheet(exhibits.sheet_of(partial(paint, trainee.average), encoder, *shown), path)

    return run, task, sheet, contents.skipped + styles.skipped


def teacher_of(sources: Sources, device: torch.device) -> Teacher | None:
    """Whose pictures the networks learn from at first: a compact network's, the published decoder's, or nobody's.

    The published decoder's are painted whole, as they are shown: with reflected borders.
    """
    if sources.teacher is not None:
        held, shape = read_network(sources.teacher)
        network = CompactNetwork(shape)
        network.load_state_dict(held)
        return compact_teacher(on_device(network.requires_grad_(False), device))
    if sources.decoder is not None:
        decoder = load_into(Decoder("reflect"), sources.decoder).requires_grad_(False)
        return reference_teacher(prepared_vgg(sources.vgg, device, "reflect"), working(decoder, device))
    return None


def on_device(network: NetworkT, device: torch.device) -> NetworkT:
    """The network on a device, its convolutions channels last."""
    return network.to(device).to(memory_format=torch.channels_last)


def write_averages(run: Run, ended: bool) -> dict[str, Path]:
    """Writes the averaged weights of all networks of a run into its folder; gives back their paths by name."""
    return {name: write_weights(trainee.average, name, run.folder) for name, trainee in run.trainees.items()}


def write_weights(network: nn.Module, name: str, folder: Path) -> Path:
    """Writes a network's weights in float16 (the whitening in float32), and gives back their path."""
    tensors = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    tensors = {key: value if key.startswith("whitening.") else value.half() for key, value in tensors.items()}
    shape = {"shape": json.dumps(network.shape._asdict())} if isinstance(network, CompactNetwork) else None
    path, partial = folder / f"{name}.safetensors", folder / f"{name}.partial"
    save_file(tensors, partial, shape)
    partial.replace(path)
    return path
