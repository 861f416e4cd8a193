"""Masks read beside what they mask: a picture for all frames, numbered frames or a film aligned with it by time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.curves import Clock
from allaprima.engines.color import LUMA
from allaprima.errors import OptionError, SourceError
from allaprima.frames import FULL_SCALE, Frame, Pixels, Source, StreamInfo
from allaprima.io.film.counting import frames_shown
from allaprima.io.film.source import VideoSource
from allaprima.io.plates.channels import parsed_channel
from allaprima.io.plates.mattes import check_matte, is_matte, read_matte
from allaprima.io.plates.plate import Window
from allaprima.io.sequence.manifests import file_hash
from allaprima.io.sequence.patterns import is_pattern, parsed_pattern
from allaprima.io.sequence.sequences import SequenceSource
from allaprima.io.still.picture import DEFAULT_MAX_PIXELS
from allaprima.io.still.reading import PICTURE_SUFFIXES, read_image
from allaprima.plurals import counted

SHAPE_TOLERANCE = 0.02  # sides are rounded when a mask is made smaller
Mask = NDArray[np.float32]
MaskAt = Callable[[Fraction], Mask]
Counted = Callable[[], int | None]


def open_mask(path: Path, content: StreamInfo, clock: Clock, counted: Counted | None = None) -> MaskAt:
    """The mask (H, W), 0 to 1, at each time of the content; white is 1, black 0, and so is what is transparent.

    counted: gives the number of the content's frames, so that a mask of another length is refused; None for an excerpt.
    Raises OptionError where the mask's shape, length or rate is not the content's, SourceError where it cannot be read.
    """
    if is_matte(path):
        return matte_mask(path, content, clock, counted)
    if is_pattern(path):
        return numbered_mask(SequenceSource(path), path, content, clock, counted)
    if path.suffix.lower() in PICTURE_SUFFIXES:
        picture = read_image(path)
        check_size(path, picture.width, picture.height, content)
        mask = as_mask(picture.image, picture.alpha)
        return lambda seconds: mask
    source = VideoSource(path)
    check_size(path, source.info.width, source.info.height, content)
    if source.info.frame_rate != content.frame_rate:
        raise OptionError(f"the mask {path} has {rate_text(source.info)} frames a second, the content "
                          f"{rate_text(content)}", "export the mask at the content's frame rate")
    if counted is not None and source.info.frame_count != content.frame_count:
        check_count(path, frames_in(source), counted())
    return MaskFilm(source).at


def numbered_mask(source: SequenceSource, path: Path, content: StreamInfo, clock: Clock,
                  counted: Counted | None) -> MaskAt:
    """Masks in numbered files: by the content's own numbers, the first one for the first frame where it has none."""
    check_size(path, source.info.width, source.info.height, content)

    def read(file: Path) -> Mask:
        picture = read_image(file)
        return as_mask(picture.image, picture.alpha)

    return by_number(path, source.numbers, source.path, read, content.frame_rate or source.info.frame_rate, content,
                     clock, counted)


def matte_mask(path: Path, content: StreamInfo, clock: Clock, counted: Counted | None) -> MaskAt:
    """A channel of a plate, or of numbered ones by the content's own numbers, laid where the content's pixels are."""
    file, channel = parsed_channel(path)
    place = Window(*content.corner, content.width, content.height)
    if not is_pattern(file):
        check_matte([file], channel, DEFAULT_MAX_PIXELS)
        mask = read_matte(file, channel, place, DEFAULT_MAX_PIXELS)
        return lambda seconds: mask
    pattern = parsed_pattern(file)
    numbers = pattern.numbers()
    if not numbers:
        raise SourceError(f"found no frames of the mask {file}", "check the name and the numbers")
    check_matte(map(pattern.path, numbers), channel, DEFAULT_MAX_PIXELS)
    return by_number(path, numbers, pattern.path, lambda one: read_matte(one, channel, place, DEFAULT_MAX_PIXELS),
                     content.frame_rate, content, clock, counted)


