"""A still picture: read, painted, written."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

from allaprima.config import ImageOptions
from allaprima.engines import Engine, Look, at_detail, in_own_colors
from allaprima.engines.color import palette_of
from allaprima.engines.photoreal import photoreal
from allaprima.errors import OptionError
from allaprima.frames import Frame, Pixels, StreamInfo
from allaprima.functional.hidden import filled
from allaprima.io.outputs import check_output, written_file
from allaprima.io.plates.files import is_plate
from allaprima.io.plates.managed import ManagedPlates, marks_of, refuse_mixed
from allaprima.io.still.marks import marked
from allaprima.io.still.picture import Picture, as_uint8, as_uint16
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import encoder, write_image
from allaprima.pipeline.jobs.seamless import stylized_seamless
from allaprima.pipeline.jobs.settings import settings_of
from allaprima.pipeline.looks.brush import working_height
from allaprima.pipeline.looks.files import files_of
from allaprima.pipeline.looks.tracks import STILL, Track
from allaprima.pipeline.resizing import resized


@dataclass(frozen=True, slots=True)
class StillReport:
    """What became of one picture; ``warnings`` are sentences for its owner."""

    input: Path
    output: Path
    width: int
    height: int
    seconds: float
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()


def paint_still(path: Path, output: Path, engine: Engine, look: Look | Track,
                options: ImageOptions = ImageOptions()) -> StillReport:  # noqa: B008  an immutable value
    """Paints the picture at ``path`` into ``output``, at its own size and depth; gives back what became of it.

    look: a track is taken as it is at its beginning.
    """
    started = time.perf_counter()
    refuse_mixed(path, output, options.management)
    if not is_plate(output):
        encoder(output)  # refuses an unknown format before any work is done
    elif options.size is not None or options.depth is not None:
        raise OptionError("a plate keeps its size and its depth", "leave out --size and --depth, or write .tif")
    inputs = [path, *files_of(look)]
    check_output(output, inputs, overwrite=options.overwrite)
    plates = ManagedPlates([path], options.management, options.max_pixels) if is_plate(path) else None
    picture, *layers = read_pictures(path, engine, plates, output, options)
    if isinstance(look, Track):
        content = StreamInfo(picture.width, picture.height, Fraction(1),
                             corner=(0, 0) if plates is None else (plates.canvas.x, plates.canvas.y))
        palette = palette_of(picture.image, picture.alpha)
        frame = Frame(picture.image, picture.alpha, 0, None, 0)
        beside = look.beside(content, STILL, lambda: 1, lambda: iter([frame]))
        look = beside.in_colors_of(palette).at(Fraction(0))
    if options.seamless and look.photoreal > 0:
        raise OptionError("what stays a photograph has no seams taken out of it",
                          "leave out --photoreal, or --seamless")
    if options.size is not None:
        width, height = options.size.of(picture.width, picture.height)
        alpha = None if picture.alpha is None else resized(picture.alpha, width, height)
        picture = replace(picture, image=resized(picture.image, width, height), alpha=alpha)
    if options.depth is not None:
        picture = at_depth(picture, options.depth)
    result = replace(picture, image=painted_image(picture.image, engine, look, options),
                     exif=marked(picture.exif) if options.keep_metadata else None)
    if plates is not None and is_plate(output):
        layers = [replace(layer, image=painted_image(layer.image, engine, look, options)) for layer in layers]
        data = plates.encode(path, (result, *layers), output, marks_of(settings_of(engine, look, None)))
        with written_file(output, overwrite=options.overwrite) as file:
            file.write(data)
        warnings: tuple[str, ...] = ()
    else:
        warnings = write_image(output, result, inputs=inputs, overwrite=options.overwrite)
    notes = metadata_notes(picture, output, options) if plates is None else plates.notes
    return StillReport(path, output, picture.width, picture.height, time.perf_counter() - started,
                       (*picture.warnings, *warnings), notes)


def read_pictures(path: Path, engine: Engine, plates: ManagedPlates | None, output: Path,
                  options: ImageOptions) -> list[Picture]:
    """The picture at a path, or one for every painted layer of a plate; nothing hides under full transparency."""
    if plates is None:
        pictures: tuple[Picture, ...] = (read_image(path, max_pixels=options.max_pixels),)
    else:
        plates.check_target(output)
        pictures = plates.read_layers(path)
    if engine.name == "none":
        return list(pictures)
    return [replace(picture, image=filled(picture.image, picture.alpha)) for picture in pictures]


def painted_image(image: Pixels, engine: Engine, look: Look, options: ImageOptions) -> Pixels:
    """An image (H, W, 3) painted in a look as the options say."""
    painted = (stylized_seamless(engine, image[None], [look]) if options.seamless
               else at_detail(engine, working_height(options.detail, look)).stylize(image[None], [look])[0])
    return cast(Pixels, photoreal(image[None], in_own_colors(image[None], painted, [look]), [look])[0])


def metadata_notes(picture: Picture, output: Path, options: ImageOptions) -> tuple[str, ...]:
    """A sentence for what of a picture's metadata is not in its result, where there is any."""
    if not options.keep_metadata:
        return ("its metadata was left out, as asked",) if picture.exif or picture.left else ()
    texts = ("of EXIF all but the texts",) if picture.exif and output.suffix.lower() in (".tif", ".tiff") else ()
    left = [*texts, *picture.left]
    return (f"not kept of its metadata: {', '.join(left)}",) if left else ()


def at_depth(picture: Picture, depth: Literal[8, 16]) -> Picture:
    """The picture with that many bits a channel: what a network adds between two levels is kept with 16."""
    convert = as_uint16 if depth == 16 else as_uint8
    alpha = None if picture.alpha is None else convert(picture.alpha)
    return replace(picture, image=convert(picture.image), alpha=alpha)
