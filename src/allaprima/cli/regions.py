"""What becomes of ``--save-regions``: the maps of the one content, written before it is painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.cli.failures import tell
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from allaprima.config import ImageOptions, SequenceOptions, VideoOptions
    from allaprima.engines import Look
    from allaprima.frames import Pixels
    from allaprima.pipeline.looks.tracks import Track


def save_maps(target: Path | None, look: Look | Track, contents: Sequence[Path], first: Callable[[Path], Pixels], *,
              overwrite: bool) -> None:
    """Writes the maps of the regions that a look asks for, where that is wanted, and says where they are.

    contents: the picture, film or numbered frames that are painted; raises OptionError for several, or none asked.
    first: gives the first picture of a content, as it is painted.
    """
    if target is None:
        return
    from allaprima.pipeline.looks.region_pictures import save_regions, style_map_beside
    from allaprima.pipeline.looks.tracks import Track

    if not isinstance(look, Track) or look.regions is None:
        raise OptionError("there are no regions to save", "ask for them: --regions auto")
    if len(contents) != 1:
        raise OptionError(f"{len(contents)} contents have regions of their own", "give one with --save-regions")
    save_regions(target, look.regions, first(contents[0]), look.pictures[0], inputs=contents, overwrite=overwrite)
    tell(f"{target} and {style_map_beside(target)}: correct them and give them to --regions "
         f"{target}:{style_map_beside(target)}")


def picture_of(options: ImageOptions) -> Callable[[Path], Pixels]:
    """What reads a picture or a plate as those options want it painted."""
    def first(path: Path) -> Pixels:
        from allaprima.io.plates.files import is_plate
        from allaprima.io.still.reading import read_image

        if is_plate(path):
            from allaprima.io.plates.managed import ManagedPlates

            return ManagedPlates([path], options.management, options.max_pixels).read_layers(path)[0].image
        return read_image(path, max_pixels=options.max_pixels).image

    return first


def frame_of(film: VideoOptions, sequence: SequenceOptions) -> Callable[[Path], Pixels]:
    """What reads the first frame of those that the options want painted of a film, or of numbered frames.

    Films whose colour space is named are shown as a network sees them, log developed.
    """
    def first(path: Path) -> Pixels:
        from allaprima.io.sequence.patterns import is_pattern
        from allaprima.io.sequence.sequences import SequenceSource
        from allaprima.pipeline.jobs.film_colors import film_colors
        from allaprima.pipeline.jobs.film_frames import open_film

        if not is_pattern(path):
            colors = film_colors(film.management)
            with open_film(path, film) as source:
                return next(iter(source) if colors is None else colors.shown(iter(source))).image
        numbered = SequenceSource(
            path, frames=sequence.frames, allow_gaps=sequence.allow_gaps, max_pixels=sequence.max_pixels,
            management=sequence.management)
        with numbered:
            return next(iter(numbered)).image

    return first
