"""One fit: from a base network and a style's pictures to kernels and a row; taken up exactly where it was left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Generator, Tensor, nn

from allaprima.functional.affinity import drawn_pairs
from allaprima.functional.guides import Guides
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.checkpoint import restored
from allaprima.train.fit.contents import Bank, Window, drawn_window
from allaprima.train.fit.losses import StyleTarget, fit_losses
from allaprima.train.fit.moving import along
from allaprima.train.fit.network import FittedNetwork, row_of
from allaprima.train.fit.settings import FitObjective
from allaprima.train.objective import Losses
from allaprima.train.steadiness import disturbed, drawn_motion, unsteadiness
from allaprima.train.trainee import BETAS, MOMENTS, memory_format_of, read_network

LAST_SHARE = 0.02  # of the rates, at the end of the cosine
CLIP = 20.0        # of the gradient's norm
READING = 10.0     # times the rate of kernels: of how much they take of guides
HOLD_RATE = 0.08   # by which the content's weight follows a picture's departure, each step
HOLDS = (0.3, 6.0) # multiples of the content's weights: the least and the largest


def started(base: Path, encoder: StyleEncoder, pictures: Sequence[Tensor], device: torch.device,
            guides: Guides | None = None) -> FittedNetwork:
    """The base network as it paints the style's pictures (1, 3, H, W) before the first step."""
    held, shape = read_network(base)
    network = CompactNetwork(shape)
    network.load_state_dict(held)
    with torch.no_grad():
        code = torch.stack([encoder(picture.cpu())[0] for picture in pictures]).mean(dim=0)
    return FittedNetwork(network, row_of(network, code), guides).to(device).to(memory_format=torch.channels_last)


def rate_share(step: int, progress: float, warmup_steps: int) -> float:
    """The share of the full rates at a step: a linear warm-up under a cosine over the whole run."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return min(1.0, (step + 1) / max(warmup_steps, 1)) * (LAST_SHARE + (1 - LAST_SHARE) * cosine)


class Descent:
    """A network in fitting: the network, its optimiser, and how many steps it has taken.

    base: the base network's tensors by the names of ``network.kernels()``, to which differences are taken.
    """

    def __init__(self, network: FittedNetwork, base: Mapping[str, Tensor], objective: FitObjective, seed: int) -> None:
        self.network, self.base, self.objective = network, base, objective
        self.seed, self.step = seed, 0
        self.optimiser = torch.optim.Adam([
            {"params": list(network.kernels().values()), "lr": objective.rate, "full": objective.rate},
            {"params": [network.row], "lr": objective.row_rate, "full": objective.row_rate},
            *([] if network.reading is None else [
                {"params": [network.reading], "lr": READING * objective.rate, "full": READING * objective.rate}]),
        ], betas=BETAS)

    def losses(self) -> Losses:
        """The losses of the next step, whose choices depend on the seed and its number alone."""
        raise NotImplementedError

    def advance(self, progress: float) -> Losses:
        """Takes one step; ``progress``: how much of the fit was done before it, in [0, 1]."""
        share = rate_share(self.step, progress, self.objective.warmup_steps)
        for group in self.optimiser.param_groups:
            group["lr"] = share * group["full"]
        losses = self.losses()
        self.optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.free().values(), CLIP)
        self.optimiser.step()
        self.step += 1
        return {name: value.detach() for name, value in losses.items()}

    def differences(self) -> dict[str, Tensor]:
        """What was learnt: ``kernels.NAME``, the differences to the base's tensors, in float16, and ``row``."""
        learnt = {f"kernels.{name}": (value - self.base[name]).half().cpu().contiguous()
                  for name, value in self.network.learnt().items()}
        return learnt | {"row": self.network.row.detach().cpu().clone()}

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint has to hold, by name."""
        held: dict[str, Tensor] = {}
        for name, parameter in self.network.free().items():
            held[f"network.{name}"] = parameter.detach()
            state = self.optimiser.state.get(parameter, {})
            held |= {f"{moment}.{name}": state[moment] for moment in MOMENTS if moment in state}
        return held

    def restore(self, held: Mapping[str, Tensor], step: int) -> None:
        """Takes up where a checkpoint of ``step`` steps stopped."""
        self.step = step
        for name, parameter in self.network.free().items():
            with torch.no_grad():
                parameter.copy_(restored(held, f"network.{name}", parameter))
            if step:
                moments = {moment: restored(held, f"{moment}.{name}", parameter).to(parameter.device)
                           .contiguous(memory_format=memory_format_of(parameter)) for moment in MOMENTS}
                self.optimiser.state[parameter] = {"step": torch.tensor(float(step)), **moments}


class Fit(Descent):
    """A network in fitting to a style, on crops whose features are kept."""

    def __init__(self, network: FittedNetwork, base: Mapping[str, Tensor], bank: Bank, target: StyleTarget,
                 vgg: VGG19, objective: FitObjective, seed: int) -> None:
        super().__init__(network, base, objective, seed)
        self.bank, self.target, self.vgg = bank, target, vgg
        self.hold = torch.ones(())

    def advance(self, progress: float) -> Losses:
        """One step; after it the content weighs more where pictures have gone too far from theirs, else less."""
        losses = super().advance(progress)
        if self.objective.departure > 0:
            excess = (losses["departure"].cpu() / self.objective.departure - 1).clamp(-1, 1)
            self.hold = (self.hold * (HOLD_RATE * excess).exp()).clamp(*HOLDS)
        return losses

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint has to hold, by name: the content's weight too."""
        return super().tensors() | {"hold": self.hold}

    def restore(self, held: Mapping[str, Tensor], step: int) -> None:
        """Takes up where a checkpoint of ``step`` steps stopped."""
        super().restore(held, step)
        self.hold = restored(held, "hold", self.hold)

    def losses(self) -> Losses:
        """The losses of the next step, on crops of the bank."""
        generator = step_generator(self.seed, self.step)
        chosen = in_turn(len(self.bank), self.step * self.objective.batch, self.objective.batch, self.seed)
        place = drawn_window(generator)
        window = place.of(self.bank.crops[chosen]).float() / 255
        painted = self.network(window)
        picture, content = (place.inside(whole, self.objective.crop_px) for whole in (painted, window))
        kept = self.bank.features(chosen)
        pairs = drawn_pairs(self.objective.crop_px, generator, picture.device)
        losses = fit_losses(picture, content, kept, self.target, self.vgg, self.objective, pairs, float(self.hold))
        if self.objective.steady > 0:
            unsteady = self._unsteadiness(chosen, place, painted, generator)
            losses |= {"steady": unsteady.detach(), "total": losses["total"] + self.objective.steady * unsteady}
        return losses

    def _unsteadiness(self, chosen: list[int], place: Window, painted: Tensor, generator: Generator) -> Tensor:
        """How differently the same is painted once it has moved: as the film moves it, or as is made up."""
        counted, moving = painted.new_ones(len(painted)), self.bank.moving
        if moving is not None:
            motion = along(place.of(moving.backward[chosen]), place.of(moving.trust[chosen]))
            before = self.network(place.of(moving.before[chosen]).float() / 255)
            return unsteadiness(before, painted, motion, counted)
        window = place.of(self.bank.crops[chosen]).float() / 255
        motion = drawn_motion(len(window), window.shape[2], generator, window.device)
        return unsteadiness(painted, self.network(disturbed(window, motion, generator)), motion, counted)
