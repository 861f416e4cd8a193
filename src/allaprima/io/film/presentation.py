"""How a film wants its pictures shown: the part of them, on a sphere, to two eyes, by Dolby Vision."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from allaprima.errors import SourceError
from allaprima.io.boxes import Crop, boxes, clean_aperture, content, found
from allaprima.io.film.matroska import VideoTrack, video_tracks

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideDataContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_SAMPLE_ENTRY_BYTES = 78  # of a picture's entry, before its boxes: ISO/IEC 14496-12, 12.1.3
_DOLBY_VISION_TAGS = ("dvh1", "dvhe", "dvav", "dva1", "dav1")
_DOLBY_VISION_RECORDS = (b"dvcC", b"dvvC", b"dvwC")
_PROJECTIONS = ("equirectangular", "cubemap", "tiled equirectangular", "half equirectangular", "rectilinear", "fisheye")
_LAYOUTS = {1: "side by side", 2: "one above the other", 3: "in turn", 4: "in a checkerboard",
            5: "side by side in quincunx", 6: "line by line", 7: "column by column"}
_MODES = {(1, 0): "left_right", (1, 1): "right_left", (2, 0): "top_bottom", (2, 1): "bottom_top"}

Held = tuple[tuple[bytes, bytes], ...]
"""Boxes or records by their four letters."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """What is known before the first frame is painted.

    crop: the part of the stored picture that is shown, None for all of it. sphere: the projection of what is seen all
    around. views: how the pictures of two eyes lie, and stereo_mode, Matroska's name for it. dolby_vision: a sentence
    on what becomes of it. None where the film has nothing of the kind.
    """

    crop: Crop | None = None
    sphere: str | None = None
    views: str | None = None
    stereo_mode: str | None = None
    dolby_vision: str | None = None

    def notes(self) -> Iterator[str]:
        """A sentence for each thing that a user should know of."""
        if self.crop is not None:
            yield f"of each picture the {self.crop.width}x{self.crop.height} pixels are taken that the film wants shown"
        if self.dolby_vision is not None:
            yield self.dolby_vision

    def lost_in(self, muxer: str) -> Iterator[str]:
        """A sentence for each thing that an output in that container does not say any more."""
        if self.sphere is not None:
            yield (f"that the film is seen all around ({self.sphere}) is not kept: a player shows it flat until a tool "
                   "for spherical metadata marks it again")
        if self.views is not None and not (self.stereo_mode and muxer in ("matroska", "webm")):
            remedy = "; .mkv keeps that" if self.stereo_mode else ""
            yield f"that the film shows two views ({self.views}) is not kept in {muxer}{remedy}"


def presentation_of(path: Path, container: str, stream: VideoStream, frame: VideoFrame) -> Presentation:
    """What the file and its first frame say; raises ``SourceError`` for Dolby Vision that is no picture without it."""
    held: Held = ()
    crop = None
    if "mov" in container.split(","):
        with path.open("rb") as file:
            held = tuple(_sample_entry(content(file, b"moov") or b"", stream.id))
        claps = (clean_aperture(data, frame.width, frame.height) for kind, data in held if kind == b"clap")
        crop = next(claps, None)
    elif "matroska" in container.split(","):
        with path.open("rb") as file:
            tracks = video_tracks(file)
        pictures = [other.index for other in stream.container.streams.video]
        place = pictures.index(stream.index)
        if place < len(tracks):
            crop, held = _crop_of(tracks[place], frame), tracks[place].additions
    views, mode = _views_of(frame)
    if views is None and any(kind == b"vexu" for kind, _ in held):
        views = "one of them in a layer of its own, which is not painted"
    return Presentation(crop, _sphere_of(frame), views, mode, _dolby_vision(path, stream.codec_tag.lower(), held))


def side_data(frame: VideoFrame, kind: str) -> bytes | None:
    """The bytes of a frame's side data, None where there is none of the kind.

    A frame that carries a kind unknown to PyAV cannot list any: its ``side_data`` raises ``ValueError``.
    """
    try:
        held = cast("SideDataContainer", frame.side_data).get(kind)
    except ValueError:
        return None
    return None if held is None else bytes(held)


def _sample_entry(moov: bytes, track: int) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of the first sample entry of a track, told by its number (14496-12, 8.3.2)."""
    for trak in boxes(moov):
        head = found(moov, "tkhd", trak.start, trak.end) if trak.kind == b"trak" else None
        if head is None:
            continue
        at = head.start + (20 if moov[head.start] == 1 else 12)
        table = found(moov, "mdia/minf/stbl/stsd", trak.start, trak.end)
        if int.from_bytes(moov[at:at + 4], "big") != track or table is None:
            continue
        for entry in boxes(moov, table.start + 8, table.end):
            for box in boxes(moov, entry.start + _SAMPLE_ENTRY_BYTES, entry.end):
                yield box.kind, moov[box.start:box.end]
            return


def _crop_of(track: VideoTrack, frame: VideoFrame) -> Crop | None:
    crop = Crop(track.left, track.top, frame.width - track.left - track.right, frame.height - track.top - track.bottom)
    whole = crop == (0, 0, frame.width, frame.height)
    return None if whole or crop.width < 1 or crop.height < 1 else crop


def _sphere_of(frame: VideoFrame) -> str | None:
    """FFmpeg's AVSphericalMapping begins with the number of the projection."""
    mapping = side_data(frame, "SPHERICAL")
    if mapping is None:
        return None
    number = int.from_bytes(mapping[:4], sys.byteorder)
    return _PROJECTIONS[number] if number < len(_PROJECTIONS) else "in a projection of its own"


def _views_of(frame: VideoFrame) -> tuple[str | None, str | None]:
    """FFmpeg's AVStereo3D begins with the number of the layout, and flags of which the first swaps the views."""
    stereo = side_data(frame, "STEREO3D")
    if stereo is None:
        return None, None
    number, flags = (int.from_bytes(stereo[at:at + 4], sys.byteorder) for at in (0, 4))
    return None if number == 0 else _LAYOUTS.get(number, "in a layout of their own"), _MODES.get((number, flags & 1))


def _dolby_vision(path: Path, tag: str, held: Held) -> str | None:
    """A sentence on Dolby Vision, from its record (Dolby Vision Streams within ISOBMFF, 3.2) or from the tag alone."""
    record = next((data for kind, data in held if kind in _DOLBY_VISION_RECORDS and len(data) > 4), None)
    if record is None:
        return None if tag not in _DOLBY_VISION_TAGS else (
            f"it is tagged as Dolby Vision ({tag}), which was left out: if its colours are wrong, green and violet, "
            "convert it with a program that knows Dolby Vision first")
    profile, compatible = record[2] >> 1, record[4] >> 4
    if compatible == 0 and profile in (5, 10, 20):  # only these are ever without a picture for others
        raise SourceError(f"cannot read {path}: it is Dolby Vision of profile {profile}, whose colours are no RGB or "
                          "YUV that others read", "convert it first with a program that knows Dolby Vision: "
                          "ffmpeg's filter libplacebo does")
    return f"it is Dolby Vision of profile {profile}; the picture in it that others show was painted"
