"""What a fit has learnt, as training leaves it: differences of kernels and a row, to be made part of a style.

``kernels.NAME``: the difference to the base's tensor of that name. ``row``: the concatenated modulations of the style;
``null``: those of the content, where they were learnt. Words beside them: ``base``, ``base_sha256``, ``brush``,
``ranges`` (as JSON).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from allaprima import weights
from allaprima.engines import Engine
from allaprima.engines.fitted import Difference, Fitted, checked, in_bytes
from allaprima.engines.looks import kept_fits
from allaprima.errors import SourceError, WeightsError
from allaprima.pipeline.looks.styles import STYLE_SUFFIX
from allaprima.pipeline.looks.tracks import Track
from allaprima.weights import ranges_of

PREFIX = "kernels."
_AGAIN = "fit it anew: allaprima fit"


def read_fit(path: Path) -> Fitted:
    """The fit in that file, its kernels in 8 bits; raises ``SourceError`` where it is of no network that is here."""
    try:
        with safe_open(str(path), "np") as file:
            said = file.metadata() or {}
            tensors = {name: np.asarray(file.get_tensor(name), np.float32) for name in file.keys()}  # noqa: SIM118
        entry = weights.named(said["base"])
        ranges = ranges_of(json.loads(said.get("ranges", "{}"))) or {}
        brush = int(said["brush"]) if "brush" in said else None
        fitted = Fitted(entry.name, said.get("base_sha256", entry.sha256), kernels_of(tensors), tensors["row"],
                        tensors.get("null"), ranges, brush)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, WeightsError) as error:
        raise SourceError(f"cannot read the fit {path}: {error}", _AGAIN) from error
    if fitted.sha256 != entry.sha256:
        raise SourceError(f"the fit {path} is of another {entry.name} than the one that is here", _AGAIN)
    reason = checked(fitted, weights.load(entry.name))
    if reason is not None:
        raise SourceError(f"cannot read the fit {path}: {reason}", _AGAIN)
    return fitted


def kernels_of(tensors: dict[str, NDArray[np.float32]]) -> dict[str, Difference]:
    """The differences among tensors, in 8 bits where that is smaller."""
    return {name.removeprefix(PREFIX): in_bytes(tensor) for name, tensor in tensors.items() if name.startswith(PREFIX)}


def left_out(look: Track, engine: Engine) -> list[str]:
    """A sentence for each ``.style`` file of a track that is fitted, but not to the network that paints."""
    said = []
    for path in look.pictures:
        style = look.book.style(path, 1.0)
        fits = kept_fits(style) if path.suffix.lower() == STYLE_SUFFIX else ()
        if not fits or any(fitted.sha256.startswith(engine.settings.get("weights", "none")) for fitted in fits):
            continue
        bases = sorted({fitted.base for fitted in fits})
        other = "another version of " if engine.name in bases else ""
        said.append(f"{path} was fitted to {other}{' and '.join(bases)}: {engine.name} paints it by its codes, as "
                    "any style that is not fitted")
    return said
