"""Plates read from files and turned into files again, by OpenImageIO: whole, bit for bit, nothing assumed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import MissingExtra, SinkError, SourceError
from allaprima.io.plates.checking import difference_of
from allaprima.io.plates.plate import Part, Plate, Samples
from allaprima.io.size_limit import remedy_for

if TYPE_CHECKING:
    import OpenImageIO

PLATE_SUFFIXES = frozenset((".exr", ".dpx", ".cin", ".hdr", ".rgbe"))
WRITTEN_SUFFIXES = frozenset((".exr", ".dpx"))
MAX_CHANNELS = 1024  # cryptomatte and a renderer's passes come to some hundred
MAX_PARTS = 256
MAX_SAMPLES = 3_000_000_000
"""Samples of all channels and parts together: 12 GB of floats."""
MARK = "allaprima:allaprima"
"""The attribute of a header that says by which version of this program a plate was painted."""
_AGAIN = "export it anew, or copy it again from where it came from"


def is_plate(path: Path) -> bool:
    """Whether a name is that of a plate."""
    return path.suffix.lower() in PLATE_SUFFIXES


def library() -> ModuleType:
    """The package OpenImageIO; raises MissingExtra."""
    try:
        import OpenImageIO
    except ImportError:
        raise MissingExtra("openimageio", "film", "reading and writing OpenEXR, DPX and Cineon") from None
    OpenImageIO.attribute("threads", 1)  # frames are painted beside it
    OpenImageIO.attribute("exr_threads", -1)
    return OpenImageIO


def read_headers(path: Path, max_pixels: int) -> tuple[tuple[OpenImageIO.ImageSpec, ...], str]:
    """The headers of all parts, and the format's name; raises SourceError, for bombs before anything is decoded."""
    with _opened(path) as file:
        return _headers(path, file, max_pixels), str(file.format_name())


def read_plate(path: Path, max_pixels: int) -> Plate:
    """The plate in a file. Raises SourceError where it is damaged, deep or larger than allowed."""
    with _opened(path) as file:
        specs = _headers(path, file, max_pixels)
        parts = []
        for number, spec in enumerate(specs):
            samples = _samples(file, number, spec, 0, spec.nchannels)
            if samples is None:
                raise SourceError(f"cannot read the plate {path}: {_reason(file.geterror())}", _AGAIN)
            parts.append(Part(spec, samples))
        return Plate(tuple(parts), str(file.format_name()))


def read_channels(path: Path, places: Sequence[tuple[int, int]]) -> list[Samples]:
    """Single channels (H, W) of a file whose headers were looked at, by part and place; raises SourceError."""
    with _opened(path) as file:
        read: dict[int, tuple[int, Samples]] = {}
        for part in {part for part, _ in places}:  # at once: every channel is decompressed with all of its part
            channels = [channel for own, channel in places if own == part]
            file.seek_subimage(part, 0)
            samples = _samples(file, part, file.spec(), min(channels), max(channels) + 1)
            if samples is None:
                raise SourceError(f"cannot read the plate {path}: {_reason(file.geterror())}", _AGAIN)
            read[part] = min(channels), samples
        return [read[part][1][..., channel - read[part][0]] for part, channel in places]


def is_painted_plate(path: Path) -> bool:
    """Whether a plate's header says that it was painted here; raises SourceError where it cannot be read."""
    specs, _ = read_headers(path, MAX_SAMPLES)
    return any(spec.getattribute(MARK) is not None for spec in specs)


def plate_bytes(plate: Plate, beside: Path) -> bytes:
    """The file of a plate as it will stand at a path, in whose folder it lies for a moment.

    The same plate gives the same bytes: a file that says no date says none afterwards. Raises SinkError where it cannot
    be written, or holds other samples than were meant when it is read back.
    """
    library_ = library()
    with tempfile.TemporaryDirectory(prefix=".allaprima-", dir=beside.parent) as folder:
        path = Path(folder) / beside.name
        file = library_.ImageOutput.create(str(path))
        if file is None:
            raise SinkError(f"cannot write {beside}: {_reason(library_.geterror())}", "write .exr or .dpx")
        try:
            if not _write(file, path, plate):
                raise SinkError(f"cannot write {beside}: {_reason(file.geterror())}",
                                "check the free space, or write another format")
        finally:
            closed = file.close()
        if not closed:
            raise SinkError(f"cannot write {beside}: {_reason(file.geterror())}", "check the free space")
        _check(plate, path, beside)
        return path.read_bytes()


def _check(plate: Plate, path: Path, shown_as: Path) -> None:
    """Raises SinkError unless the file holds the samples of the plate."""
    try:
        different = difference_of(plate, read_plate(path, MAX_SAMPLES))
    except SourceError as error:
        raise SinkError(f"cannot write {shown_as}: what was written cannot be read back ({error})",
                        "check the disk and the memory") from error
    if different is not None:
        raise SinkError(f"cannot write {shown_as}: what was written reads back with {different}",
                        "check the memory, or write another format")


