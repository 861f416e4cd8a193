"""Fitted styles as files: safetensors with codes, rows, differences of kernels, a small picture, recipe and figures.

A style without a fit is a file of text, see ``look_files``; both are named ``.style``. What is read was written by
strangers: sizes, types and values are checked, nothing is run, and what makes no sense is refused with a sentence.
Kernels' steps are entropy-coded together; files of before, which hold each kernel in a tensor of its own, are read too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from allaprima.engines.fitted import Difference, Fitted
from allaprima.engines.looks import CODE_LENGTH, Style, Units, are_units, settled
from allaprima.errors import SourceError
from allaprima.functional.guides import Guides, are_guides
from allaprima.kernel_coding import checked_shapes, packed_steps, unpacked_steps
from allaprima.parsing import parsed_json

KEY = "allaprima"
KIND = "style"
MOST_PARTS = 16          # of a blend
MOST_FITS = 8            # base networks of one style
LONGEST_ROW = 1 << 17
LARGEST_THUMBNAIL = 512  # pixels of a side
_AGAIN = "save it anew: 'allaprima style' and 'allaprima fit' write styles"
Json = Mapping[str, object]
Arrays = dict[str, NDArray[np.generic]]
T = TypeVar("T", np.float16, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class StyleFile:
    """A style with what its file says of it.

    thumbnail: (H, W, 3) uint8, to be shown. recipe, figures: how it was fitted and how well it paints, as JSON.
    """

    style: Style
    thumbnail: NDArray[np.uint8] | None = None
    recipe: Json = field(default_factory=dict)
    figures: Json = field(default_factory=dict)


def is_style_bytes(content: bytes) -> bool:
    """Whether a file is one of these and no text."""
    return len(content) > 8 and content[8:9] == b"{"


def style_bytes(saved: StyleFile) -> bytes:
    """The file's content."""
    arrays: Arrays = {} if saved.thumbnail is None else {"thumbnail": np.ascontiguousarray(saved.thumbnail)}
    about = {"kind": KIND, "recipe": dict(saved.recipe), "figures": dict(saved.figures),
             **_taken_apart(saved.style, "", arrays)}
    return save_tensors({name: np.ascontiguousarray(array) for name, array in arrays.items()},
                        {KEY: json.dumps(about)})


def parsed_style_bytes(content: bytes) -> StyleFile:
    """The style in a file's content; raises ``SourceError`` where it is none."""
    try:
        about, arrays = _metadata(content), cast(Arrays, load_tensors(content))
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(f"it is no style file: {error}", _AGAIN) from error
    if about.get("kind") != KIND:
        raise SourceError("it is no style file", _AGAIN)
    recipe, figures = (found if isinstance(found := about.get(name), dict) else {} for name in ("recipe", "figures"))
    return StyleFile(_put_together(about, "", arrays), _thumbnail(arrays), recipe, figures)


def code_in_bytes(content: bytes) -> NDArray[np.float32]:
    """The code alone of the style in a file's content, its kernels left packed; raises ``SourceError`` likewise."""
    try:
        arrays = cast(Arrays, load_tensors(content))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"it is no style file: {error}", _AGAIN) from error
    return _code(arrays, "")


def _code(arrays: Arrays, prefix: str) -> NDArray[np.float32]:
    code = _numbers(arrays, f"{prefix}code", np.float32)
    if code.shape != (CODE_LENGTH,):
        raise SourceError(f"its code has the shape {code.shape}, not {CODE_LENGTH} numbers", _AGAIN)
    return code


def _metadata(content: bytes) -> dict[str, object]:
    length = int.from_bytes(content[:8], "little")
    header = parsed_json(content[8:8 + length]) if 0 < length <= len(content) - 8 else None
    about = parsed_json(header["__metadata__"][KEY]) if isinstance(header, dict) else None
    if not isinstance(about, dict):
        raise ValueError("its head says nothing of a style")
    return about


