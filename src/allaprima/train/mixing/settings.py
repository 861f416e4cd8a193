"""What kernels that styles mix aim at, and how fast each part of them learns: the numbers of the recipe."""

from __future__ import annotations

from dataclasses import dataclass

from allaprima.errors import OptionError
from allaprima.train.fit.settings import FitObjective

SUFFIX = "-kernels"
MIXING_STEPS = 20_000
SHARES = {"differences": 0.3, "common": 0.5, "coefficients": 2.2, "mapping.0": 0.2, "mapping.2": 3.8, "rows": 0.55,
          "null_rows": 0.55}
"""Of the run's rate, by what learns, such that a step moves everything that a style is made of by about a hundredth of
what it varies by: a row is read from 256 whitened units, a unit from 512, of which each has 1920 numbers. At more the
noise of small batches takes what was learnt."""


def base_of(name: str) -> str:
    """The network whose styles mix the kernels of that name."""
    return name.removesuffix(SUFFIX)


@dataclass(frozen=True, slots=True)
class MixingObjective:
    """What styles are to mix.

    differences: of every convolution, beside the common one that all styles have in full. styles_a_step: each paints
    ``contents_a_style`` crops. crop_px: side of the crops that the losses see; the network sees a margin around them.
    contents, styles: crops and looks at style pictures whose features and statistics are kept. turns: how often a look
    is come back to before others take the place of all. Of looks that were kept for a whole run the styles were learnt,
    and not what styles have in common.
    fewest_lines, most_lines: between which heights contents and styles are looked at, so that strokes have their sizes
    in common; half of the styles are seen at the fewest, as styles are at the scale 1. bold_share: of the styles have
    bold colours. printed_share: are made prints. joined_share: are given a part of another style, as a picture that is
    partly painted so. content to weave: weights of a fit's losses, see ``FitObjective``. null: of the distance to the
    content in the row that stands for it. steady: of the difference to the same crops painted in other light and noise,
    with the network's grid laid elsewhere. again_share: of the styles whose crops these two paint once more.
    """

    differences: int = 3
    styles_a_step: int = 2
    contents_a_style: int = 1
    crop_px: int = 208
    contents: int = 400
    styles: int = 600
    turns: int = 3
    fewest_lines: int = 256
    most_lines: int = 448
    bold_share: float = 0.25
    printed_share: float = 0.1
    joined_share: float = 0.5
    content: float = 4.0
    content_middle: float = 0.0
    style: float = 15.0
    gram: float = 10.0
    outside: float = 10.0
    affinity: float = 20.0
    weave: float = 20.0
    null: float = 20.0
    steady: float = 0.0
    again_share: float = 0.25

    def __post_init__(self) -> None:
        self.of_a_fit()
        if self.differences < 0 or min(self.styles_a_step, self.contents_a_style, self.turns) < 1:
            raise OptionError("cannot mix kernels in no style, of no content, in no turn, or of differences below 0",
                              "choose numbers of at least 1, and 0 or more differences")
        if not self.crop_px <= self.fewest_lines <= self.most_lines:
            raise OptionError(f"cannot look at pictures at {self.fewest_lines} to {self.most_lines} lines in crops of "
                              f"{self.crop_px} pixels", "choose lines from the crop's size on, the fewest first")
        if self.contents < self.contents_a_style * self.styles_a_step or self.styles < self.styles_a_step:
            raise OptionError("cannot fill a step: it takes more contents or styles than are kept",
                              "keep more of them, or take fewer a step")

    def of_a_fit(self) -> FitObjective:
        """The losses' weights as a fit has them."""
        return FitObjective(crop_px=self.crop_px, batch=1, bank=max(1, self.contents), content=self.content,
                            content_middle=self.content_middle, style=self.style, gram=self.gram,
                            outside=self.outside, affinity=self.affinity, weave=self.weave)
