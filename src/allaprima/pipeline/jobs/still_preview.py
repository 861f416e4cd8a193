"""The first, the middle and the last of several pictures, painted, on one sheet; and what painting all would take."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from allaprima.config import ImageOptions
from allaprima.engines import Engine, Look
from allaprima.errors import Interrupted
from allaprima.io.still.cutouts import read_shown
from allaprima.io.still.picture import Picture, as_uint8
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from allaprima.pipeline.jobs.preview import beside, stacked
from allaprima.pipeline.jobs.stills import paint_still
from allaprima.pipeline.looks.files import files_of
from allaprima.pipeline.looks.region_pictures import region_pictures
from allaprima.pipeline.looks.tracks import Track, pictures_of


@dataclass(frozen=True, slots=True)
class StillPreview:
    """Where the sheet is, and how long painting all of so many pictures would take, each read and written."""

    path: Path
    predicted_seconds: float
    pictures: int


def preview_stills(paths: Sequence[Path], output: Path, engine: Engine, look: Callable[[Path], Look | Track],
                   options: ImageOptions, on_picture: Callable[[], None] | None = None) -> StillPreview:
    """Writes the sheet: a row each for the first, the middle and the last picture, beside the painted; style above.

    look: of each picture. on_picture: told of each that is painted. Pictures are painted as a run would paint them,
    into a folder that goes, and timed: the first waits for the network to be prepared. Ctrl-C stays
    ``KeyboardInterrupt``, with an ``Interrupted`` as its cause.
    """
    chosen = list(dict.fromkeys([paths[0], paths[len(paths) // 2], paths[-1]]))
    rows, taken = [], []
    with tempfile.TemporaryDirectory(prefix="allaprima-preview-") as folder:
        for number, path in enumerate(chosen):
            target = Path(folder) / f"{number}{output.suffix}"
            try:
                report = paint_still(path, target, engine, look(path), replace(options, overwrite=True))
            except KeyboardInterrupt as interrupt:
                raise interrupt from Interrupted("interrupted: no preview was written")
            taken.append(report.seconds)
            rows.append(beside(*(read_image(one, max_pixels=options.max_pixels).image for one in (path, target))))
            if on_picture is not None:
                on_picture()
    asked = look(chosen[0])
    pictures = [as_uint8(read_shown(picture)) for picture in pictures_of(asked)]
    if isinstance(asked, Track) and asked.regions is not None:
        content = read_image(chosen[0], max_pixels=options.max_pixels).image
        rows.insert(0, beside(*region_pictures(asked.regions, content, asked.pictures[0])))
    sheet = stacked([beside(*pictures), *rows] if pictures else rows)
    write_image(output, Picture(sheet), inputs=[*paths, *files_of(look(chosen[0]))], overwrite=options.overwrite)
    following = sum(taken[1:]) / (len(taken) - 1) if len(taken) > 1 else 0.0
    return StillPreview(output, taken[0] + (len(paths) - 1) * following, len(paths))