def _taken_apart(style: Style, prefix: str, arrays: Arrays) -> dict[str, object]:
    """What is said of a style in words; its numbers go into ``arrays``."""
    arrays[f"{prefix}code"] = style.code
    parts = style.parts if style.settled else ()
    fits = []
    for index, fitted in enumerate(one for one in style.fitted if not one.mixed):
        place = f"{prefix}fit{index}."
        arrays[f"{place}row"] = fitted.row
        if fitted.null is not None:
            arrays[f"{place}null"] = fitted.null
        if fitted.guides is not None:
            arrays[f"{place}guides"] = fitted.guides
        coded: dict[str, NDArray[np.int8]] = {}
        for name, difference in fitted.kernels.items():
            if difference.scale is None:
                arrays[f"{place}kernels.{name}"] = difference.values
            else:
                arrays[f"{place}scales.{name}"] = difference.scale
                coded[name] = cast(NDArray[np.int8], difference.values)
        arrays[f"{place}steps"] = packed_steps(coded)
        fits.append({"base": fitted.base, "sha256": fitted.sha256, "brush": fitted.brush,
                     "steps": [[name, list(steps.shape)] for name, steps in coded.items()],
                     "ranges": {name: list(pair) for name, pair in fitted.ranges.items()}})
    for units in style.units:
        arrays[f"{prefix}units.{units.kernels}"] = units.values
    return {"name": style.name, "encoder": style.encoder, "pixels": list(style.pixels), "fits": fits,
            "parts": [{"weight": share, **_taken_apart(part, f"{prefix}part{index}.", arrays)}
                      for index, (part, share) in enumerate(parts)]}


def _put_together(about: Json, prefix: str, arrays: Arrays) -> Style:
    parts = _list(about, "parts", MOST_PARTS)
    if parts:
        if prefix:
            raise SourceError("it is a blend of blends", _AGAIN)
        found = [(_put_together(part, f"part{index}.", arrays), _share(part)) for index, part in enumerate(parts)]
        blend = settled(found, str(about.get("name")))
        total = sum(share for _, share in found)
        # Parts that nothing was fitted to may yet mix kernels by their codes.
        return blend if blend.parts else replace(blend, settled=True, parts=tuple(
            (part, share / total) for part, share in found))
    pixels = about.get("pixels")
    if not isinstance(pixels, list) or len(pixels) != 4 or not all(
            isinstance(count, int) and 0 < count < 1 << 40 for count in pixels):
        raise SourceError("its pixel counts are no four numbers above 0", _AGAIN)
    code = _code(arrays, prefix)
    fits = tuple(_fitted(fit, f"{prefix}fit{index}.", arrays)
                 for index, fit in enumerate(_list(about, "fits", MOST_FITS)))
    return Style(str(about.get("name"))[:200], code, (pixels[0], pixels[1], pixels[2], pixels[3]),
                 str(about.get("encoder"))[:200], fitted=fits, units=_units(arrays, f"{prefix}units."))


def _units(arrays: Arrays, prefix: str) -> tuple[Units, ...]:
    names = [name for name in sorted(arrays) if name.startswith(prefix)]
    if len(names) > MOST_FITS or not all(are_units(arrays[name]) for name in names):
        raise SourceError("its units make no sense", _AGAIN)
    return tuple(Units(name.removeprefix(prefix)[:64], cast(NDArray[np.float32], arrays[name])) for name in names)


def _fitted(about: Json, prefix: str, arrays: Arrays) -> Fitted:
    row = _row(arrays, f"{prefix}row")
    kernels = _coded(about, prefix, arrays)
    place = f"{prefix}kernels."
    for name in sorted(arrays):
        if name.startswith(place):
            kernels[name.removeprefix(place)] = _difference(arrays, prefix, name.removeprefix(place))
    brush = about.get("brush")
    if brush is not None and (not isinstance(brush, int) or isinstance(brush, bool) or not 16 <= brush <= 65536):
        raise SourceError(f"its brush {str(brush)[:40]} is no working height", _AGAIN)
    return Fitted(str(about.get("base"))[:200], str(about.get("sha256"))[:64], kernels, row,
                  _row(arrays, f"{prefix}null") if f"{prefix}null" in arrays else None, _ranges(about.get("ranges")),
                  brush, guides=_guides(arrays, f"{prefix}guides"))


