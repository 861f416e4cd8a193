"""A model ready for work: paints arrays, or frame after frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from allaprima.api.arrays import as_batch
from allaprima.api.asked import asked_for
from allaprima.config import ModelOptions, PreserveColor, StyleOptions, VideoOptions
from allaprima.errors import OptionError
from allaprima.sizes import Detail

if TYPE_CHECKING:
    from allaprima.curves import Clock
    from allaprima.engines import Engine, Look, Style
    from allaprima.fetching import FetchProgress
    from allaprima.pipeline.looks.tracks import Track
    from allaprima.pipeline.stylizers.state import State
    from allaprima.pipeline.stylizers.stylizer import Stylizer
    from allaprima.runtimes.calls import Batch

Pictures = TypeVar("Pictures")
USUAL_RATE = 24


def open_model(options: ModelOptions | str = ModelOptions(),  # noqa: B008  an immutable value
               progress: FetchProgress | None = None, on_note: Callable[[str], None] | None = None) -> Model:
    """A model ready for work; ``options`` may be just its name.

    progress: called with bytes done and bytes in all while the reference model's weights are fetched on first use.
    on_note: told what of the choice of a device its owner should know, as a sentence.
    """
    from allaprima.engines import engine_for
    from allaprima.runtimes import runtime_for

    chosen = ModelOptions(model=options) if isinstance(options, str) else options
    return Model(engine_for(chosen.model, runtime_for(chosen.device, chosen.precision, on_note), progress,
                            chosen.optimiser))


class Model:
    """A network on a device; may be used from several threads, whose calls take turns."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def name(self) -> str:
        """What it was opened as."""
        return self.engine.name

    def __repr__(self) -> str:
        return f"Model({', '.join(f'{name}={value}' for name, value in self.engine.settings.items())})"

    def paint(self, pictures: Pictures, style: Style | Track | Sequence[Style], *,
              strength: float | Sequence[float] | None = None, preserve_color: PreserveColor = "none",
              detail: Detail = "brush", photoreal: float = StyleOptions.photoreal) -> Pictures:
        """The pictures painted, in their own kind, type and place; what was given is not changed.

        pictures: numpy's (H, W, 3) or (N, H, W, 3) of 8 or 16 bits, or floats in [0, 1]; torch's (3, H, W) or
        (N, 3, H, W), whose paintings come back to their device. RGB. style: one for all, or one for each; a track is
        taken as it is at its beginning. strength: 0 to 1, for all or for each, whole where None; a track has its own.
        preserve_color: "luminance" keeps the content's chroma. detail: the network's working height, "brush" for that
        of the style, None for full size. photoreal: 0 to 1, how far only light and colours change. Raises OptionError
        for what cannot be painted.
        """
        batch, back = as_batch(pictures)
        return back(painted(self.engine, batch, looks_of(style, strength, preserve_color, batch, photoreal),
                            detail))

    def stylizer(self, style: Style | Track, *, temporal: Literal["off", "fast"] = "fast",
                 stability: float = VideoOptions.stability, strength: float | None = None,
                 preserve_color: PreserveColor = "none", detail: Detail = "brush",
                 frame_rate: Fraction | float = USUAL_RATE,
                 photoreal: float = StyleOptions.photoreal) -> FrameStylizer:
        """What paints a film frame by frame, held steady, as ``stylize_video`` does.

        temporal: "off" paints each frame by itself. stability: how firmly frames are held, 0 to 1. strength, photoreal:
        as for ``paint``. frame_rate: of the frames, by which a track's seconds go where a call does not say them.
        """
        if temporal not in ("off", "fast"):
            raise OptionError(f"frames that come one by one cannot be held steady by {temporal!r}",
                              "choose fast or off; best goes through a film first: stylize_video")
        from allaprima.curves import Clock
        from allaprima.engines import at_detail
        from allaprima.pipeline.looks.brush import working_height
        from allaprima.pipeline.looks.looking import stability_on
        from allaprima.pipeline.stylizers.stylizer import stylizer_for

        asked = asked_for(style, strength, preserve_color, photoreal)
        rate = Fraction(frame_rate).limit_denominator(1001)
        clock = Clock(1 / rate, rate)
        alongside = ThreadPoolExecutor(1, thread_name_prefix="follow")
        engine = at_detail(self.engine, working_height(detail, asked))
        return FrameStylizer(stylizer_for(temporal, engine, stability, stability_at=stability_on(asked, clock),
                                          alongside=alongside), asked, clock, engine)


