"""What a user names as a style: a picture, one that has a name, a saved style, or a blend of several."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.bundled import bundled_styles
from allaprima.curves import Instant, in_order, parsed_instant
from allaprima.engines import Engine, Style, settled
from allaprima.engines.fitted import Fitted
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.look_files import LARGEST_FILE, parsed_style_text, style_text
from allaprima.engines.looks import Sight, kept_fits
from allaprima.engines.mixing import completed, paints
from allaprima.engines.network import NetworkEngine, domain_style
from allaprima.engines.style_files import StyleFile, code_in_bytes, is_style_bytes, parsed_style_bytes, style_bytes
from allaprima.errors import OptionError, SourceError
from allaprima.frames import Pixels
from allaprima.io.outputs import check_output, written_file
from allaprima.io.still.cutouts import read_shown
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import PICTURE_SUFFIXES
from allaprima.library import fits_file, named_style, named_styles
from allaprima.spelling import guess, names_in

STYLE_SUFFIX = ".style"
DOMAINS = r"\d{1,4}(?:-\d{1,4})*"
DOMAIN = re.compile(rf"domain-({DOMAINS})\.style", re.ASCII)
STYLE_FILES = PICTURE_SUFFIXES | {STYLE_SUFFIX}


def load_style(spec: str, engine: Engine, scale: float = 1.0, *, refined: bool = True) -> Style:
    """The style that ``spec`` names: a picture's file, a name, a ``.style``, or ``a.jpg:0.7+b.style:0.3``."""
    return load_styles(spec, engine, [scale], refined=refined)[0]


def load_styles(spec: str, engine: Engine, scales: Sequence[float], *, fitted: bool | None = None,
                refined: bool = True, sight_scale: float | None = None) -> list[Style]:
    """The style that ``spec`` names at each of several scales; a ``.style`` is the same at all of them.

    fitted: whether bundled styles are to be painted by what was fitted to them; None for those at the scale 1.
    refined, sight_scale: whether pictures are looked at twice, and at which scale for all; None for each of them.
    """
    parts = [(encoded(path, engine, scales, fitted=fitted, refined=refined, sight_scale=sight_scale), weight)
             for path, weight in parsed_style(spec)]
    return [settled([(styles[index], weight) for styles, weight in parts]) for index in range(len(scales))]


def as_it_is(picture: Pixels) -> Pixels:
    """The picture itself."""
    return picture


def encoded(path: Path, engine: Engine, scales: Sequence[float],
            prepared: Callable[[Pixels], Pixels] = as_it_is, *, fitted: bool | None = None,
            refined: bool = True, sight_scale: float | None = None) -> list[Style]:
    """The style of one file at each of those scales; prepared: what is done to its picture first.

    A style that has a name is painted by what was fitted to it in its own colours: where ``fitted`` says so, at the
    scale 1 where nothing does. Others are refined, as they are in their own colours; see ``load_styles``.
    """
    domains = domains_of(path)
    if domains is not None:
        if not isinstance(engine, NetworkEngine | IdentityEngine):
            raise OptionError(f"{path.stem} is a domain of a network, and the model {engine.name} has none",
                              "name a network that has domains: --model net.onnx")
        return [domain_style(path.stem, domains)] * len(scales)
    if path.suffix.lower() == STYLE_SUFFIX:
        return [completed(read_style(path), engine)] * len(scales)
    picture = read_shown(path)
    shown = prepared(picture)
    by_fits = [prepared is as_it_is and (scale == 1 if fitted is None else fitted) for scale in scales]
    fits = fits_of_named(path) if any(by_fits) else ()
    styles = list[Style]()
    for scale, by_fit in zip(scales, by_fits, strict=True):
        own = by_fit and any(paints(fit, engine) for fit in fits)
        sight = Sight(picture, sight_scale or scale) if refined and not own else None
        style = engine.encode(shown, path.stem, scale, sight=sight)
        styles.append(completed(replace(style, fitted=fits), engine) if fits and by_fit else style)
    return styles


def domains_of(path: Path) -> tuple[int, ...] | None:
    """The domains of a network that ``domain-2``, or ``domain-0-3`` for two at once, stands for; None for a file."""
    match = DOMAIN.fullmatch(path.name)
    return None if match is None or path.is_file() else tuple(int(number) for number in match[1].split("-"))


def domain_spec(text: str) -> str:
    """What ``--style`` takes for the domains that ``2``, ``0-3`` or ``0:1,5:2`` name; raises OptionError else."""
    parts = []
    for part in text.split(","):
        time, colon, domain = part.strip().rpartition(":")
        if not re.fullmatch(DOMAINS, domain, re.ASCII):
            raise OptionError(f"{part[:60]!r} is no domain", "give its number, or numbers over time: --domain 0:1,5:2")
        parts.append(f"{time}{colon}domain-{domain}")
    return ",".join(parts)


def fits_of_named(path: Path) -> tuple[Fitted, ...]:
    """What was fitted to the picture of a bundled style, or of one in the library; nothing for any other."""
    file = fits_file(path)
    return () if file is None else read_style(file).fitted


def read_style(path: Path) -> Style:
    """The style in a ``.style`` file; raises ``SourceError`` where it is none."""
    return read_style_file(path).style


def read_style_file(path: Path) -> StyleFile:
    """The same with what the file says of it."""
    try:
        content = read_small(path)
        if is_style_bytes(content):
            return parsed_style_bytes(content)
        return StyleFile(parsed_style_text(as_text(content)))
    except SourceError as error:
        raise SourceError(f"cannot read {path}: {error}", error.hint) from error