def _coded(about: Json, prefix: str, arrays: Arrays) -> dict[str, Difference]:
    """The kernels whose steps are coded together; none in a file of before."""
    coded = arrays.get(f"{prefix}steps")
    if coded is None:
        return {}
    try:
        if coded.dtype != np.uint8 or coded.ndim != 1:
            raise ValueError("the steps are no bytes")
        steps = unpacked_steps(cast(NDArray[np.uint8], coded), checked_shapes(about.get("steps")))
    except ValueError as error:
        raise SourceError(f"its kernels are damaged: {error}", _AGAIN) from error
    return {name: _stepped(arrays, prefix, name, values) for name, values in steps.items()}


def _difference(arrays: Arrays, prefix: str, name: str) -> Difference:
    values = arrays[f"{prefix}kernels.{name}"]
    if values.ndim not in (1, 2, 4) or values.size == 0:
        raise SourceError(f"its kernels {name[:80]!r} have the shape {values.shape}", _AGAIN)
    if values.dtype == np.float16:
        return Difference(_numbers(arrays, f"{prefix}kernels.{name}", np.float16))
    if values.dtype != np.int8:
        raise SourceError(f"its kernels {name[:80]!r} are neither fp16 nor 8 bits with their scales", _AGAIN)
    return _stepped(arrays, prefix, name, cast(NDArray[np.int8], values))


def _stepped(arrays: Arrays, prefix: str, name: str, values: NDArray[np.int8]) -> Difference:
    scale = _numbers(arrays, f"{prefix}scales.{name}", np.float32)
    if scale.shape != values.shape[:1]:
        raise SourceError(f"its kernels {name[:80]!r} are neither fp16 nor 8 bits with their scales", _AGAIN)
    return Difference(values, scale)


def _ranges(found: object) -> dict[str, tuple[float, float]]:
    if not isinstance(found, dict):
        raise SourceError("it has no ranges", _AGAIN)
    ranges: dict[str, tuple[float, float]] = {}
    for name, pair in found.items():
        if (not isinstance(pair, list) or len(pair) != 2
                or not all(isinstance(edge, int | float) and abs(edge) < 1e6 for edge in pair) or pair[0] > pair[1]):
            raise SourceError(f"its range of {str(name)[:80]!r} is no pair of numbers", _AGAIN)
        ranges[str(name)] = float(pair[0]), float(pair[1])
    return ranges


def _row(arrays: Arrays, name: str) -> NDArray[np.float32]:
    row = _numbers(arrays, name, np.float32)
    if row.ndim != 1 or not 0 < len(row) <= LONGEST_ROW:
        raise SourceError(f"its {name} has the shape {row.shape}", _AGAIN)
    return row


def _guides(arrays: Arrays, name: str) -> Guides | None:
    if name not in arrays:
        return None
    guides = _numbers(arrays, name, np.float32)
    if not are_guides(guides):
        raise SourceError(f"its {name} are no Gaussians", _AGAIN)
    return guides


def _numbers(arrays: Arrays, name: str, dtype: type[T]) -> NDArray[T]:
    values = arrays.get(name)
    if values is None or values.dtype != dtype or not np.isfinite(cast(NDArray[np.float32], values)).all():
        raise SourceError(f"its {name[:80]} is missing, of another type, or holds values that are no numbers", _AGAIN)
    return cast(NDArray[T], values)


def _thumbnail(arrays: Arrays) -> NDArray[np.uint8] | None:
    picture = arrays.get("thumbnail")
    if picture is None:
        return None
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not (
            min(picture.shape[:2]) > 0 and max(picture.shape[:2]) <= LARGEST_THUMBNAIL):
        raise SourceError("its thumbnail is no small picture", _AGAIN)
    return cast(NDArray[np.uint8], picture)


def _share(about: Json) -> float:
    share = about.get("weight")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise SourceError("the weight of one of its parts is no number from 0 to 1", _AGAIN)
    return float(share)


def _list(about: Json, name: str, most: int) -> Sequence[Json]:
    found = about.get(name)
    if not isinstance(found, list) or len(found) > most or not all(isinstance(item, dict) for item in found):
        raise SourceError(f"its {name} make no sense", _AGAIN)
    return cast(Sequence[Json], found)
