"""A numbered sequence with all that is to be done to it: what a run over the whole and one over a part of it share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from allaprima.config import SequenceOptions
from allaprima.curves import Clock
from allaprima.engines import Engine, Look, at_detail
from allaprima.errors import OptionError
from allaprima.frames import Frame
from allaprima.io.plates.files import is_plate
from allaprima.io.plates.managed import refuse_mixed
from allaprima.io.plates.vectors import PlateMotion, files_of_motion
from allaprima.io.sequence.manifests import Manifest
from allaprima.io.sequence.patterns import parsed_pattern
from allaprima.io.sequence.sequences import SequenceSink, SequenceSource, manifest_beside
from allaprima.loops.forms import ENTRY, recorded_form, settings_of_form
from allaprima.pipeline.jobs.given_motion import motion_settings, opened_motion, with_motion
from allaprima.pipeline.jobs.settings import form_for, settings_of
from allaprima.pipeline.looks.brush import working_height
from allaprima.pipeline.looks.files import files_behind, files_of
from allaprima.pipeline.looks.looking import stability_on
from allaprima.pipeline.looks.tracks import Track
from allaprima.pipeline.resizing import resized_frames
from allaprima.pipeline.stylizers.stylizer import Stylizer, stylizer_for
from allaprima.pipeline.working import made_small, working_size
from allaprima.runtimes.calls import Moments


@dataclass(frozen=True, slots=True)
class SequenceWork:
    """Numbered frames, found, and what is to be done to them.

    engine: at the working height that was asked for. width, height: of the result. working: of the copies that are
    painted in the frames' place, or None. motion: that was given, in the place of what is found.
    by_loops: whether compiled loops find motion and hold steady.
    """

    source: SequenceSource
    engine: Engine
    look: Look | Track
    options: SequenceOptions
    width: int
    height: int
    working: tuple[int, int] | None
    motion: PlateMotion | None = None
    by_loops: bool = False

    @property
    def run_settings(self) -> dict[str, str]:
        """All that changes pixels, by name."""
        options, plates = self.options, self.source.plates
        return {**settings_of(self.engine, self.look, options.size, options.temporal, options.stability),
                **motion_settings(options.motion, self.source.pattern),
                **({} if plates is None else plates.settings),
                **settings_of_form(self.by_loops)}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says of colours and of motion."""
        plates = self.source.plates
        return (*(() if plates is None else plates.notes), *(() if self.motion is None else (self.motion.note,)))

    def sink(self, output: Path, numbers: Sequence[int], *, manifest: Path | None = None) -> SequenceSink:
        """Where those of the frames go. manifest: of a part, whose frames are all its own."""
        source, options = self.source, self.options
        return SequenceSink(output, numbers, number_of=source.number_of, input_of=source.path,
                            inputs=(*files_of(self.look), *files_behind(*files_of_motion(options.motion))),
                            settings=self.run_settings, icc_profile=source.icc_profile, plates=source.plates,
                            resume=options.resume, overwrite=options.overwrite, manifest=manifest)

    @property
    def layers(self) -> int:
        """How many layers of a frame are painted."""
        return 1 if self.source.plates is None else len(self.source.plates.layers)

    def frames(self, layer: int = 0) -> Iterator[Frame]:
        """The frames that the source hands out, as they are painted. layer: of the further layers, those of one."""
        frames = resized_frames(self.source, self.width, self.height)
        frames = frames if self.working is None else made_small(frames, min(self.working))
        frames = with_motion(frames, self.motion, self.source.numbers)
        return (frame if layer == 0 else frame.layers[layer - 1] for frame in frames)

    def stylizers(self, first_pass: Callable[[int], Mapping[int, Moments]]) -> list[Stylizer]:
        """How each layer is painted over time. first_pass: finds the moments of every shot in a layer."""
        return [stylizer_for(self.options.temporal, self.engine, self.options.stability,
                             stability_at=stability_on(self.look, clock_of(self.source)),
                             first_pass=partial(first_pass, layer)) for layer in range(self.layers)]


def open_sequence(pattern: Path, output: Path, engine: Engine, look: Look | Track,
                  options: SequenceOptions, begun: Mapping[str, object] | None = None) -> SequenceWork:
    """The frames of ``shot.%04d.png``, found, to be painted into ``output``; raises what the options' checks raise.

    begun: the settings of the run that this one paints a part of; None where it is one of its own, which may go on with
    what the manifest beside ``output`` knows.
    """
    engine = at_detail(engine, working_height(options.detail, look))
    refuse_mixed(pattern, output, options.management)
    if is_plate(output) and options.size is not None:
        raise OptionError("a plate keeps its size", "leave out --size, or write .tif")
    source = SequenceSource(pattern, frames=options.frames, allow_gaps=options.allow_gaps,
                            max_pixels=options.max_pixels, management=options.management)
    if source.plates is not None:
        source.plates.check_target(output)
    size = options.size.of(source.info.width, source.info.height) if options.size else None
    width, height = size or (source.info.width, source.info.height)
    motion = opened_motion(options.motion, source, options.temporal, options.max_pixels)
    work = SequenceWork(source, engine, look, options, width, height, working_size(engine, look, width, height), motion)
    if begun is None:
        begun = begun_before(work, output)
    by_loops = form_for(engine, look, options.temporal) if begun is None else recorded_form(begun)
    return replace(work, by_loops=by_loops)


def begun_before(work: SequenceWork, output: Path) -> Mapping[str, object] | None:
    """The settings of the latest frame beside which this run's are to stand, as part of one render; None without any.

    It is the same render whose settings are the same, whatever its form was.
    """
    pattern = parsed_pattern(output)
    replaced = frozenset(work.source.numbers) if work.options.overwrite else frozenset()
    manifest = Manifest(manifest_beside(pattern), work.run_settings)
    return next((settings for number, settings in manifest.alike_but(ENTRY)
                 if number not in replaced and os.path.lexists(pattern.path(number))), None)


def clock_of(source: SequenceSource) -> Clock:
    """The clock of a sequence: the same for all of it and for a part of it."""
    first = source.pattern.numbers()[0]
    time_base = source.info.time_base
    return Clock(time_base, source.info.frame_rate, (first - source.numbers[0]) * time_base, first)