def read_code(path: Path) -> NDArray[np.float32]:
    """The code (1920,) alone of a ``.style`` file: without the fits, whose kernels take a second to be unpacked."""
    try:
        content = read_small(path)
        return code_in_bytes(content) if is_style_bytes(content) else parsed_style_text(as_text(content)).code
    except SourceError as error:
        raise SourceError(f"cannot read {path}: {error}", error.hint) from error


def write_style(path: Path, style: Style | StyleFile, *, inputs: Iterable[Path] = (), overwrite: bool = False) -> None:
    """Writes a style alone, usable wherever a style's picture is: as text, or with what was fitted to it.

    Never over one of ``inputs``.
    """
    saved = style if isinstance(style, StyleFile) else StyleFile(style)
    style = saved.style
    if path.suffix.lower() != STYLE_SUFFIX:
        raise OptionError(f"cannot write a style to {path}", f"end the name in {STYLE_SUFFIX}")
    if style.encoder == "none":
        raise OptionError("the model none measures no styles", "choose another: --model balanced")
    check_output(path, inputs, overwrite=overwrite)
    with written_file(path, overwrite=overwrite) as file:
        file.write(style_bytes(saved) if kept_fits(style) or style.parts else style_text(style).encode())


def read_small(path: Path) -> bytes:
    """What is in a small file; raises ``SourceError`` where it is large or cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SourceError(error.strerror or str(error), "check the name and the permissions") from error
    if len(content) > LARGEST_FILE:
        raise SourceError("it is too large to be one of ours", "check the name")
    return content


def read_text(path: Path) -> str:
    """The text of a small file; raises ``SourceError`` where it is large, no text, or cannot be read."""
    return as_text(read_small(path))


def as_text(content: bytes) -> str:
    """The text that those bytes are; raises ``SourceError`` where they are none."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SourceError("it is no text", "check the name") from error


def shown_picture(spec: str) -> NDArray[np.uint8] | None:
    """The first picture that ``spec`` names, to be shown; None where it names saved styles without one."""
    for path, _ in parsed_style(spec):
        if domains_of(path) is not None:
            continue
        if path.suffix.lower() != STYLE_SUFFIX:
            return as_uint8(read_shown(path))
        thumbnail = read_style_file(path).thumbnail
        if thumbnail is not None:
            return thumbnail
    return None


def keyed_styles(spec: str) -> list[tuple[Instant, str]]:
    """The styles at their instants that ``0:a.jpg,5:b.jpg`` names; one at the beginning where ``spec`` has no times.

    An existing file's name is taken whole. Raises OptionError where times do not follow each other.
    """
    keys = []
    for part in spec.split(","):
        time, colon, style = part.partition(":")
        instant = parsed_instant(time)
        if not colon or instant is None or found(time) is not None or found(spec) is not None:
            return [(Instant(Fraction(0)), spec)]
        keys.append((instant, style.strip()))
    in_order([(instant, 0.0) for instant, _ in keys], "style")
    return keys


def parsed_style(spec: str) -> list[tuple[Path, float]]:
    """The pictures that ``spec`` names, and their weights (1 where none is given).

    An existing file's name is taken whole before it is split at ``+``; a weight is what follows the last colon, if that
    is a number. Raises OptionError for what is neither a file nor a bundled style.
    """
    whole = found(spec)
    if whole is not None:
        return [(whole, 1.0)]
    return [weighted(part.strip()) for part in spec.split("+")]


def weighted(part: str) -> tuple[Path, float]:
    """One picture of a blend, and its weight."""
    whole = found(part)
    if whole is not None:
        return whole, 1.0
    name, colon, number = part.rpartition(":")
    try:
        weight = float(number) if colon else 1.0
    except ValueError:
        weight, name = 1.0, part
    path = found(name if colon else part)
    if path is None:
        raise SourceError(f"there is no style picture {part!r}", remedy_for(name if colon else part))
    if not 0 <= weight < float("inf"):
        raise OptionError(f"the weight {number} of the style {name} is out of range", "give a weight of 0 or more")
    return path, weight


def remedy_for(name: str) -> str:
    """What may have been meant by a style that is neither a file nor a bundled one."""
    path = Path(name)
    beside = [str(path.parent / one) for one in names_in(path.parent) if Path(one).suffix.lower() in STYLE_FILES]
    return guess(name, [*named_styles(), *beside],
                 f"give a picture's file, a .style, or a bundled style: {', '.join(bundled_styles())}")


def picture_of(spec: str) -> Path:
    """The one picture that ``spec`` names; raises OptionError for a blend."""
    parts = parsed_style(spec)
    if len(parts) != 1:
        raise OptionError(f"the style {spec!r} is a blend of {len(parts)} pictures", "name one picture here")
    return parts[0][0]


def found(name: str) -> Path | None:
    """The file of that name, or the bundled style, or the one in the library; None where there is none of them."""
    if os.path.isfile(name):  # noqa: PTH113  a name that no file can have is a question too, which pathlib refuses
        return Path(name)
    if name and os.path.isdir(name):  # noqa: PTH112
        raise SourceError(f"the style {name} is a folder", "give a picture's file")
    domain = Path(f"{name}{STYLE_SUFFIX}")
    return domain if DOMAIN.fullmatch(domain.name) and domain.name == str(domain) else named_style(name)
