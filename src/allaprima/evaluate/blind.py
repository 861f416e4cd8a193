"""The blind page: pairs of results side by side, unnamed and in random order, for the one judge that counts.

One HTML file that needs no network: it asks which of two pictures has more of the style, which keeps the content
better, and which is preferred, and sums up the answers by model at the end.
"""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import combinations
from pathlib import Path

import numpy as np

from allaprima.errors import OptionError
from allaprima.evaluate.pictures import Square, as_levels, centre_square
from allaprima.evaluate.quality import Evaluation
from allaprima.sheets import encode_png

QUESTIONS = ("Which has more of the style?", "Which keeps the content better?", "Which do you prefer?")
MARK = "TRIALS_AND_PICTURES"
PAGE = Path(__file__).with_name("blind.html")


def blind_page(done: Evaluation, seed: int = 0) -> str:
    """One HTML page that shows every two candidates' results of the shown pairs, in an order drawn from ``seed``.

    Raises OptionError with fewer than two candidates, or where no pictures were kept.
    """
    models = list(done.painted)
    if len(models) < 2 or not done.shown:
        raise OptionError(f"a blind comparison needs two models and a picture of each, not {len(models)} models",
                          "name at least two models with --model, and show at least one pair")
    generator = np.random.default_rng(seed)
    pictures: list[str] = []
    trials = []
    for content, style in done.shown:
        first = len(pictures)
        shown = [done.contents[content].image, centre_square(done.styles[style].image, done.options.size),
                 *(done.painted[model][content, style] for model in models)]
        pictures += [data_uri(picture) for picture in shown]
        for pair in combinations(range(len(models)), 2):
            sides = [int(model) for model in generator.permutation(pair)]
            trials.append({"content": first, "style": first + 1, "models": sides,
                           "shown": [first + 2 + model for model in sides]})
    order = [trials[index] for index in generator.permutation(len(trials))]
    data = {"models": models, "questions": QUESTIONS, "trials": order, "pictures": pictures}
    return PAGE.read_text(encoding="utf-8").replace(MARK, json.dumps(data).replace("<", "\\u003c"))


def data_uri(picture: Square) -> str:
    """A picture as a PNG inside an address."""
    return "data:image/png;base64," + b64encode(encode_png(as_levels(picture))).decode("ascii")
