"""A whole fit, with checkpoints: from pictures to what a style file holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.errors import TrainingError
from allaprima.functional.guides import Guides, usual_guides
from allaprima.functional.padding import MULTIPLE
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train.checkpoint import checkpoints_in, read_checkpoint, write_checkpoint
from allaprima.train.fit.contents import bank_of
from allaprima.train.fit.ending import null_row, ranges_of
from allaprima.train.fit.losses import style_target
from allaprima.train.fit.moving import Moving
from allaprima.train.fit.network import FittedNetwork
from allaprima.train.fit.pairs import Pair, PairFit
from allaprima.train.fit.run import Descent, Fit, started
from allaprima.train.fit.settings import FitObjective
from allaprima.train.fit.weave import own_energy
from allaprima.train.ranges import Ranges

CODE_PX = 256             # at which the style encoder looks at styles
ENDING_SECONDS = 12.0     # that a fit planned by time leaves for its null row and its ranges
CHECKPOINT_SECONDS = 20.0
TOLD_STEPS = 5            # between two tellings


@dataclass(frozen=True, slots=True)
class FitPlan:
    """What a fit is made of.

    styles: pictures (3, H, W), uint8, of one style. contents: pictures alike. base: the base network's file. start:
    kernel differences by ``kernels.NAME``, and maybe the ``row``, from which the fit begins; None for the base as it
    paints the style. steps or seconds: how long; the rate falls over the whole of it. pairs: frames and the same
    painted, which are learnt place by place; ``styles`` are their painted halves then, and ``contents`` the frames
    between. moving: a film's frames with the ones before them, from which it is learnt to paint steadily; they stand in
    the place of ``contents``.
    """

    styles: tuple[Tensor, ...]
    contents: tuple[Tensor, ...]
    base: Path
    objective: FitObjective
    start: Mapping[str, Tensor] | None = None
    steps: int | None = None
    seconds: float | None = None
    seed: int = 1
    pairs: tuple[Pair, ...] = ()
    moving: tuple[Moving, ...] = ()

    def progress(self, step: int, elapsed_seconds: float) -> float:
        """How much of the fit is done, in [0, 1]."""
        if self.steps is not None:
            return min(1.0, step / max(self.steps, 1))
        assert self.seconds is not None
        return min(1.0, elapsed_seconds / max(self.seconds - ENDING_SECONDS, 1.0))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a fit stands: its steps, the share that is done, its time, and the mean losses of the last steps."""

    step: int
    share: float
    elapsed_seconds: float
    losses: dict[str, float]


@dataclass(frozen=True, slots=True)
class FitOutcome:
    """What a fit, or as much of it as there was time for, has learnt.

    kernels: differences by the base's names, float16. row, null: (2 M,), float32, and guides: see ``FittedNetwork``.
    done: whether it ran to its end.
    """

    kernels: dict[str, Tensor]
    row: Tensor
    null: Tensor
    ranges: Ranges
    standing: Standing
    done: bool
    guides: Guides | None = None


Watch = Callable[[Standing, FittedNetwork], None]


def look_at(picture: Tensor, shorter_px: int) -> Tensor:
    """A picture (3, H, W), uint8, as (1, 3, h, w) in [0, 1], its shorter side about ``shorter_px``, both even."""
    height, width = picture.shape[1:]
    scale = shorter_px / min(height, width)
    size = (2 * round(height * scale / 2), 2 * round(width * scale / 2))
    whole = picture[None].float() / 255
    return F.interpolate(whole, size, mode="bicubic", antialias=scale < 1).clamp(0, 1)


def at_lines(picture: Tensor, lines: int) -> Tensor:
    """A picture (3, H, W), uint8, reduced to so many lines where it has more."""
    if min(picture.shape[1:]) <= lines:
        return picture
    return (look_at(picture, lines)[0] * 255).round().byte()


def prepared(plan: FitPlan, vgg: VGG19, encoder: StyleEncoder, device: torch.device) -> Descent:
    """The fit before its first step. ``vgg`` is in the precision that it is to work in."""
    styles = [look_at(picture.to(device), plan.objective.style_px) for picture in plan.styles]
    guides = usual_guides() if plan.pairs and plan.objective.guides else None
    network = started(plan.base, encoder, [look_at(picture, CODE_PX) for picture in plan.styles], device, guides)
    base = {name: value.detach().clone() for name, value in network.kernels().items()}
    with torch.no_grad():
        for name, value in network.kernels().items():
            if plan.start is not None and f"kernels.{name}" in plan.start:
                value.add_(plan.start[f"kernels.{name}"].to(value))
        if plan.start is not None and "row" in plan.start:
            network.row.copy_(plan.start["row"])
    target = style_target(styles, vgg, own_energy(styles))
    if plan.pairs:
        lines = plan.objective.lines
        pairs = [(at_lines(frame, lines).to(device), at_lines(painted, lines).to(device))
                 for frame, painted in plan.pairs]
        frames = [at_lines(picture, lines).to(device) for picture in plan.contents]
        moving = [moves.on(device).resized(frame.shape[1], frame.shape[2])
                  for moves, frame in zip(plan.moving, frames, strict=False)]
        shown = [moves.now for moves in moving] or frames
        return PairFit(network, base, pairs, shown, moving, target, vgg, plan.objective, plan.seed)
    bank = bank_of([picture.to(device) for picture in plan.contents], vgg, plan.objective, plan.seed,
                   [frames.on(device) for frames in plan.moving])
    return Fit(network, base, bank, target, vgg, plan.objective, plan.seed)


