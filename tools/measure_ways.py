"""Measures whether the ways between looks are monotonic: from the content to a style, and from one style to another.

    python tools/measure_ways.py photographs paintings --model balanced --model fast

Prints mean style losses over the pairs at five places of each way, and how many of the single ways go up somewhere by
more than a hundredth of their length. Exits with 1 where a mean goes the wrong way.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from allaprima.engines import Style, blended
from allaprima.evaluate.candidates import candidates_for
from allaprima.evaluate.judge import Judge, StyleTarget, open_judge
from allaprima.evaluate.pictures import Sample, load_squares, pictures_in
from allaprima.runtimes import runtime_for

PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)
SLACK = 0.01  # of a way's length: what a single pair may go back by

Ways = NDArray[np.float64]


def loss_of(judge: Judge, picture: NDArray[np.float32], content: Sample, target: StyleTarget) -> float:
    """The style loss of a painted picture."""
    return judge.measure(judge.features(picture), judge.features(content.image), target).style


def told(title: str, ways: Ways) -> bool:
    """Prints a table's row for the ways (pairs, places), along which the loss should fall; whether their mean does."""
    mean = ways.mean(axis=0)
    back = np.diff(ways, axis=1).max(axis=1) > SLACK * (ways[:, 0] - ways[:, -1])
    falls = bool((np.diff(mean) < 0).all())
    figures = "  ".join(f"{value:7.3f}" for value in mean)
    typer.echo(f"{title:28} {figures}   {int(back.sum())} of {len(ways)} single ways go back")
    return falls


def main(contents: Path, styles: Path, model: Annotated[list[str], typer.Option()],
         size: int = 256, count: int = 6) -> None:
    """COUNT contents, each on the way to a style of its own and from it to the next one."""
    photos, _ = load_squares(pictures_in([contents], count), size)
    arts, _ = load_squares(pictures_in([styles], count), size)
    judge = open_judge()
    targets = [judge.style_target(judge.features(art.image)) for art in arts]
    candidates = candidates_for(model, runtime_for())
    typer.echo(f"{'style loss at':28} " + "  ".join(f"{place:7.2f}" for place in PLACES))
    falls = True
    for candidate in candidates:
        codes = [candidate.encode(art, size) for art in arts]
        strengths, blends = [], []
        for index, photo in enumerate(photos):
            one, other = index % len(codes), (index + 1) % len(codes)
            strengths.append([loss_of(judge, candidate.paint(photo.image, codes[one], place)[0], photo, targets[one])
                              for place in PLACES])
            mixed = [mixture(codes, one, other, place) for place in PLACES]
            painted = [candidate.paint(photo.image, code)[0] for code in mixed]
            blends.append([loss_of(judge, picture, photo, targets[other]) for picture in painted])
            blends.append([loss_of(judge, picture, photo, targets[one]) for picture in reversed(painted)])
        falls &= told(f"{candidate.name}: strength", np.array(strengths))
        falls &= told(f"{candidate.name}: blend", np.array(blends))
    sys.exit(0 if falls else 1)


def mixture(codes: Sequence[Style], one: int, other: int, share: float) -> Style:
    """One style with a share of another in it."""
    return blended([part for part in ((codes[one], 1 - share), (codes[other], share)) if part[1] > 0])


if __name__ == "__main__":
    typer.run(main)
