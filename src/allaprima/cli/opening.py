"""What every command that paints opens first: a model, with its weights' progress shown, and a look."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

from allaprima.config import ModelOptions, Precision, StyleOptions
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look

PRECISIONS = ("auto", "fp32", "fp16", "bf16")


def checked_precision(precision: str) -> Precision:
    """The precision of that name; raises OptionError where there is none."""
    if precision not in PRECISIONS:
        raise OptionError(f"unknown precision {precision!r}", f"known precisions: {', '.join(PRECISIONS)}")
    return cast(Precision, precision)


def open_engine(model: str, device: str, precision: str) -> Engine:
    """The model on that device; fetching its weights, on first use, shows how far it is."""
    from allaprima.api import open_model
    from allaprima.cli.progress import fetching

    with fetching(sys.stderr) as progress:
        return open_model(ModelOptions(model, device, checked_precision(precision)), progress)


def look_for(style: str, engine: Engine, options: StyleOptions) -> Look:
    """The look that was asked for, its style encoded once."""
    from allaprima.engines import Look
    from allaprima.pipeline.styles import load_style

    return Look(load_style(style, engine, options.style_scale), options.strength)