class Ticker:
    """The mean losses of a few steps, each over those that had it."""

    def __init__(self) -> None:
        self._told: dict[str, list[float]] = {}

    def __bool__(self) -> bool:
        return bool(self._told)

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Counts one step's losses."""
        for name, value in losses.items():
            self._told.setdefault(name, []).append(float(value))

    def read(self) -> dict[str, float]:
        """The means, after which counting begins anew."""
        means = {name: fmean(values) for name, values in self._told.items()}
        self._told = {}
        return means


def carried_out(plan: FitPlan, vgg: VGG19, encoder: StyleEncoder, folder: Path, device: torch.device,
                watch: Watch) -> FitOutcome:
    """Fits until the plan's steps or time are over, or until Ctrl-C, which keeps what there is.

    folder: of checkpoints; a fit that lies there is taken up. watch: told where the fit stands every few steps, with
    the network. Raises TrainingError where a loss is not finite.
    """
    fit, before = prepared(plan, vgg, encoder, device), 0.0
    found = checkpoints_in(folder)
    if found:
        held, state = read_checkpoint(found[-1])
        fit.restore(held, int(state["step"]))
        before = float(state["elapsed_seconds"])
    began = saved = time.monotonic()
    ticker, done = Ticker(), True
    standing = Standing(fit.step, plan.progress(fit.step, before), before, {})
    try:
        while (share := plan.progress(fit.step, before + time.monotonic() - began)) < 1:
            losses = fit.advance(share)
            ticker.add(losses)
            if fit.step % TOLD_STEPS == 0:
                standing = stands(fit, plan, before + time.monotonic() - began, ticker)
                watch(standing, fit.network)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                saved = time.monotonic()
                write_checkpoint(folder, fit.tensors(), {"step": fit.step, "elapsed_seconds": before + saved - began})
    except KeyboardInterrupt:
        done = False
        write_checkpoint(folder, fit.tensors(), {"step": fit.step,
                                                 "elapsed_seconds": before + time.monotonic() - began})
    if ticker:
        standing = stands(fit, plan, before + time.monotonic() - began, ticker)
        watch(standing, fit.network)
    return ended(fit, plan, standing, done=done)


def stands(fit: Descent, plan: FitPlan, elapsed_seconds: float, ticker: Ticker) -> Standing:
    """Where the fit stands. Raises TrainingError where a loss is not finite."""
    means = ticker.read()
    broken = [name for name, value in means.items() if value != value or abs(value) == float("inf")]
    if broken:
        raise TrainingError(f"the fit stopped at step {fit.step}: its {broken[0]} loss is no number",
                            "fit again with a lower rate: --set rate=5e-4")
    return Standing(fit.step, plan.progress(fit.step, elapsed_seconds), elapsed_seconds, means)


def squares(pictures: Sequence[Tensor], plan: FitPlan) -> Tensor:
    """The middles of pictures (3, H, W), uint8, as far as all of them reach, (K, 3, S, S), S a multiple of eight."""
    shown = [at_lines(picture, plan.objective.lines) for picture in pictures]
    side = min(min(picture.shape[1:]) for picture in shown) // MULTIPLE * MULTIPLE
    places = [((picture.shape[1] - side) // 2, (picture.shape[2] - side) // 2) for picture in shown]
    return torch.stack([picture[:, top:top + side, left:left + side]
                        for picture, (top, left) in zip(shown, places, strict=True)])


def ended(fit: Descent, plan: FitPlan, standing: Standing, *, done: bool) -> FitOutcome:
    """What the fit has learnt, with the row for the content and the ranges of its convolutions' inputs."""
    learnt = fit.differences()
    crops = fit.bank.crops if isinstance(fit, Fit) else squares([frame for frame, _ in plan.pairs], plan).to(
        fit.network.row.device)
    null = null_row(fit.network, crops, plan.seed)
    ranges = ranges_of(fit.network, null, crops)
    kernels = {name.removeprefix("kernels."): value for name, value in learnt.items() if name != "row"}
    return FitOutcome(kernels, learnt["row"], null.cpu(), ranges, standing, done, fit.network.guides)