def same_plate(plate: Plate, other: Plate) -> bool:
    """Whether two plates hold the same samples, bit for bit, in the same windows and channels."""
    return len(plate.parts) == len(other.parts) and all(
        one.window == two.window and tuple(one.spec.channelnames) == tuple(two.spec.channelnames)
        and one.samples.dtype == two.samples.dtype
        and np.ascontiguousarray(one.samples).tobytes() == np.ascontiguousarray(two.samples).tobytes()
        for one, two in zip(plate.parts, other.parts, strict=True))


@contextmanager
def _opened(path: Path) -> Iterator[OpenImageIO.ImageInput]:
    oiio = library()
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise SourceError(f"cannot read the plate {path}: {error.strerror or error}",
                          "check the name, and that you may read it") from error
    if empty:
        raise SourceError(f"cannot read the plate {path}: it is empty (0 bytes)", _AGAIN)
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 0)
    file = oiio.ImageInput.open(str(path), config)
    if file is None:
        raise SourceError(f"cannot read the plate {path}: {_reason(oiio.geterror())}", _AGAIN)
    try:
        yield file
    finally:
        file.close()


def _headers(path: Path, file: OpenImageIO.ImageInput, max_pixels: int) -> tuple[OpenImageIO.ImageSpec, ...]:
    specs: list[OpenImageIO.ImageSpec] = []
    samples = 0
    while file.seek_subimage(len(specs), 0):
        spec = file.spec()
        if spec.deep:
            raise SourceError(f"cannot read the plate {path}: it is a deep picture, with several samples a pixel",
                              "flatten it in the compositor (DeepToImage), and paint that")
        if spec.width * spec.height > max_pixels:
            raise SourceError(f"cannot read the plate {path}: its header says {spec.width}x{spec.height} pixels, more "
                              f"than the {max_pixels} allowed", remedy_for(spec.width, spec.height))
        samples += spec.width * spec.height * spec.nchannels
        specs.append(spec)
        if spec.nchannels > MAX_CHANNELS or len(specs) > MAX_PARTS or samples > MAX_SAMPLES or spec.depth > 1:
            raise SourceError(f"cannot read the plate {path}: its header says {spec.nchannels} channels in part "
                              f"{len(specs)}, {samples} samples in all", "write the layers into several files")
    file.geterror()  # that there is no further part is no error
    return tuple(specs)


def _samples(file: OpenImageIO.ImageInput, number: int, spec: OpenImageIO.ImageSpec, first: int,
             end: int) -> Samples | None:
    """Some channels of a part in a type that holds all of its samples exactly; None where they cannot be read."""
    names = {str(one) for one in spec.channelformats} or {str(spec.format)}
    wanted = ("uint8" if names == {"uint8"} else "uint16" if names <= {"uint8", "uint16"}
              else "float" if names <= {"half", "float", "uint8", "uint16"} else "double")
    read = file.read_image(number, 0, first, end, wanted)
    error = file.geterror()
    if read is None or error:
        return None
    samples: NDArray[np.generic] = np.asarray(read).reshape(spec.height, spec.width, end - first)
    return samples  # type: ignore[return-value]


def _write(file: OpenImageIO.ImageOutput, path: Path, plate: Plate) -> bool:
    specs = [_dated(part.spec) for part in plate.parts]
    several = len(specs) > 1
    if several and not file.supports("multiimage"):
        return False
    if not (file.open(str(path), tuple(specs)) if several else file.open(str(path), specs[0])):
        return False
    for number, part in enumerate(plate.parts):
        if number and not file.open(str(path), specs[number], "AppendSubimage"):
            return False
        if not _write_part(file, part):
            return False
    return True


def _dated(spec: OpenImageIO.ImageSpec) -> OpenImageIO.ImageSpec:
    """A header that OpenImageIO does not give the present moment to, which would differ from run to run."""
    if spec.getattribute("DateTime") is None:
        spec = library().ImageSpec(spec)
        spec.attribute("DateTime", "")
    return spec


def _write_part(file: OpenImageIO.ImageOutput, part: Part) -> bool:
    spec, samples = part.spec, np.ascontiguousarray(part.samples)
    if spec.tile_width:
        return bool(file.write_tiles(spec.x, spec.x + spec.width, spec.y, spec.y + spec.height, 0, 1, samples))
    return bool(file.write_image(samples))


def _reason(text: str) -> str:
    """A sentence of OpenImageIO's, without the name of the file that it was about."""
    line = str(text).strip().splitlines()[0] if str(text).strip() else "it is damaged"
    return line[:300]
