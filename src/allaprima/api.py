"""The library in a few calls: open a model, load a style, paint pictures and films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.config import ImageOptions, ModelOptions, PreserveColor, StyleOptions, VideoOptions
from allaprima.curves import Easing, parsed_curve

if TYPE_CHECKING:
    from allaprima.engines import Engine, Style
    from allaprima.fetching import FetchProgress
    from allaprima.pipeline.jobs.films import FilmReport
    from allaprima.pipeline.jobs.stills import StillReport
    from allaprima.pipeline.looks.tracks import Track


def open_model(options: ModelOptions | str = ModelOptions(),  # noqa: B008  an immutable value
               progress: FetchProgress | None = None, on_note: Callable[[str], None] | None = None) -> Engine:
    """A model ready for work; ``options`` may be just its name.

    progress: called with bytes done and bytes in all while the reference model's weights are fetched on first use.
    on_note: told what of the choice of a device its owner should know, as a sentence.
    """
    from allaprima.engines import engine_for
    from allaprima.runtimes import runtime_for

    chosen = ModelOptions(model=options) if isinstance(options, str) else options
    return engine_for(chosen.model, runtime_for(chosen.device, chosen.precision, on_note), progress, chosen.optimiser)


def load_style(spec: str | Path, model: Engine, scale: float = StyleOptions.style_scale) -> Style:
    """The style of a picture file, a bundled style by name, or a blend such as ``"a.jpg:0.7+b.jpg:0.3"``."""
    from allaprima.pipeline.looks.styles import load_style as load

    return load(str(spec), model, scale)


def load_track(spec: str | Path, model: Engine, strength: str | float = StyleOptions.strength,
               scale: float = StyleOptions.style_scale, easing: Easing = "linear",
               preserve_color: PreserveColor = "none") -> Track:
    """A look over time by keyframes: styles such as ``"0:a.jpg,5:b.jpg"``, strengths such as ``"0:0.2,120f:1"``.

    preserve_color: "luminance" keeps the content's chroma; "histogram" and "coral" give the style pictures the
    content's colours first, a film's shot by shot.
    """
    from allaprima.pipeline.looks.tracks import load_track as load

    curve = parsed_curve(str(strength), "strength", 0, 1, easing)
    return load(str(spec), model, curve, scale, easing, color=preserve_color)


def stylize_image(path: str | Path, style: Style | Track, output: str | Path, model: Engine, *,
                  strength: float = StyleOptions.strength,
                  options: ImageOptions = ImageOptions()) -> StillReport:  # noqa: B008  an immutable value
    """Paints the picture at ``path`` in that style into ``output``; gives back what became of it.

    style: one of ``load_style``, or a track of ``load_track``, which has a strength of its own.
    """
    from allaprima.engines import Look, Style
    from allaprima.pipeline.jobs.stills import paint_still

    look = Look(style, strength) if isinstance(style, Style) else style
    return paint_still(Path(path), Path(output), model, look, options)


def stylize_video(path: str | Path, style: Style | Track, output: str | Path, model: Engine, *,
                  strength: float = StyleOptions.strength,
                  options: VideoOptions = VideoOptions()) -> FilmReport:  # noqa: B008  an immutable value
    """Paints the film at ``path`` into ``output``, sound and timing kept; gives back what became of it.

    style: one of ``load_style``, or a track of ``load_track``, which has a strength of its own.
    """
    from allaprima.engines import Look, Style
    from allaprima.pipeline.jobs.films import paint_film

    look = Look(style, strength) if isinstance(style, Style) else style
    return paint_film(Path(path), Path(output), model, look, options)
