"""What every command that paints opens first: a model, with its weights' progress shown, and a look."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from allaprima.cli.failures import tell
from allaprima.config import Background, ModelOptions, OptimiserOptions, Precision, PreserveColor, StyleOptions, Subject
from allaprima.curves import Easing
from allaprima.errors import OptionError
from allaprima.sizes import Detail, parsed_brush, parsed_detail
from allaprima.spelling import guess

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look
    from allaprima.pipeline.looks.subjects import Kept
    from allaprima.pipeline.looks.tracks import Track
    from allaprima.runtimes.calls import Runtime

Asked = TypeVar("Asked")
PRECISIONS = ("auto", "fp32", "fp16", "bf16", "int8")


def checked_precision(precision: str) -> Precision:
    """The precision of that name; raises OptionError where there is none."""
    if precision not in PRECISIONS:
        raise OptionError(f"unknown precision {precision!r}",
                          guess(precision, PRECISIONS, f"known precisions: {', '.join(PRECISIONS)}"))
    return cast(Precision, precision)


def checked_depth(depth: Literal["8", "16"] | None) -> Literal[8, 16] | None:
    """The depth as a number."""
    return None if depth is None else 8 if depth == "8" else 16


def detail_for(detail: str | None, brush: str | None) -> Detail:
    """The working height that was asked for, by name or by a brush; left to the style's own brush where neither was."""
    if detail is not None:
        return parsed_detail(detail)
    return "brush" if brush is None else parsed_brush(brush)


def open_engine(model: str, device: str, precision: str, optimiser: OptimiserOptions | None = None) -> Engine:
    """The model on that device; fetching its weights, on first use, shows how far it is.

    optimiser: options of the model gatys.
    """
    from allaprima.api.model import open_model
    from allaprima.cli.progress import fetching
    from allaprima.engines import AdaINEngine

    with fetching(sys.stderr) as progress:
        engine = open_model(ModelOptions(model, device, checked_precision(precision), optimiser), progress,
                            tell_note).engine
    if isinstance(engine, AdaINEngine) and engine.moves is not None:
        engine.moves.on_find = lambda name: tell(f"looking at {name} and at what it paints: seconds, the first time")
    return engine


def open_runtime(device: str, precision: str) -> Runtime:
    """What computes on that device; what speaks against a GPU is said."""
    from allaprima.runtimes import runtime_for

    return runtime_for(device, checked_precision(precision), tell_note)


@cache
def tell_note(text: str) -> None:
    """Says a note on stderr, once a run: a command may open several models."""
    tell(f"note: {text}")


def asked_styles(styles: Sequence[str] | None, model: str | None, domain: str | None) -> Sequence[str] | None:
    """The styles to paint in: for a network of others its domain, the first one where none is named.

    Raises OptionError where a domain is asked of a model that has none.
    """
    from allaprima.engines import is_network
    from allaprima.pipeline.looks.styles import domain_spec

    if model is None or not is_network(model):
        if domain is not None:
            raise OptionError(f"the model {model or ModelOptions.model} has no domains", "leave out --domain")
        return styles
    if styles and domain is not None:
        raise OptionError("--domain stands in place of --style", "leave out one of them")
    return styles or [domain_spec(domain or "0")]


def result_name(name: str, model: str | None, domain: str | None) -> str:
    """What a result is named after: a network of others, where it paints in no domain that was asked for."""
    from allaprima.engines import is_network

    if model is None or not is_network(model):
        return name
    stem = Path(model).stem
    return stem if name == "domain-0" and domain is None else f"{stem}-{name}"


def planned_look(styles: Sequence[str] | None, kept: Path | None, look_of: Callable[[Sequence[str], Engine], Asked], *,
                 usual: bool = True) -> Asked | Look:
    """The look that was asked for, before any network is opened: for its name, and the files that it is read from.

    usual: whether strength and the like are as they are by default; a kept look has its own. Raises OptionError where
    style and kept look do not go together.
    """
    if kept is None:
        if not styles:
            raise OptionError("no style was given", "give --style, or --look with a .look file")
        from allaprima.engines.identity import IdentityEngine

        return look_of(styles, IdentityEngine())
    if styles:
        raise OptionError("--look holds its styles already", "leave out --style, or --look")
    if not usual:
        raise OptionError("--look holds its strength and style scale already",
                          "leave out --strength, --style-scale, --controls, --mask, --keep, --regions, "
                          "--photoreal and --preserve-color")
    from allaprima.pipeline.looks.saved import read_look

    return read_look(kept).look


