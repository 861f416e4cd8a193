"""The nouns of a timeline: clips with their source frames, what is asked for each, and what was painted of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from allaprima.errors import OptionError

_TAG = re.compile(r"\ballaprima\b[\s:]*(?P<said>.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a timeline asks for a clip: a style and a strength of its own, or to leave it as it is."""

    style: str | None = None
    strength: str | None = None
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip of a timeline: the frames of a source that it shows.

    media: where the timeline says that they lie, a file or a pattern of numbers; names: what they may be called
    elsewhere, the likeliest first. start: the time of the first frame in frames of its rate, as the source's timecode
    counts. media_start: the time of the source's own first frame, where the timeline tells it.
    """

    name: str
    media: Path | None
    names: tuple[str, ...]
    start: int
    count: int
    rate: Fraction
    media_start: int | None = None
    asked: Asked = Asked()


@dataclass(frozen=True, slots=True)
class Painted:
    """Painted frames that take the place of a clip's media.

    path: a film, or a pattern of numbers. start: the time of the first painted frame, in frames of ``rate``. first: its
    number in a sequence, None in a film.
    """

    path: Path
    start: int
    count: int
    rate: Fraction
    first: int | None = None


class Timeline(Protocol):
    """An edit that was read from a file."""

    @property
    def clips(self) -> tuple[Clip, ...]: ...

    def relinked(self, painted: Mapping[int, Painted], target: Path) -> str:
        """The file at ``target`` of the same edit, with painted frames in the place of some clips', by their place."""
        ...


def asked_in(text: str) -> Asked | None:
    """What a comment or a marker asks: ``allaprima style=starry strength=0.6``, or ``allaprima skip``; None for others.

    Raises OptionError for words that ask for nothing.
    """
    match = _TAG.search(text)
    if match is None:
        return None
    try:
        words = shlex.split(match["said"])
    except ValueError as error:
        raise OptionError(f"cannot read {text.strip()!r} in the timeline: {error}", "close the quotes") from error
    said: dict[str, str] = {}
    for word in words:
        key, _, value = word.partition("=")
        if key.lower() not in ("style", "strength", "skip") or (key.lower() == "skip") == bool(value):
            raise OptionError(f"the timeline asks for {word!r}, which says nothing",
                              "write allaprima style=starry strength=0.6, or allaprima skip")
        said[key.lower()] = value
    return Asked(said.get("style"), said.get("strength"), "skip" in said)
