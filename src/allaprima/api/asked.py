"""The look that a style, or a track, and a strength beside it ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allaprima.config import PreserveColor, StyleOptions
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from allaprima.engines import Look, Style
    from allaprima.pipeline.looks.tracks import Track


def asked_for(style: Style | Track, strength: float | None, preserve_color: PreserveColor = "none",
              photoreal: float = 0.0) -> Look | Track:
    """The look that a style makes with that strength, whole where it is None; a track is one already.

    Raises OptionError for a strength, a way with colours, or a photorealism beside a track, which has its own.
    """
    from allaprima.engines import Look, Style

    if isinstance(style, Style):
        if preserve_color not in ("none", "luminance"):
            raise OptionError(f"a style cannot be given its content's colours by {preserve_color} once it is loaded",
                              "load it so: load_track(..., preserve_color=...)")
        return Look(style, StyleOptions.strength if strength is None else strength, preserve_color,
                    photoreal=photoreal)
    if strength is not None:
        raise OptionError(f"a track has a strength of its own, and {strength:g} is given beside it",
                          "give it to load_track, or leave it out")
    if preserve_color != "none":
        raise OptionError("a track has a way with colours of its own", "give preserve_color to load_track")
    if photoreal != 0:
        raise OptionError("a track says itself how far photographs stay real", "give photoreal to load_track")
    return style
