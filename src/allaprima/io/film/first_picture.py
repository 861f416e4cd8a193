"""What a film's first frame and its headers say of its pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allaprima.config import Hdr
from allaprima.errors import SourceError
from allaprima.frames import ColorTags
from allaprima.io.film.color_tags import HDR_TRANSFERS, tags_of
from allaprima.io.film.decoding import Decoding
from allaprima.io.film.presentation import Presentation, presentation_of, side_data
from allaprima.io.film.tone_map import ToneMap, peak_of
from allaprima.io.orientation import UPRIGHT, Orientation, orientation_of

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


@dataclass(frozen=True, slots=True)
class FirstPicture:
    """What the first frame and the headers say of the pictures, before any turn."""

    width: int
    height: int
    depth: int
    alpha: bool
    tags: ColorTags
    orientation: Orientation
    tone_map: ToneMap | None
    first_pts: int | None
    container: str
    codec: str
    presentation: Presentation

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height of the part that is shown, before any turn."""
        crop = self.presentation.crop
        return (self.width, self.height) if crop is None else (crop.width, crop.height)


def first_picture(decoding: Decoding, hdr: Hdr) -> FirstPicture:
    """What the first frame that decodes says; raises ``SourceError`` where there is none."""
    frame = next(iter(decoding.frames()), None)
    if frame is None:
        raise SourceError(f"cannot read {decoding.path}: {decoding.why_nothing_decoded()}",
                          "copy the file again from where it came")
    kind, context = frame.format, decoding.stream.codec_context
    rgb = kind.is_rgb or kind.name.startswith("pal")
    try:
        tags = tags_of(
            _first_said(frame.colorspace, context.colorspace, 2),
            _first_said(frame.color_range, context.color_range, 0),
            _first_said(frame.color_primaries, context.color_primaries, 2),
            _first_said(frame.color_trc, context.color_trc, 2),
            rgb=rgb, full_range_format=kind.name.startswith("yuvj"), width=frame.width, height=frame.height)
    except SourceError as error:
        raise SourceError(f"cannot read {decoding.path}: {error}", error.hint) from error
    orientation = orientation_of(side_data(frame, "DISPLAYMATRIX") or b"")
    presentation = presentation_of(decoding.path, decoding.container.format.name, decoding.stream, frame)
    # Views that are turned lie otherwise than the film says; with a layout, Matroska's muxer loses the pixels' aspect.
    if orientation != UPRIGHT or decoding.stream.sample_aspect_ratio not in (None, 0, 1):
        presentation = replace(presentation, stereo_mode=None)
    return FirstPicture(
        width=frame.width, height=frame.height, depth=max(part.bits for part in kind.components),
        alpha=any(part.is_alpha for part in kind.components) or kind.name == "pal8", tags=tags,
        orientation=orientation,
        tone_map=_tone_map_for(frame, tags, hdr, decoding), first_pts=frame.pts if frame.pts is not None else frame.dts,
        container=decoding.container.format.name, codec=context.codec.canonical_name,
        presentation=presentation)


def _first_said(of_frame: int, of_stream: int, unspecified: int) -> int:
    return of_frame if of_frame != unspecified else of_stream


def _tone_map_for(frame: VideoFrame, tags: ColorTags, hdr: Hdr, decoding: Decoding) -> ToneMap | None:
    if tags.transfer not in HDR_TRANSFERS or hdr == "keep":
        return None
    if hdr == "refuse":
        raise SourceError(f"{decoding.path} is HDR ({HDR_TRANSFERS[tags.transfer]}), and --hdr refuse was given",
                          "leave it out to have the film tone-mapped to BT.709")
    return ToneMap(tags.transfer, peak_of(side_data(frame, "CONTENT_LIGHT_LEVEL"),
                                          side_data(frame, "MASTERING_DISPLAY_METADATA")))
