"""Numbered frames in files: read as a source, written as a sink that can go on after any kill."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from allaprima.config import ColorManagement
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.frames import ColorTags, Frame, StreamInfo
from allaprima.io.locks import OutputLock
from allaprima.io.outputs import Outputs, move_into_place, sink_error, synced
from allaprima.io.plates.files import WRITTEN_SUFFIXES, is_plate
from allaprima.io.plates.managed import ManagedPlates, marks_of
from allaprima.io.sequence.manifests import Manifest, Settings, file_hash
from allaprima.io.sequence.patterns import FramePattern, gaps, parsed_pattern, spans
from allaprima.io.still.picture import DEFAULT_MAX_PIXELS, Picture, as_uint16
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import encoder
from allaprima.plurals import counted

FILM_RATE = Fraction(24)


class SequenceSource:
    """The frames of ``shot.%04d.png`` in the order of their numbers; a Source.

    frames: the numbers wanted, all that exist when None. A number without a file is an error unless ``allow_gaps``.
    Plates (.exr, .dpx) are shown as pictures by ``management``; ``plates`` takes them back, None for other pictures.
    A frame's pts is its number less the first one, in units of 1/rate; all frames are as large and deep as the first.
    ``icc_profile`` and ``warnings`` are the first frame's. Raises SourceError, and OptionError for a bad pattern.
    """

    def __init__(self, pattern: Path, *, frames: range | None = None, allow_gaps: bool = False,
                 rate: Fraction = FILM_RATE, max_pixels: int = DEFAULT_MAX_PIXELS,
                 management: ColorManagement = ColorManagement()) -> None:  # noqa: B008  an immutable value
        self.pattern = parsed_pattern(pattern)
        self.numbers = _numbers(self.pattern, frames, allow_gaps)
        self._chosen, self._rate, self._max_pixels = self.numbers, rate, max_pixels
        self.plates = (ManagedPlates([self.path(number) for number in self.numbers], management, max_pixels)
                       if is_plate(self.path(self.numbers[0])) else None)
        first = self._pictures(self.numbers[0])[0]
        self.icc_profile, self.warnings = first.icc_profile, first.warnings
        self._shape, self._dtype = first.image.shape, first.image.dtype
        self.info = StreamInfo(
            first.width, first.height, 1 / rate, rate, len(self.numbers), color=ColorTags("rgb", "full"),
            bit_depth=8 if first.image.dtype == np.uint8 else 16, has_alpha=first.alpha is not None,
            corner=(0, 0) if self.plates is None else (self.plates.canvas.x, self.plates.canvas.y))

    def path(self, number: int) -> Path:
        """The file of a frame's number."""
        return self.pattern.path(number)

    def number_of(self, frame: Frame) -> int:
        """The number of a frame of this source."""
        return self.numbers[0] + frame.pts

    def choose(self, numbers: Sequence[int]) -> None:
        """Hand out only these numbers from now on, with their times and indices in the whole; raises ValueError."""
        if not set(numbers) <= set(self.numbers):
            raise ValueError(f"frames {spans(set(numbers) - set(self.numbers))} are not of this sequence")
        self._chosen = tuple(sorted(numbers))
        self.info = replace(self.info, frame_count=len(self._chosen))

    def __iter__(self) -> Iterator[Frame]:
        places = {number: index for index, number in enumerate(self.numbers)}
        for number in self._chosen:
            pictures = self._pictures(number)
            self._check(number, pictures[0])
            frame, *layers = (Frame(picture.image, picture.alpha, number - self.numbers[0], 1, places[number])
                              for picture in pictures)
            yield replace(frame, layers=tuple(layers)) if layers else frame

    def _pictures(self, number: int) -> tuple[Picture, ...]:
        path = self.path(number)
        if self.plates is None:
            return (read_image(path, max_pixels=self._max_pixels),)
        return self.plates.read_layers(path)

    def _check(self, number: int, picture: Picture) -> None:
        if picture.image.shape != self._shape or picture.image.dtype != self._dtype:
            width, height = self._shape[1], self._shape[0]
            raise SourceError(
                f"frame {self.path(number)} is {picture.width}x{picture.height} of {picture.image.dtype}, "
                f"the first one is {width}x{height} of {self._dtype}", "export all frames of a shot alike")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Nothing stays open between frames."""


def _numbers(pattern: FramePattern, frames: range | None, allow_gaps: bool) -> tuple[int, ...]:
    existing = pattern.numbers()
    frames = pattern.span if frames is None else frames
    if frames is None:
        frames = range(existing[0], existing[-1] + 1) if existing else range(0)
    found = tuple(number for number in existing if number in frames)
    if not found:
        there = f"; there are {spans(existing)}" if existing else ""
        wanted = f" {gaps((), frames)}" if frames else ""
        raise SourceError(f"found no frames{wanted} of {pattern}{there}", "check the name and the numbers")
    if len(found) < len(frames) and not allow_gaps:
        raise SourceError(f"{len(frames) - len(found)} of {len(frames)} frames of {pattern} are missing: "
                          f"{gaps(found, frames)}", "--allow-gaps goes on without them")
    return found


class SequenceSink:
    """Writes frames as ``out.%04d.png`` or ``.tif``, 8 or 16 bits as they come, or onto plates; a Sink.

    Each frame is written under a temporary name, synced, read back, compared, moved into place and noted in a manifest
    beside the frames. numbers: all frames of the render. number_of: a frame's number. settings: all that changes
    pixels, the tool's version and the weights' hash included. input_of: the file a frame is made from, hashed into the
    manifest. inputs: other files that the run reads, none of which is ever written over.

    ``todo`` holds the numbers to render: all, or with ``resume`` those missing, damaged, or made from another input.
    A frame that is not of them is passed over by ``write``, so that a temporal stage may start earlier. Raises
    SinkError where frames exist already, where settings changed since the render that is resumed, or where another run
    is writing some of the same frames. manifest: of a run over a part of a render, which has planned all of it: frames
    that the manifest knows and that are good are kept, all others are rendered.
    """

    def __init__(self, pattern: Path, numbers: Sequence[int], *, number_of: Callable[[Frame], int], settings: Settings,
                 input_of: Callable[[int], Path] | None = None, inputs: Iterable[Path] = (),
                 icc_profile: bytes | None = None, resume: bool = False, overwrite: bool = False,
                 plates: ManagedPlates | None = None, manifest: Path | None = None) -> None:
        self.pattern = parsed_pattern(pattern)
        onto_plates = self.pattern.suffix in WRITTEN_SUFFIXES
        if not onto_plates and self.pattern.suffix not in (".png", ".tif", ".tiff"):
            raise OptionError(f"cannot write {self.pattern}: sequences are written as PNG, TIFF, OpenEXR or DPX",
                              "end the name in .png, .tif or .exr")
        if onto_plates and (plates is None or input_of is None):
            raise OptionError(f"cannot write {self.pattern}: plates are made of plates", "end the name in .png or .tif")
        self._number_of, self._input_of, self._icc_profile = number_of, input_of, icc_profile
        self._plates = plates if onto_plates else None
        self._marks = marks_of(settings)
        if not onto_plates:
            encoder(self.pattern.path(0))
        self._check(numbers, inputs)
        self._lock = OutputLock(pattern, range(min(numbers), max(numbers) + 1))
        with self._lock:  # another run says so at once
            pass
        self.manifest = Manifest(manifest or manifest_beside(self.pattern), settings)
        if manifest is not None:
            self.todo = tuple(number for number in numbers if not self._is_good(number))
        else:
            self.todo = tuple(numbers) if overwrite else self._missing(numbers, resume)
        self._wanted = frozenset(self.todo)

    def _check(self, numbers: Sequence[int], inputs: Iterable[Path]) -> None:
        if not numbers:
            raise SinkError(f"cannot write {self.pattern}: there are no frames to write")
        own = () if self._input_of is None else map(self._input_of, numbers)
        manifest = manifest_beside(self.pattern)
        outputs = Outputs((*own, *inputs), overwrite=True)  # which of them exist is told of all at once
        outputs.claim_all([self._temporary(max(numbers)), *map(self.pattern.path, numbers), manifest])

    def _missing(self, numbers: Sequence[int], resume: bool) -> tuple[int, ...]:
        existing = [number for number in numbers if os.path.lexists(self.pattern.path(number))]
        if existing and not resume:
            raise SinkError(f"{len(existing)} of {len(numbers)} frames of {self.pattern} exist already: "
                            f"{spans(existing)}", "--resume renders what is missing, --overwrite renders all anew")
        unknown = [number for number in existing if number not in self.manifest.frames]
        if len(unknown) == len(existing) > 0:
            raise SinkError(f"cannot resume {self.pattern}: the manifest {self.manifest.path.name} knows none of the "
                            f"{counted(len(existing), 'frame')} that exist", "--overwrite renders all anew")
        changed = {number: changes for number in existing if (changes := self.manifest.changes(number))}
        if changed:
            phrases = "; ".join(next(iter(changed.values())))
            raise SinkError(f"cannot resume {self.pattern}: frames {spans(changed)} were rendered with {phrases}",
                            "use the settings of before, or --overwrite to render all anew")
        with ThreadPoolExecutor() as pool:  # hashing lets other threads run
            good = pool.map(self._is_good, existing)
            done = {number for number, is_good in zip(existing, good, strict=True) if is_good}
        return tuple(number for number in numbers if number not in done)

    def _is_good(self, number: int) -> bool:
        rendered = self.manifest.frames.get(number)
        if rendered is None or self.manifest.changes(number) or file_hash(self.pattern.path(number)) != rendered.output:
            return False
        return self._input_of is None or file_hash(self._input_of(number)) == rendered.input

    def write(self, frame: Frame) -> None:
        """Write one frame of ``todo``, whole and checked, and pass over any other; raises SinkError."""
        number = self._number_of(frame)
        if number not in self._wanted:
            return
        path, temporary = self.pattern.path(number), self._temporary(number)
        picture = self._storable(frame)
        data = self._encoded(number, (picture, *map(self._storable, frame.layers)))
        try:
            temporary.unlink(missing_ok=True)
            with temporary.open("xb") as file:  # never what a link leads to
                file.write(data)
                synced(file)
            self._verify(path, temporary, data, picture)
            move_into_place(temporary, path, overwrite=True)
        except OSError as error:
            raise sink_error(path, error) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        input_hash = None if self._input_of is None else file_hash(self._input_of(number))
        self.manifest.add(number, input_hash, hashlib.sha256(data).hexdigest())

    def _encoded(self, number: int, pictures: Sequence[Picture]) -> bytes:
        path = self.pattern.path(number)
        if self._plates is None or self._input_of is None:
            return encoder(path)(pictures[0])
        return self._plates.encode(self._input_of(number), pictures, path, self._marks)

    def _verify(self, path: Path, temporary: Path, data: bytes, picture: Picture) -> None:
        if temporary.read_bytes() != data:
            raise SinkError(f"cannot write {path}: the disk gives back other bytes", "check the disk")
        if self._plates is None:
            _verify(path, temporary, picture)  # the samples of a plate were compared when its bytes were made

    def _storable(self, frame: Frame) -> Picture:
        image, alpha = frame.image, frame.alpha
        if image.dtype == np.float32 and self.pattern.suffix == ".png":
            image, alpha = as_uint16(image), None if alpha is None else as_uint16(alpha)
        return Picture(image, alpha, self._icc_profile)

    def _temporary(self, number: int) -> Path:
        """One name for each frame, so that what a kill left behind is written over and not left for ever."""
        path = self.pattern.path(number)
        return path.with_name(f".{path.name}.part")

    def __enter__(self) -> Self:
        self._lock.__enter__()
        for number in self.todo:
            with suppress(OSError):
                self._temporary(number).unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Each frame was finished by itself: only the lock is given back."""
        self._lock.__exit__(kind, error, trace)


def manifest_beside(pattern: FramePattern) -> Path:
    """The file beside a sequence's frames that says what has been rendered of it."""
    return pattern.folder / f"{pattern.shown}.jsonl"


def _verify(path: Path, temporary: Path, picture: Picture) -> None:
    """Raise SinkError unless the file holds the picture meant."""
    try:
        again = read_image(temporary, max_pixels=picture.image.size)
    except SourceError as error:
        raise SinkError(f"cannot write {path}: what was written cannot be read back ({error})",
                        "check the memory") from error
    same_alpha = again.alpha is None if picture.alpha is None else (
        again.alpha is not None and np.array_equal(again.alpha, picture.alpha))
    if not same_alpha or not np.array_equal(again.image, picture.image):
        raise SinkError(f"cannot write {path}: what was written reads back as another picture", "check the memory")
