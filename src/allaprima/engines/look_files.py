"""Styles and looks as text: small, readable, complete; found on stage, rendered in post.

A ``.style`` file holds one style: raw statistics with biased deviations, over how many positions they were taken, and
the hash of the network that measured them. A ``.look`` file holds such styles with their weights, and everything else
that decides a picture.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import LARGEST_STRENGTH
from allaprima.engines.engine import Statistics
from allaprima.engines.fitted import digest_of
from allaprima.engines.looks import CODE_LENGTH, UNITS, Look, Style, Units, are_units, blended, kept_fits
from allaprima.engines.style_files import MOST_FITS, StyleFile, parsed_style_bytes, style_bytes
from allaprima.errors import OptionError, SourceError
from allaprima.parsing import parsed_json
from allaprima.runtimes.calls import Moments

LARGEST_FILE = 16 << 20
LARGEST_COUNT = 1 << 40  # of positions that statistics were taken over
LONGEST_NAME = 200
_AGAIN = "save it anew: 'allaprima style' writes styles, the key l of stylize-webcam looks"
Json = dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class SavedLook:
    """A look with all that it needs to come out the same again.

    detail: the working height, in pixels of the shorter side. engine: the settings of the engine that painted.
    statistics: what the saved frame was normalised by; None where each frame is normalised by its own.
    photoreal: see ``Look``.
    """

    parts: tuple[tuple[Style, float], ...]
    strength: float
    preserve_colors: bool
    detail: int
    stability: float
    engine: dict[str, str]
    statistics: Statistics | None
    photoreal: float = 0.0

    @property
    def look(self) -> Look:
        """Style, strength and colours."""
        return Look(blended(self.parts), self.strength, "luminance" if self.preserve_colors else "none",
                    photoreal=self.photoreal)


def style_text(style: Style) -> str:
    """The text of a ``.style`` file."""
    return _text({"allaprima": "style", **_style_values(style)})


def parsed_style_text(text: str) -> Style:
    """The style that the text of a ``.style`` file stands for; raises ``SourceError`` for anything else."""
    return _style(_opened(text, "style"))


def look_text(saved: SavedLook, *, kernels: bool = True) -> str:
    """The text of a ``.look`` file.

    kernels: whether it holds what networks were fitted by; without, a megabyte shorter, it names their digests.
    """
    statistics: Json | None = None
    if saved.statistics is not None:
        moments = saved.statistics.moments
        statistics = {"mean": packed_numbers(moments.mean[0]), "variance": packed_numbers(moments.variance[0]),
                      "networks": list(moments.networks)}
    return _text({"allaprima": "look", "strength": saved.strength, "preserve_colors": saved.preserve_colors,
                  "detail": saved.detail, "stability": saved.stability, "engine": saved.engine,
                  "styles": [{"weight": weight, **_style_values(style, kernels=kernels)}
                             for style, weight in saved.parts],
                  "statistics": statistics, **({"photoreal": saved.photoreal} if saved.photoreal else {})})


def parsed_look_text(text: str) -> SavedLook:
    """The look that the text of a ``.look`` file stands for; raises ``SourceError`` for anything else."""
    values = _opened(text, "look")
    styles = [_object(item, "styles") for item in _list(values, "styles")]
    engine = {str(key): str(value) for key, value in _object(values.get("engine"), "engine").items()}
    detail, preserve = values.get("detail"), values.get("preserve_colors")
    if not isinstance(detail, int) or not 1 <= detail <= 65536 or not isinstance(preserve, bool):
        raise SourceError("its detail or preserve_colors has no sense", _AGAIN)
    saved = SavedLook(tuple((_style(item), _number(item, "weight")) for item in styles),
                      _number(values, "strength", LARGEST_STRENGTH), preserve, detail,
                      _number(values, "stability"), engine, _statistics(values.get("statistics")),
                      _number(values, "photoreal") if "photoreal" in values else 0.0)
    try:
        _ = saved.look
    except OptionError as error:
        raise SourceError(str(error), _AGAIN) from error
    return saved


def _text(values: Json) -> str:
    return json.dumps(values, indent=1) + "\n"


def _opened(text: str, kind: str) -> Json:
    try:
        values = parsed_json(text)
    except ValueError as error:
        raise SourceError(f"it is no {kind} file: {error}", _AGAIN) from error
    if not isinstance(values, dict) or values.get("allaprima") != kind:
        raise SourceError(f"it is no {kind} file", _AGAIN)
    return cast(Json, values)


def _style_values(style: Style, *, kernels: bool = True) -> Json:
    values: Json = {"name": style.name, "encoder": style.encoder, "pixels": list(style.pixels),
                    "code": packed_numbers(style.code)}
    if style.units:
        values["units"] = {units.kernels: packed_numbers(units.values) for units in style.units}
    if not kernels and (fits := kept_fits(style)):
        values["fits"] = [digest_of(fitted) for fitted in fits]
    elif kept_fits(style) or style.parts:
        values["fitted"] = base64.b64encode(style_bytes(StyleFile(style))).decode("ascii")
    return values


def _style(values: Json) -> Style:
    if "fitted" in values:
        return parsed_style_bytes(_bytes_of(values["fitted"], "fitted")).style
    code = unpacked_numbers(values.get("code"), "code")
    pixels = values.get("pixels")
    if len(code) != CODE_LENGTH:
        raise SourceError(f"its code has {len(code)} numbers, not {CODE_LENGTH}", _AGAIN)
    if not isinstance(pixels, list) or len(pixels) != 4 or not all(
            isinstance(count, int) and 0 < count < LARGEST_COUNT for count in pixels):
        raise SourceError("its pixel counts are no four numbers above 0", _AGAIN)
    return Style(str(values.get("name"))[:LONGEST_NAME], code, (pixels[0], pixels[1], pixels[2], pixels[3]),
                 str(values.get("encoder"))[:LONGEST_NAME], units=_units(values.get("units", {})))


def _units(found: object) -> tuple[Units, ...]:
    named = _object(found, "units")
    if len(named) > MOST_FITS:
        raise SourceError(f"its units are those of {len(named)} networks", _AGAIN)
    units = tuple(Units(str(kernels)[:64], unpacked_numbers(values, "units")) for kernels, values in named.items())
    if not all(are_units(own.values) for own in units):
        raise SourceError(f"its units are no {UNITS} numbers", _AGAIN)
    return units


def _statistics(values: object) -> Statistics | None:
    if values is None:
        return None
    found = _object(values, "statistics")
    mean, variance = unpacked_numbers(found.get("mean"), "mean"), unpacked_numbers(found.get("variance"), "variance")
    networks = found.get("networks", [])
    if (mean.shape != variance.shape or (variance < 0).any() or not isinstance(networks, list) or len(networks) > 256
            or len(mean) % max(1, len(networks))):
        raise SourceError("its statistics have no sense", _AGAIN)
    return Statistics(Moments(mean[None], variance[None], tuple(str(name)[:400] for name in networks)))


def packed_numbers(values: NDArray[np.float32]) -> str:
    """Numbers as text: little-endian float32, base64."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")


def unpacked_numbers(text: object, name: str) -> NDArray[np.float32]:
    """The numbers that ``packed_numbers`` made text of; raises ``SourceError``, which calls them by that name."""
    content = _bytes_of(text, name)
    if len(content) % 4:
        raise SourceError(f"its {name} cannot be read: it ends amid a number", _AGAIN)
    values = np.frombuffer(content, "<f4").astype(np.float32)
    if not np.isfinite(values).all():
        raise SourceError(f"its {name} holds values that are no numbers", _AGAIN)
    return values


def _bytes_of(text: object, name: str) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SourceError(f"its {name} cannot be read: {error}", _AGAIN) from error


def _number(values: Json, name: str, largest: float = 1.0) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= largest:
        raise SourceError(f"its {name} is no number from 0 to {largest:g}", _AGAIN)
    return float(value)


def _list(values: Json, name: str) -> list[object]:
    found = values.get(name)
    if not isinstance(found, list) or not found:
        raise SourceError(f"it has no {name}", _AGAIN)
    return found


def _object(value: object, name: str) -> Json:
    if not isinstance(value, dict):
        raise SourceError(f"it has no {name}", _AGAIN)
    return cast(Json, value)