class FrameStylizer:
    """Paints frame after frame: called with each, and remembering what it must; not for several threads at once.

    state: what is remembered, None where nothing is; a value, to be kept and set again, here or in another process
    (``state.to_bytes()``, ``State.from_bytes``).
    """

    def __init__(self, stylizer: Stylizer, look: Look | Track, clock: Clock, engine: Engine) -> None:
        self.state: State | None = None
        self._stylizer, self._look, self._clock, self._engine = stylizer, look, clock, engine
        self._count = 0
        self._shape: tuple[int, ...] = ()

    def __call__(self, frame: Pictures, seconds: float | Fraction | None = None) -> Pictures:
        """The frame (H, W, 3), or torch's (3, H, W), painted, in its own kind. Cuts are found from the frames.

        seconds: its time, where a track is asked for; without it frames follow each other by the frame rate.
        """
        from allaprima.frames import Frame
        from allaprima.pipeline.stylizers.stylizer import stylized_frame
        from allaprima.pipeline.working import made_large, made_small, working_size
        from allaprima.temporal.flow import single_threaded

        batch, back = as_batch(frame)
        if len(batch) != 1:
            raise OptionError(f"{len(batch)} frames were given at once", "give them one after the other")
        if batch.shape != self._shape:
            self.state, self._shape = self.state if not self._shape else None, batch.shape
        time = self._clock.seconds(self._count) if seconds is None else Fraction(seconds)
        pts = round(time / self._clock.time_base)
        self._count = pts + 1
        one = Frame(batch[0], None, pts, 1, pts)
        working = working_size(self._engine, self._look, batch.shape[2], batch.shape[1])
        with single_threaded():
            if working is not None:
                [one] = made_small([one], min(working))
            picture, self.state = stylized_frame(self._stylizer, one, self._look_at(time), self.state)
            picture = made_large(replace(one, image=picture)).image
        return back(picture[None])

    def reset(self) -> None:
        """Forgets what was seen: a cut."""
        self.state = None

    def _look_at(self, seconds: Fraction) -> Look:
        from allaprima.engines import Look

        return self._look if isinstance(self._look, Look) else self._look.at(seconds, self._clock)


def looks_of(style: Style | Track | Sequence[Style], strength: float | Sequence[float] | None,
             preserve_color: PreserveColor, batch: Batch, photoreal: float = 0.0) -> list[Look]:
    """The look of every picture of a batch; raises OptionError where there are not as many as pictures."""
    from allaprima.engines import Look
    from allaprima.engines.color import palette_of

    count = len(batch)
    styles = list(style) if isinstance(style, Sequence) else [style] * count
    strengths = list(strength) if isinstance(strength, Sequence) else [strength] * count
    if len(styles) != count or len(strengths) != count:
        raise OptionError(f"{len(styles)} styles and {len(strengths)} strengths are given for {count} pictures",
                          "give one for all, or one for each")
    known: dict[tuple[int, float | None], Look | Track] = {}
    for one, share in zip(styles, strengths, strict=True):
        if (id(one), share) not in known:
            known[id(one), share] = asked_for(one, share, preserve_color, photoreal)
    asked = [known[id(one), share] for one, share in zip(styles, strengths, strict=True)]
    return [look if isinstance(look, Look) else look.in_colors_of(palette_of(picture)).at(Fraction(0))
            for look, picture in zip(asked, batch, strict=True)]


def painted(engine: Engine, batch: Batch, looks: Sequence[Look], detail: Detail) -> Batch:
    """The batch painted, so many at once as the engine likes; those that want the same working height together."""
    import numpy as np

    from allaprima.engines import at_detail, in_own_colors
    from allaprima.engines.photoreal import photoreal
    from allaprima.pipeline.looks.brush import working_height

    heights = [working_height(detail, look) for look in looks]
    parts = []
    begin = 0
    while begin < len(batch):
        end = begin + 1
        while end < len(batch) and end - begin < engine.batch_size and heights[end] == heights[begin]:
            end += 1
        part = slice(begin, end)
        images, _ = at_detail(engine, heights[begin]).stylize(batch[part], looks[part])
        parts.append(photoreal(batch[part], in_own_colors(batch[part], images, looks[part]), looks[part]))
        begin = end
    return parts[0] if len(parts) == 1 else cast("Batch", np.concatenate(parts))
