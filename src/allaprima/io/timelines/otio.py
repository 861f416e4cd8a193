"""OpenTimelineIO: the clips of its picture tracks, nested ones too, and the same timeline with painted media."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from allaprima.errors import MissingExtra, SourceError
from allaprima.io.sequence.patterns import parsed_pattern
from allaprima.io.timelines.clips import Asked, Clip, Painted, asked_in

if TYPE_CHECKING:
    import opentimelineio

OWN, UNPAINTED = "allaprima", "unpainted"
"""The entry of a clip's metadata that asks for something, and the name that its own media keep beside painted ones."""


def library() -> ModuleType:
    """The package opentimelineio; raises MissingExtra."""
    try:
        import opentimelineio
    except ImportError:
        raise MissingExtra("opentimelineio", "film", "reading and writing OTIO timelines") from None
    module: ModuleType = opentimelineio
    return module


@dataclass(frozen=True, slots=True)
class OtioTimeline:
    """A timeline of OpenTimelineIO as it was read."""

    text: str
    clips: tuple[Clip, ...]

    def relinked(self, painted: Mapping[int, Painted], target: Path) -> str:
        """The same timeline; painted media are active, the clips' own stay beside them under the name ``unpainted``."""
        otio = library()
        timeline = otio.adapters.read_from_string(self.text, "otio_json")
        for place, clip in enumerate(_pictures(otio, timeline)):
            if place in painted:
                active = clip.active_media_reference_key
                references = dict(clip.media_references())
                own = references.pop(active)
                frames = painted[place]
                clip.set_media_references({**references, active: _reference(otio, frames, target),
                                           UNPAINTED: own}, active)
        return str(otio.adapters.write_to_string(timeline, "otio_json", indent=2))


def read_otio(path: Path) -> OtioTimeline:
    """The clips of a timeline's enabled picture tracks; raises SourceError."""
    otio = library()
    try:
        timeline = otio.adapters.read_from_file(str(path))
        text = str(otio.adapters.write_to_string(timeline, "otio_json"))
        clips = tuple(_clip(otio, path, clip) for clip in _pictures(otio, timeline))
    except (otio.exceptions.OTIOError, ValueError, OSError) as error:
        raise SourceError(f"cannot read the timeline {path}: {str(error).strip().splitlines()[0][:200]}",
                          "export it as .otio again") from error
    if not clips:
        raise SourceError(f"the timeline {path} has no clips of pictures", "export the tracks that hold them")
    return OtioTimeline(text, clips)


def _pictures(otio: ModuleType, timeline: opentimelineio.schema.Timeline) -> list[opentimelineio.schema.Clip]:
    tracks, video = otio.schema.Track, otio.schema.TrackKind.Video
    return [clip for clip in timeline.find_clips() if clip.enabled and not any(
        isinstance(one, tracks) and (one.kind != video or not one.enabled) for one in _parents(clip))]


def _parents(clip: opentimelineio.schema.Clip) -> list[opentimelineio.core.Composition]:
    found = []
    above = clip.parent()
    while above is not None:
        found.append(above)
        above = above.parent()
    return found


def _clip(otio: ModuleType, path: Path, clip: opentimelineio.schema.Clip) -> Clip:
    shown = clip.trimmed_range()
    own = shown.start_time.rate
    rate = Fraction(own).limit_denominator(1001)
    media = clip.media_reference
    available = None if media is None else media.available_range
    where = _place(otio, path, media)
    names = (*([] if where is None else [where.name]), *([clip.name] if clip.name else []))
    return Clip(clip.name or (where.stem if where else "clip"), where, tuple(dict.fromkeys(names)),
                round(shown.start_time.value), max(1, round(shown.duration.rescaled_to(own).value)), rate,
                None if available is None else round(available.start_time.rescaled_to(own).value), _asked(clip))


def _asked(clip: opentimelineio.schema.Clip) -> Asked:
    """What a clip's metadata or its markers ask for."""
    said = clip.metadata.get(OWN)
    if said is not None:
        strength = said.get("strength")
        return Asked(said.get("style"), None if strength is None else str(strength), bool(said.get("skip", False)))
    for marker in clip.markers:
        for text in (marker.name, marker.comment):
            asked = asked_in(text or "")
            if asked is not None:
                return asked
    return Asked()


def _place(otio: ModuleType, path: Path, media: opentimelineio.core.MediaReference | None) -> Path | None:
    """The file, or the pattern of numbers, that a reference names; a relative one from the timeline's folder."""
    if isinstance(media, otio.schema.ImageSequenceReference):
        folder = path.parent / _local(media.target_url_base)
        padding = f"0{media.frame_zero_padding}" if media.frame_zero_padding else ""
        return folder / f"{media.name_prefix}%{padding}d{media.name_suffix}"
    if isinstance(media, otio.schema.ExternalReference) and media.target_url:
        return path.parent / _local(media.target_url)
    return None


def _local(url: str) -> Path:
    """The path of a ``file:`` address, or of a path that was written as it is: ``%04d`` is no escape."""
    if not url.lower().startswith("file:"):
        return Path(url)
    parts = urlparse(url)
    name = unquote(parts.path.replace("%0", "%250")) if "%0" in parts.path else unquote(parts.path)
    return Path(name.lstrip("/") if len(name) > 2 and name[2] == ":" else name)


def _reference(otio: ModuleType, frames: Painted, target: Path) -> opentimelineio.core.MediaReference:
    rate = float(frames.rate)
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(frames.start, rate),
                                   otio.opentime.RationalTime(frames.count, rate))
    folder = frames.path.parent.absolute()
    base = folder.relative_to(target.parent.absolute()) if folder.is_relative_to(target.parent.absolute()) else folder
    if frames.first is None:
        return otio.schema.ExternalReference(target_url=(base / frames.path.name).as_posix(), available_range=span)
    pattern = parsed_pattern(frames.path)
    return otio.schema.ImageSequenceReference(
        target_url_base="" if base == Path() else f"{base.as_posix()}/", name_prefix=pattern.before,
        name_suffix=pattern.after, start_frame=frames.first, frame_step=1, rate=rate,
        frame_zero_padding=int(pattern.digits or 0), available_range=span)
