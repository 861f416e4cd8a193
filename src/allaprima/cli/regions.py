"""What becomes of ``--save-regions``: the maps of the one content, written before it is painted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.cli.failures import tell
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from allaprima.engines import Look
    from allaprima.frames import Pixels
    from allaprima.pipeline.looks.tracks import Track


def save_maps(target: Path | None, look: Look | Track, contents: Sequence[Path], *, overwrite: bool) -> None:
    """Writes the maps of the regions that a look asks for, where that is wanted, and says where they are.

    contents: the picture, film or numbered frames that are painted; raises OptionError for several, or none asked.
    """
    if target is None:
        return
    from allaprima.pipeline.looks.regions import save_regions, style_map_beside
    from allaprima.pipeline.looks.tracks import Track

    if not isinstance(look, Track) or look.regions is None:
        raise OptionError("there are no regions to save", "ask for them: --regions auto")
    if len(contents) != 1:
        raise OptionError(f"{len(contents)} contents have regions of their own", "give one with --save-regions")
    if target in contents:
        raise OptionError(f"the map {target} would replace the content", "choose another name for --save-regions")
    save_regions(target, look.regions, first_frame(contents[0]), look.pictures[0], overwrite=overwrite)
    tell(f"{target} and {style_map_beside(target)}: correct them and give them to --regions "
         f"{target}:{style_map_beside(target)}")


def first_frame(path: Path) -> Pixels:
    """The picture at a path, or the first of a film or of numbered frames."""
    from allaprima.io.film.source import VideoSource
    from allaprima.io.sequence.patterns import is_pattern
    from allaprima.io.sequence.sequences import SequenceSource
    from allaprima.io.still.reading import PICTURE_SUFFIXES, read_image

    if path.suffix.lower() in PICTURE_SUFFIXES and not is_pattern(path):
        return read_image(path).image
    with (SequenceSource(path) if is_pattern(path) else VideoSource(path)) as source:
        return next(iter(source)).image