def by_number(path: Path, numbers: Sequence[int], file_of: Callable[[int], Path], read: Callable[[Path], Mask],
              rate: Fraction | None, content: StreamInfo, clock: Clock, counted: Counted | None) -> MaskAt:
    """The mask of the number that the content's frame has at each time; ``rate`` is in frames a second."""
    if counted is not None and len(numbers) != content.frame_count:
        check_count(path, len(numbers), counted())
    first, there = clock.first_frame or numbers[0], frozenset(numbers)

    def at(seconds: Fraction) -> Mask:
        number = first + round(seconds * (rate or 1))
        if number not in there:
            raise OptionError(f"there is no mask {file_of(number)} for the frame at {float(seconds):g} s",
                              "give a mask for every frame")
        return read(file_of(number))

    return at


class MaskFilm:
    """A film of masks, read on as time goes on, and from its beginning again where time goes back."""

    def __init__(self, source: VideoSource) -> None:
        self._source = source
        self._clock = Clock(source.info.time_base, source.info.frame_rate, source.beginning)
        self._frames: Iterator[Frame] = iter(())
        self._latest: tuple[Fraction, Mask] | None = None

    def at(self, seconds: Fraction) -> Mask:
        """The mask at that time: the frame nearest to it, at most half a frame away."""
        near = 1 / (2 * self._source.info.frame_rate) if self._source.info.frame_rate else Fraction(1, 50)
        if self._latest is None or self._latest[0] > seconds + near:
            self._frames, self._latest = iter(self._source), None
        while self._latest is None or self._latest[0] < seconds - near:
            frame = next(self._frames, None)
            if frame is None:
                break
            self._latest = self._clock.seconds(frame.pts), as_mask(frame.image, frame.alpha)
        if self._latest is None or abs(self._latest[0] - seconds) > near:
            raise OptionError(f"the mask {self._source.path} has no frame at {float(seconds):g} s",
                              "give a mask as long as the content, with the same times")
        return self._latest[1]


def as_mask(picture: Pixels, alpha: Pixels | None) -> Mask:
    """A picture (H, W, 3) as a mask: its luma, 0 to 1, as far as alpha (H, W) shows it."""
    import cv2

    full = FULL_SCALE[picture.dtype.name]
    # Not by numpy's product, whose threads would go on spinning beside the network from frame to frame.
    luma = cv2.transform(picture.astype(np.float32), np.array([LUMA], np.float32) / np.float32(full))
    return cast(Mask, luma if alpha is None else luma * (alpha.astype(np.float32) / np.float32(full)))


def check_size(path: Path, width: int, height: int, content: StreamInfo) -> None:
    """Raises OptionError unless the mask has the content's shape; of another size it is scaled to it."""
    if abs(width * content.height / (height * content.width) - 1) > SHAPE_TOLERANCE:
        raise OptionError(f"the mask {path} is {width}x{height}, the content {content.width}x{content.height}: another "
                          "shape", "make masks of the content's own proportions; other sizes are scaled")


def check_count(path: Path, count: int | None, of_content: int | None) -> None:
    """Raises OptionError where both lengths are known and differ."""
    if None not in (count, of_content) and count != of_content:
        raise OptionError(f"the mask {path} has {counted(count or 0, 'frame')}, the content {of_content}",
                          "give a mask for every frame, or one picture for all")


def frames_in(source: Source) -> int | None:
    """How many frames a source shows: a film's are counted, since its header may tell those of its sound's length."""
    return frames_shown(source.path) if isinstance(source, VideoSource) else source.info.frame_count


def rate_text(info: StreamInfo) -> str:
    """A frame rate as people write it."""
    return "an unknown number of" if info.frame_rate is None else f"{float(info.frame_rate):.6g}"


def mask_digest(path: Path) -> str:
    """Changes with what is in the mask's file or files."""
    file, channel = parsed_channel(path)
    paths = [file]
    if is_pattern(file):
        pattern = parsed_pattern(file)
        paths = [pattern.path(number) for number in pattern.numbers()]
    names = [file_hash(one) for one in paths]
    if None in names:
        raise SourceError(f"cannot read the mask {path}", "check the name, and that you may read it")
    return hashlib.sha256(" ".join([*map(str, names), *filter(None, [channel])]).encode()).hexdigest()[:16]
