"""A renderer's motion given to the frames of a sequence, in the place of what would be found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from allaprima.config import MotionVectors, Temporal
from allaprima.errors import OptionError
from allaprima.frames import Frame
from allaprima.io.plates.channels import parsed_channel
from allaprima.io.plates.plate import Window
from allaprima.io.plates.vectors import PlateMotion
from allaprima.io.sequence.patterns import FramePattern, parsed_pattern
from allaprima.io.sequence.sequences import SequenceSource
from allaprima.pipeline.looks.masks import mask_digest
from allaprima.temporal.proxies import proxy_size


def opened_motion(options: MotionVectors | None, source: SequenceSource, temporal: Temporal,
                  max_pixels: int) -> PlateMotion | None:
    """The motion of a sequence's frames, None where none is given; raises OptionError where it would serve nothing."""
    if options is None:
        return None
    if temporal == "off":
        raise OptionError("motion vectors hold frames steady, and --temporal off does not", "leave out one of them")
    place = (Window(0, 0, source.info.width, source.info.height) if source.plates is None else source.plates.canvas)
    return PlateMotion(options, source.numbers, place, max_pixels)


def with_motion(frames: Iterable[Frame], motion: PlateMotion | None, numbers: Sequence[int]) -> Iterator[Frame]:
    """The frames with the motion from the one before, where that was handed out; ``numbers``: of all, by index."""
    last: int | None = None
    for frame in frames:
        if motion is not None and last is not None and frame.index == last + 1:
            vectors = motion.vectors(numbers[frame.index], numbers[last], proxy_size(*frame.image.shape[:2]))
            frame = replace(frame, motion=vectors,
                            layers=tuple(replace(layer, motion=vectors) for layer in frame.layers))
        last = frame.index
        yield frame


def motion_settings(options: MotionVectors | None, own: FramePattern) -> dict[str, str]:
    """All of given motion that changes pixels, by name; the sequence's ``own`` files are known by their hashes."""
    if options is None:
        return {}
    digests = [mask_digest(path) for path in (options.path, options.depth)
               if path is not None and str(parsed_pattern(parsed_channel(path)[0])) != str(own)]
    said = (str(options.path), options.direction, *map(str, options.scale), str(options.offset), str(options.depth))
    return {"motion": " ".join((*said, *digests))}
