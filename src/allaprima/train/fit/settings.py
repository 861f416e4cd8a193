"""What a fit aims at, and how fast: the numbers of its recipe."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

from allaprima.errors import OptionError
from allaprima.functional.padding import MULTIPLE

STYLE_PX = 400    # the style's shorter side as the losses look at it
LINES = 400       # the height at which contents are painted: the network's strokes have pixels, not metres
DEPARTURES = ((256, 1.15), (LINES, 1.08))
"""Lines, and the departure with which fits there come as far from their contents as published AdaIN's pictures do."""
JITTER = 1.25     # contents are met at heights from LINES / JITTER to LINES * JITTER


@dataclass(frozen=True, slots=True)
class FitObjective:
    """What one network is to learn of one style.

    crop_px: side of the crops that the losses see; the network sees a margin around them. batch: crops a step.
    bank: crops whose features are computed once and kept; a run comes back to them. content, content_middle: weights of
    the distance to AdaIN's target at relu4_1 and relu3_1, where a fit begins. departure: what they follow: how far
    pictures may go from their contents at relu4_1, as a multiple of how far published AdaIN's do; 0 leaves them alone.
    style: of the mean root of the distance of moments. gram: of the mean root of the relative distance of Gram
    matrices, summed over layers. outside: of leaving [0, 1]. affinity: of different colours for neighbouring places
    that have one in the content. weave: of what is painted at periods of two to eight pixels where neither the content
    nor the style has it. steady: of the difference between a painted crop, moved, and the moved crop painted; it costs
    a second painting. guides: whether networks for painted frames are told where in the frame they are, 0 or 1. rate,
    row_rate: of Adam for kernels, and for the row of scales and biases; both fall by a cosine.
    """

    crop_px: int = 256
    batch: int = 1
    bank: int = 96
    content: float = 6.0
    content_middle: float = 0.0
    departure: float = DEPARTURES[-1][1]
    style: float = 15.0
    gram: float = 10.0
    outside: float = 10.0
    affinity: float = 20.0
    weave: float = 20.0
    steady: float = 0.0
    guides: int = 0
    rate: float = 1e-3
    row_rate: float = 3e-3
    warmup_steps: int = 10
    style_px: int = STYLE_PX
    lines: int = LINES

    def __post_init__(self) -> None:
        if self.crop_px < 64 or self.crop_px % MULTIPLE:
            raise OptionError(f"cannot fit on crops of {self.crop_px} pixels",
                              f"choose a multiple of {MULTIPLE} from 64 on")
        if not 1 <= self.batch <= self.bank:
            raise OptionError(f"cannot fill a batch of {self.batch} from a bank of {self.bank} crops",
                              "choose a batch of at least one crop, and a bank at least as large")


def departure_at(lines: int) -> float:
    """How far pictures may go from their contents where they are painted at so many lines, see ``FitObjective``."""
    return float(np.interp(lines, [known for known, _ in DEPARTURES], [departure for _, departure in DEPARTURES]))


def changed(objective: FitObjective, values: dict[str, float]) -> FitObjective:
    """The objective with some values replaced by name. Raises OptionError for unknown names."""
    known = asdict(objective)
    unknown = [name for name in values if name not in known]
    if unknown:
        raise OptionError(f"cannot set {unknown[0]!r}: a fit has no such number", f"it has {', '.join(known)}")
    typed = {name: int(value) if isinstance(known[name], int) else value for name, value in values.items()}
    return replace(objective, **typed)  # type: ignore[arg-type]