def open_painting(styles: Sequence[str] | None, kept: Path | None, model: str | None, device: str, precision: str,
                  look_of: Callable[[Sequence[str], Engine], Asked], *,
                  optimiser: OptimiserOptions | None = None) -> tuple[Engine, Asked | Look]:
    """The engine and the look that were planned: of a style, or kept in a file with the model that painted it.

    model: asked for, and wins over the kept look's; None for the kept look's, or the usual one. optimiser: options of
    the model gatys.
    """
    if kept is None:
        assert styles, "planned_look has refused this"
        engine = open_engine(model or ModelOptions.model, device, precision, optimiser)
        look = look_of(styles, engine)
        tell_what_is_left_out(look, engine)
        return engine, look
    from allaprima.pipeline.looks.saved import SavedLookEngine, mixed, model_of, read_look

    saved = read_look(kept)
    chosen = model_of(saved, kept, model, ModelOptions.model)
    engine = open_engine(chosen, device, precision, optimiser)
    saved = mixed(saved, engine)
    return SavedLookEngine(engine, saved), saved.look


def tell_what_is_left_out(look: object, engine: Engine) -> None:
    """Says which fitted styles another network than theirs paints."""
    from allaprima.pipeline.looks.fits import left_out
    from allaprima.pipeline.looks.tracks import Track

    for sentence in left_out(look, engine) if isinstance(look, Track) else ():
        tell(f"note: {sentence}")


def kept_subject(keep: Subject | None, keep_detail: Subject | None) -> Kept | None:
    """The subject that is to be kept, None for none; raises OptionError where both ways are asked for."""
    from allaprima.pipeline.looks.subjects import kept_for

    if keep is not None and keep_detail is not None:
        raise OptionError("--keep leaves unpainted what --keep-detail would paint weakly", "give one of them")
    return kept_for(keep, keep_detail)


def fetch_finder(kept: Kept | None) -> None:
    """Fetches, on first use, the network that finds the subject, its progress shown."""
    if kept is None:
        return
    from allaprima import weights
    from allaprima.cli.progress import fetching

    with fetching(sys.stderr) as progress:
        for name in ("people", kept.subject):
            weights.file_of(name, progress)


def asked_name(look: Look | Track) -> str:
    """What outputs are named after."""
    from allaprima.pipeline.looks.tracks import name_of

    return name_of(look)


def track_for(styles: Sequence[str], engine: Engine, strength: str, style_scale: float, easing: Easing = "linear",
              controls: Path | None = None, color: PreserveColor = "none", masks: Sequence[Path] | None = None,
              background: Background = "keep", brush: str | None = None, kept: Kept | None = None,
              photoreal: float = StyleOptions.photoreal, labels: Path | None = None,
              regions: str | None = None) -> Track:
    """The look over time that was asked for."""
    from allaprima.pipeline.looks.asked import asked_track

    return asked_track(styles, engine, strength, style_scale, easing, controls, color, masks or (), background, brush,
                       kept, photoreal, labels, regions)


def look_for(styles: Sequence[str], engine: Engine, strength: str, style_scale: float, color: PreserveColor,
             masks: Sequence[Path] | None = None, background: Background = "keep",
             brush: str | None = None, kept: Kept | None = None, photoreal: float = StyleOptions.photoreal,
             labels: Path | None = None, regions: str | None = None) -> Track:
    """The look that was asked for, for pictures that have no time."""
    track = track_for(styles, engine, strength, style_scale, color=color, masks=masks, background=background,
                      brush=brush, kept=kept, photoreal=photoreal, labels=labels, regions=regions)
    if not track.is_constant:
        raise OptionError("a still picture has no time for keyframes to lie in",
                          "give one style and one strength, or paint a film or numbered frames with stylize-video")
    return track
