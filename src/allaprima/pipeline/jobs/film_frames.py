"""A film's frames as a run paints them, the same whenever they are read: at the result's size, or as small copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from allaprima.config import VideoOptions
from allaprima.frames import ColorTags, Frame
from allaprima.io.film.small_frames import SmallSize
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.jobs.film_colors import FilmColors
from allaprima.pipeline.resizing import resized_frames
from allaprima.pipeline.working import made_small


def open_film(path: Path, options: VideoOptions) -> VideoSource:
    """The film at ``path`` as a source of frames, as the options want it read."""
    hdr = "keep" if options.management.colorspace is not None else options.hdr
    return VideoSource(path, start=options.start, end=options.end, max_pixels=options.max_pixels, hdr=hdr,
                       strict=options.strict, hwaccel=options.hwaccel, deinterlace=options.deinterlace)


@dataclass(frozen=True, slots=True)
class FilmSizes:
    """The sizes that a film is painted at.

    width, height: of the result. working: width and height of the copies that are painted in its place, or None.
    planes: the colours of planes that the result may be made of, None where it is made of RGB.
    colors: of a film whose colour space is named; it is painted at its own size.
    """

    width: int
    height: int
    working: tuple[int, int] | None = None
    planes: ColorTags | None = None
    colors: FilmColors | None = None

    def frames(self, source: VideoSource, *, written: bool = True) -> Iterator[Frame]:
        """The frames of a film as they are to be painted, and written unless they are for a pass of their own."""
        if self.colors is not None:
            return self.colors.shown(resized_frames(source, self.width, self.height), kept=written)
        if self.working is None:
            source.tone_map_at(self.width, self.height)
            return resized_frames(source, self.width, self.height)
        if self.planes is not None and source.read_small(
                SmallSize(self.width, self.height, self.planes, *self.working)):
            return iter(source)
        source.tone_map_at(self.width, self.height)
        return made_small(resized_frames(source, self.width, self.height), min(self.working))

    def frames_of(self, path: Path, options: VideoOptions, from_: tuple[int, int] = (0, 0)) -> Iterator[Frame]:
        """The same of the film at ``path``, read anew: for a pass of their own.

        from_: index and pts of the first that is wanted.
        """
        with open_film(path, options) as source:
            source.begin_at(*from_)
            source.skip(from_[0])
            yield from self.frames(source, written=False)
