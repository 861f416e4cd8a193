"""The look over time that texts and files ask for, as the command line and plans have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from allaprima.config import LARGEST_STRENGTH, Background, PreserveColor, StyleOptions
from allaprima.curves import Easing, parsed_curve
from allaprima.engines import Engine
from allaprima.pipeline.looks.controls import read_controls
from allaprima.pipeline.looks.regions import parsed_regions
from allaprima.pipeline.looks.subjects import Kept
from allaprima.pipeline.looks.tracks import Track, load_track
from allaprima.sizes import parsed_brush


def asked_track(styles: Sequence[str], engine: Engine, strength: str, style_scale: float, easing: Easing = "linear",
                controls: Path | None = None, color: PreserveColor = "none", masks: Sequence[Path] = (),
                background: Background = "keep", brush: str | None = None, kept: Kept | None = None,
                photoreal: float = StyleOptions.photoreal, labels: Path | None = None,
                regions: str | None = None) -> Track:
    """The track that is asked for; raises what reading its texts and files raises."""
    curve = parsed_curve(strength, "strength", 0, LARGEST_STRENGTH, easing)
    scale = StyleOptions(style_scale=style_scale).style_scale
    said = None if controls is None else read_controls(controls, easing)
    track = load_track(styles, engine, curve, scale, easing, said, color, masks, background,
                       None if brush is None else parsed_brush(brush), kept, photoreal,
                       None if regions is None else parsed_regions(regions))
    return track if labels is None else replace(track, labels=labels)
