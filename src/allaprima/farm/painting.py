"""What is to be painted in, and by which network, as it was asked for: texts and files, so that it can be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.config import (
    Background,
    ModelOptions,
    OptimiserOptions,
    Precision,
    PreserveColor,
    StyleOptions,
    Subject,
)
from allaprima.curves import Easing
from allaprima.errors import OptionError, SourceError

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look
    from allaprima.engines.moves import Moves
    from allaprima.pipeline.looks.subjects import Kept
    from allaprima.pipeline.looks.tracks import Track
    from allaprima.runtimes.calls import Row

NO_MOVE, PLAN_AGAIN = "the plan's styles are refined by what no network takes", "plan again: allaprima farm plan"


@dataclass(frozen=True, slots=True)
class Painting:
    """A look over time and a network, each as the film command takes them: see its options of the same names.

    moves: what its styles were refined by where it was planned, base64 of float32, by the keys of ``Moves.known``.
    """

    styles: tuple[str, ...] = ()
    look: Path | None = None
    strength: str = str(StyleOptions.strength)
    style_scale: float = StyleOptions.style_scale
    easing: Easing = "linear"
    controls: Path | None = None
    color: PreserveColor = "none"
    masks: tuple[Path, ...] = ()
    background: Background = "keep"
    brush: str | None = None
    keep: Subject | None = None
    keep_detail: Subject | None = None
    model: str | None = None
    device: str = ModelOptions.device
    precision: Precision = "auto"
    steps: int | None = None
    content_weight: float | None = None
    photoreal: float = StyleOptions.photoreal
    labels: Path | None = None
    regions: str | None = None
    moves: Mapping[str, str] = field(default_factory=dict)

    def with_moves_of(self, engine: Engine) -> Painting:
        """The same with what the engine's styles were refined by, which machines find to other last bits."""
        from allaprima.engines.look_files import packed_numbers

        moves = moves_in(engine)
        known = {} if moves is None else moves.known
        return replace(self, moves={key: packed_numbers(move) for key, move in known.items()})

    @property
    def kept(self) -> Kept | None:
        """The subject that is kept."""
        from allaprima.pipeline.looks.subjects import kept_for

        return kept_for(self.keep, self.keep_detail)

    @property
    def optimiser(self) -> OptimiserOptions | None:
        """The options of the model gatys, None where none are given."""
        if self.steps is None and self.content_weight is None:
            return None
        weight = OptimiserOptions.content_weight if self.content_weight is None else self.content_weight
        return OptimiserOptions(self.steps, weight)

    def files(self) -> Iterator[Path]:
        """Every file that it is read from, bundled styles left out."""
        from allaprima.bundled import bundled_styles
        from allaprima.io.plates.channels import parsed_channel
        from allaprima.pipeline.looks.files import files_behind
        from allaprima.pipeline.looks.styles import keyed_styles, parsed_style
        bundled = set(bundled_styles().values())
        for style in self.styles:
            for _, spec in keyed_styles(style):
                yield from (path for path, _ in parsed_style(spec) if path not in bundled and path.is_file())
        yield from files_behind(*(parsed_channel(mask)[0] for mask in self.masks))
        yield from filter(None, (self.look, self.controls, self.labels))
        if self.model is not None and Path(self.model).is_file():
            yield Path(self.model)

    def opened(self, on_note: Callable[[str], None] | None = None) -> tuple[Engine, Look | Track]:
        """The network, ready for work, and the look."""
        if self.look is None:
            engine = self._engine(self.model or ModelOptions.model, on_note)
            moves = moves_in(engine)
            if moves is not None:
                moves.known |= {key: checked_move(text) for key, text in self.moves.items()}
            return engine, self._track(engine)
        from allaprima.pipeline.looks.saved import SavedLookEngine, mixed, model_of, read_look

        saved = read_look(self.look)
        engine = self._engine(model_of(saved, self.look, self.model, ModelOptions.model), on_note)
        saved = mixed(saved, engine)
        return SavedLookEngine(engine, saved), saved.look

    def _engine(self, model: str, on_note: Callable[[str], None] | None) -> Engine:
        from allaprima.engines import engine_for
        from allaprima.runtimes import runtime_for

        return engine_for(model, runtime_for(self.device, self.precision, on_note), None, self.optimiser)

    def _track(self, engine: Engine) -> Track:
        from allaprima.pipeline.looks.asked import asked_track

        return asked_track(self.styles, engine, self.strength, self.style_scale, self.easing, self.controls, self.color,
                           self.masks, self.background, self.brush, self.kept, self.photoreal,
                           self.labels, self.regions)

    def moved(self, place: Callable[[Path], Path]) -> Painting:
        """The same with every file where ``place`` says that it is."""
        return replace(self, styles=tuple(moved_style(style, place) for style in self.styles),
                       look=None if self.look is None else place(self.look),
                       controls=None if self.controls is None else place(self.controls),
                       masks=tuple(map(place, self.masks)), labels=None if self.labels is None else place(self.labels))


def moves_in(engine: Engine) -> Moves | None:
    """What an engine's styles are refined by; None for one whose styles mix nothing."""
    from allaprima.engines import AdaINEngine

    return engine.moves if isinstance(engine, AdaINEngine) else None


def checked_move(text: str) -> Row:
    """The move that a plan holds; raises OptionError where it is none."""
    from allaprima.engines.look_files import unpacked_numbers
    from allaprima.engines.looks import are_units

    try:
        move = unpacked_numbers(text, "move")
    except SourceError as error:
        raise OptionError(NO_MOVE, PLAN_AGAIN) from error
    if not are_units(move):
        raise OptionError(NO_MOVE, PLAN_AGAIN)
    return move


def moved_style(style: str, place: Callable[[Path], Path]) -> str:
    """The text of a style with the files that it names elsewhere; names of bundled ones stay."""
    from allaprima.bundled import bundled_styles
    from allaprima.pipeline.looks.styles import keyed_styles, parsed_style

    bundled = set(bundled_styles().values())
    for _, spec in keyed_styles(style):
        for path, _ in parsed_style(spec):
            if path not in bundled:
                style = style.replace(str(path), str(place(path)))
    return style
