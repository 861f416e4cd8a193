"""Jobs as browsers ask for them: JSON, checked field by field."""

from __future__ import annotations

import math
from typing import TypeVar

from allaprima.config import LARGEST_STRENGTH
from allaprima.errors import OptionError
from allaprima.parsing import parsed_json, shown
from allaprima.serve.job import ENDED, Job
from allaprima.serve.limits import MOST_SECONDS_A_FIT
from allaprima.serve.refusals import Refused
from allaprima.serve.shelf import Shelf, new_id

FILM_MODELS = ("balanced", "fast", "none")
FITTED_MODELS = ("balanced", "fast")
COLORS = ("none", "luminance")
TEMPORALS = ("fast", "best", "off")
SMALLEST, LARGEST = 64, 4320
USUAL_FIT_SECONDS = 180.0
Values = dict[str, object]
Number = TypeVar("Number", int, float)


def values_in(body: bytes | str, what: str = "the request") -> Values:
    """The fields of a request; raises ``Refused``, which says of what, where it is no object of JSON."""
    try:
        values = parsed_json(body)
    except ValueError as error:
        raise Refused(400, f"{what} cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise Refused(400, f"{what} is no object of JSON")
    return values


def film_job(values: Values, shelf: Shelf) -> Job:
    """The job that paints a film; raises ``Refused`` for anything in it that cannot be."""
    upload = shelf.upload(text_in(values, "upload", ""), "film")
    style = text_in(values, "style", "")
    try:
        shelf.style_spec(style)
    except OptionError as error:
        raise Refused(400, str(error), error.hint) from error
    size = values.get("size")
    return Job(new_id(), shelf.next_number(), "film", upload.name, upload.id,
               model=choice_in(values, "model", FILM_MODELS), style=style,
               strength=number_in(values, "strength", 1.0, 0.0, LARGEST_STRENGTH),
               size=None if size is None else round(number_in(values, "size", 0.0, SMALLEST, LARGEST)),
               preserve_color=choice_in(values, "preserve_color", COLORS),
               temporal=choice_in(values, "temporal", TEMPORALS), of=upload.frames)


def fit_job(values: Values, shelf: Shelf) -> Job:
    """The job that fits a network to a picture; raises ``Refused`` for anything in it that cannot be."""
    upload = shelf.upload(text_in(values, "upload", ""), "picture")
    minutes = number_in(values, "minutes", USUAL_FIT_SECONDS / 60, 0.1, MOST_SECONDS_A_FIT / 60)
    return Job(new_id(), shelf.next_number(), "fit", upload.name, upload.id,
               model=choice_in(values, "model", FITTED_MODELS), seconds=60 * minutes)


def text_in(values: Values, name: str, usual: str) -> str:
    """A field that is a text."""
    value = values.get(name, usual)
    if not isinstance(value, str) or len(value) > 1000:
        raise Refused(400, f"{name} cannot be {shown(value)}", "give a text")
    return value


def choice_in(values: Values, name: str, known: tuple[str, ...]) -> str:
    """A field that is one of several words, the first of them where it is left out."""
    value = values.get(name, known[0])
    if value not in known:
        raise Refused(400, f"{name} cannot be {shown(value)}", f"give {', '.join(known)}")
    return str(value)


def number_in(values: Values, name: str, usual: float, least: float, most: float) -> float:
    """A field that is a number within bounds."""
    value = values.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not (
            least <= value <= most):
        raise Refused(400, f"{name} cannot be {shown(value)}", f"give a number from {least:g} to {most:g}")
    return float(value)


def shown_job(job: Job, shelf: Shelf) -> Values:
    """A job as browsers are told of it."""
    folder, here = shelf.job_folder(job.id), f"/api/jobs/{job.id}"
    pictures = {what: f"{here}/{what}.png" if (folder / f"{what}.png").is_file() else None
                for what in ("preview", "sheet")}
    return {"id": job.id, "kind": job.kind, "state": job.state, "name": job.name, "style": job.style,
            "model": job.model, "done": job.done, "of": job.of, "seconds_left": job.left_seconds, "error": job.error,
            "hint": job.hint, **pictures, "result": f"{here}/result" if job.state == "done" else None,
            "ended": job.state in ENDED}
