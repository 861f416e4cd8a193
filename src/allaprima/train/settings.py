"""Presets and the values that a run is made of: what is trained, towards what, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from allaprima.errors import OptionError
from allaprima.functional.padding import MARGIN, MULTIPLE
from allaprima.nets.shape import Shape

ENCODER = "style-encoder"
STEPS = {ENCODER: 40_000}
PAINTING_STEPS = 160_000
TEACHER_GONE = 0.6  # of the run
SHAPES: dict[str, Shape] = {
    "fast": Shape(16, 32, 64, 4, 1, skip_half=True),
    "balanced": Shape(32, 48, 96, 4, 1, skip_half=True),
    "quality": Shape(48, 96, 192, 4, 2, skip_half=True),
}


@dataclass(frozen=True, slots=True)
class Objective:
    """What the networks are to learn, in shares of the samples and weights of the losses.

    size_px: what the losses see of a crop; the network sees ``MARGIN`` more on every side, or it learns to use the
    border. batch: samples a step; a content is painted in ``styles_per_content`` styles: its features serve them all.
    finest_scale, coarsest_scale: how many pixels of a picture one pixel of a crop may stand for; below 1 a crop is
    smooth, as large photographs are.
    content, content_middle: weights of the distance to AdaIN's target at relu4_1 and at relu3_1.
    style: weight of the mean root of the style loss. outside: of leaving [0, 1]. null: of the null style's distance to
    the content. teacher: of the distance to a teacher's pictures, the published decoder's or a compact network's; falls
    by 60 % of the run to ``teacher_least`` of it. imitate: the share of the run, from its beginning, in which the
    teacher's pictures are all that counts. lessons: contents that the teacher paints before the first step, and the
    run sees no others; 0 where the teacher paints along.
    steady: of the difference between a picture's stylisation, moved, and that of the moved picture, from
    ``steady_from`` of the run on. codes: crops of styles whose codes are measured before the first step,
    at most: eight a picture are enough.
    """

    size_px: int = 240
    batch: int = 8
    styles_per_content: int = 1
    finest_scale: float = 0.6
    coarsest_scale: float = 1.6
    blend_share: float = 0.25
    predicted_share: float = 0.6
    bold_share: float = 1 / 3
    null_share: float = 0.1
    partial_share: float = 0.1
    content: float = 2.0
    content_middle: float = 0.3
    style: float = 15.0
    outside: float = 10.0
    null: float = 60.0
    teacher: float = 0.0
    teacher_least: float = 0.0
    imitate: float = 0.0
    lessons: int = 0
    steady: float = 0.0
    steady_from: float = 0.8
    codes: int = 4000

    def __post_init__(self) -> None:
        if self.size_px < 64 or self.size_px % MULTIPLE:
            raise OptionError(f"cannot train on crops of {self.size_px} pixels",
                              f"choose a multiple of {MULTIPLE} from 64 on")
        if self.styles_per_content < 1 or self.batch < 1 or self.batch % self.styles_per_content:
            raise OptionError(f"cannot fill a batch of {self.batch} with contents in {self.styles_per_content} styles",
                              "choose a batch that is a multiple of the styles a content")
        if self.teacher <= 0 and (self.lessons or self.imitate > 0):
            raise OptionError("cannot take lessons, nor imitate: nobody teaches",
                              "name a teacher, whose weight is above 0")
        if self.lessons and self.lessons < self.batch // self.styles_per_content:
            raise OptionError(f"cannot fill a batch of {self.batch} from {self.lessons} lessons",
                              "choose more lessons, or 0 for a teacher that paints along")

    def teaching(self, progress: float) -> float:
        """The share of the teacher's weight that counts when so much of the run is done."""
        return max(self.teacher_least, 1 - progress / TEACHER_GONE)

    @property
    def crop_px(self) -> int:
        """Side of the crops that the network sees."""
        return self.size_px + 2 * MARGIN


def objective_for(networks: tuple[str, ...], fresh: bool, imitating: bool = False) -> Objective:
    """A preset's objective; networks that start ``fresh``, from nothing, or imitate another have a teacher."""
    if networks == (ENCODER,):
        return Objective(batch=16)
    return Objective(teacher=20.0 if fresh or imitating else 0.0, imitate=0.25 if imitating else 0.0)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, and how fast. One of ``steps`` and ``seconds`` is given; the rate falls over the whole of it.

    seconds: time spent in steps, summed over all legs of the run. leg_seconds: after which this leg stops, to be
    taken up again.
    """

    steps: int | None = None
    seconds: float | None = None
    leg_seconds: float | None = None
    rate: float = 1e-3
    last_rate: float = 1e-5
    warmup_steps: int = 200
    clip: float = 5.0
    weight_decay: float = 0.0
    averaging: float = 0.999
    seed: int = 1
    checkpoint_seconds: float = 240.0
    sheet_seconds: float = 900.0
    log_steps: int = 20

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.seconds is None):
            raise OptionError("cannot plan a run: it needs either a number of steps or a time",
                              "give --steps or --minutes")

    def progress(self, step: int, elapsed_seconds: float) -> float:
        """How much of the run is done, in [0, 1]."""
        if self.steps is not None:
            return min(1.0, step / max(self.steps, 1))
        return min(1.0, elapsed_seconds / max(self.seconds or 0.0, 1e-9))


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a run reads from: folders of pictures (or packed files), VGG-19, and, where it starts from some, weights.

    content: None for the style encoder, which sees styles only. encoder: the style encoder whose codes the networks
    learn to live with. start: weights by network's name. decoder: the published decoder, where it teaches.
    teacher: the compact network that does, where one is given.
    """

    content: Path | None
    style: Path
    vgg: Path
    encoder: Path
    decoder: Path | None = None
    teacher: Path | None = None
    start: dict[str, Path] = field(default_factory=dict)
