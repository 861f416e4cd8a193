"""A look as a function of time: styles, their weights, scale and strength by keyframes, and the look at any of them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from allaprima.config import Background, MatchedColor, PreserveColor, StyleOptions, check_photoreal
from allaprima.curves import Clock, Curve, Easing, Instant, between, constant
from allaprima.engines import Engine, Look, Region, Style, blended, settled
from allaprima.engines.color import Palette, recolored
from allaprima.engines.fitted import Fitted, digest_of
from allaprima.engines.looks import Sight, all_fits, labelled
from allaprima.engines.mixing import completed
from allaprima.errors import OptionError
from allaprima.frames import Pixels, StreamInfo
from allaprima.pipeline.looks.controls import ControlCurves, names_of
from allaprima.pipeline.looks.labels import LabelsAt, open_labels
from allaprima.pipeline.looks.masks import Counted, MaskAt, mask_digest, open_mask
from allaprima.pipeline.looks.regions import FollowedRegions, Found, Parts, RegionsAsked, RegionsAt
from allaprima.pipeline.looks.styles import STYLE_SUFFIX, as_it_is, encoded, keyed_styles, parsed_style
from allaprima.pipeline.looks.subjects import FollowedFilm, Frames, Kept, sparing
from allaprima.plurals import counted
from allaprima.sizes import look_at_scale
from allaprima.subjects import finder_of

SCALE_STEP = 2 ** 0.25  # between two scales that far apart, codes are interpolated instead of measured
NETWORK_STEP = 0.25       # of the way between two fitted styles: a network for each, pictures mixed between
STILL = Clock(Fraction(1))

Part = tuple[Path, Curve]
"""A style picture, and its weight in a blend."""


@dataclass(frozen=True, slots=True, eq=False)
class StyleBook:
    """Style pictures encoded once for each scale that is asked for.

    palette, method: the colours that pictures are given first, and how; None leaves them their own. size: at which
    pictures are looked at at the scale 1, where what was fitted to them paints. sight: the scale at which they are
    looked at twice for all scales; None for each of them. fits: of pictures that networks were fitted to for this run.
    """

    engine: Engine
    palette: Palette | None = None
    method: MatchedColor = "histogram"
    size: float = 1.0
    sight: float | None = None
    fits: Mapping[Path, tuple[Fitted, ...]] = field(default_factory=dict)
    known: dict[tuple[Path, float], Style] = field(default_factory=dict)

    def style(self, path: Path, scale: float) -> Style:
        """The style of that picture looked at at that scale."""
        if (path, scale) not in self.known:
            prepared = as_it_is if self.palette is None else self._in_colors
            own = self.fits.get(path, ()) if self.palette is None and scale == 1 else ()
            [style] = encoded(path, self.engine, [scale * self.size], prepared, fitted=scale == 1, refined=not own,
                              sight_scale=None if self.sight is None else self.sight * self.size)
            self.known[path, scale] = replace(style, fitted=own) if own else style
        return self.known[path, scale]

    def _in_colors(self, picture: Pixels) -> Pixels:
        assert self.palette is not None
        return recolored(picture, self.palette, self.method)


@dataclass(frozen=True, slots=True, eq=False)
class MaskedTrack:
    """A track of its own for a part of the picture; ``mask_at`` reads the mask once it is opened beside a content."""

    track: Track
    mask: Path
    mask_at: MaskAt | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """What a film is to be painted in, at every time of it.

    blends: styles at their instants, each a blend of pictures; between two of them the styles cross-fade.
    At a keyframe the look is, bit for bit, the one that a constant run with the key's values has.
    stability: of the steadying over time, where a control file has a curve for it.
    masked: parts of the picture with tracks of their own; the rest is this track's, or kept with ``keeps_rest``.
    kept: a subject that is left out of all that; ``cover_at`` tells where it is, once opened beside a content.
    photoreal: see ``Look``.
    labels: maps of what is where, for a network that paints by them; ``labels_at`` reads them, once opened likewise.
    regions: parts of the content that are painted each in its own part of the one style's picture; ``regions_at``
    tells them, once opened beside a content.
    """

    book: StyleBook
    blends: tuple[tuple[Instant, tuple[Part, ...]], ...]
    strength: Curve
    scale: Curve = constant(1.0)  # noqa: RUF009  an immutable value
    easing: Easing = "linear"
    color: PreserveColor = "none"
    stability: Curve | None = None
    masked: tuple[MaskedTrack, ...] = ()
    keeps_rest: bool = False
    kept: Kept | None = None
    cover_at: MaskAt | None = None
    photoreal: float = 0.0
    labels: Path | None = None
    labels_at: LabelsAt | None = None
    regions: RegionsAsked | None = None
    regions_at: RegionsAt | None = None
    made: dict[object, Look] = field(default_factory=dict)

    def at(self, seconds: Fraction, clock: Clock = STILL) -> Look:
        """The look at that time; the same object as long as nothing changes."""
        shares = self._shares(seconds, clock)
        scale, strength = self.scale.at(seconds, clock), self.strength.at(seconds, clock)
        regions = tuple((part.track.at(seconds, clock), part.mask_at(seconds)) for part in self.masked
                        if part.mask_at is not None)
        cover = None if self.cover_at is None else self.cover_at(seconds)
        labels = None if self.labels_at is None else self.labels_at(seconds)
        found = None if self.regions_at is None else self.regions_at(seconds)
        wanted = (shares, scale, strength, tuple((look, id(mask)) for look, mask in regions), id(cover), id(labels),
                  found)
        if wanted not in self.made:
            self.made.clear()
            look = Look(self._style(shares, scale, seconds, clock), strength, self.color,
                        tuple(Region(*region) for region in regions), self.keeps_rest, self.photoreal)
            look = look if found is None else in_regions(look, found)
            look = look if cover is None or self.kept is None else sparing(look, cover, self.kept)
            self.made[wanted] = look if labels is None else labelled(look, labels)
        return self.made[wanted]

    def in_colors_of(self, palette: Palette) -> Track:
        """The same with its style pictures in those colours, where colours are to be matched."""
        if self.color not in ("histogram", "coral"):
            return self
        masked = tuple(replace(part, track=part.track.in_colors_of(palette)) for part in self.masked)
        book = replace(self.book, palette=palette, method=self.color, known={})
        return replace(self, book=book, masked=masked, made={})

    def with_fits(self, fits: Mapping[Path, tuple[Fitted, ...]]) -> Track:
        """The same with its style pictures painted by what was fitted to them."""
        masked = tuple(replace(part, track=part.track.with_fits(fits)) for part in self.masked)
        return replace(self, book=replace(self.book, fits=fits, known={}), masked=masked, made={})

    def beside(self, content: StreamInfo, clock: Clock, counted: Counted | None = None,
               frames: Frames | None = None) -> Track:
        """The same with its masks opened beside the content; raises OptionError where they do not fit it.

        counted: gives the number of the content's frames; None for an excerpt, beside which masks may be longer.
        frames: of the content, for a subject that is kept.
        """
        masked = tuple(replace(part, mask_at=open_mask(part.mask, content, clock, counted))
                       for part in self.masked)
        cover_at = None if self.kept is None or frames is None else FollowedFilm(
            finder_of(self.kept.subject), self.kept.subject, frames, clock).at
        labels_at = None if self.labels is None else open_labels(self.labels, content, clock, counted)
        regions_at = None if self.regions is None or frames is None else FollowedRegions(
            self.regions, Parts(self.regions, self.pictures[0], self._encoded), frames, clock).at
        return replace(self, masked=masked, cover_at=cover_at, labels_at=labels_at, regions_at=regions_at, made={})

    def _encoded(self, part: Pixels, whole: Pixels, name: str) -> Style:
        """The style of a part of its picture; parts are as large as they are in it, and their strokes as fine."""
        scale = self.scale.keys[0][1] * self.book.size
        sight = Sight(whole, scale)
        return completed(self.book.engine.encode(part, name, scale, sight=sight), self.book.engine)

    def check(self, clock: Clock) -> None:
        """Raises OptionError or SourceError for what cannot be placed on the clock, read or blended.

        Masks are left out: keyframes may lie beyond their end, and the content's.
        """
        unmasked = replace(self, masked=(), cover_at=None, labels_at=None, regions_at=None, made={})
        for instant in unmasked.instants:
            unmasked.at(clock.seconds_of(instant), clock)
        for part in self.masked:
            part.track.check(clock)

    @property
    def instants(self) -> tuple[Instant, ...]:
        """Every keyframe's instant."""
        curves = (self.strength, self.scale, *([self.stability] if self.stability else []),
                  *(weight for _, parts in self.blends for _, weight in parts))
        own = (*(instant for instant, _ in self.blends), *(instant for curve in curves for instant, _ in curve.keys))
        return own + tuple(instant for part in self.masked for instant in part.track.instants)

    @property
    def name(self) -> str:
        """Its style's name, or those of its pictures where it changes."""
        if self.masked:
            tracks = [part.track for part in self.masked] + [replace(self, masked=())] * (not self.keeps_rest)
            return "+".join(dict.fromkeys(track.name for track in tracks))
        if len(self.blends) == 1 and all(weight.constant is not None for _, weight in self.blends[0][1]):
            if len(self.pictures) == 1 and self.pictures[0].suffix.lower() == STYLE_SUFFIX:
                return self.pictures[0].stem
            return self.at(Fraction(0)).style.name
        return "+".join(path.stem for path in self.pictures)

    @property
    def _weights_move(self) -> bool:
        return any(weight.constant is None for _, parts in self.blends for _, weight in parts)

    @property
    def is_constant(self) -> bool:
        """Whether it is the same at every time."""
        return len({(instant.value, instant.in_frames) for instant in self.instants}) == 1

    @property
    def pictures(self) -> tuple[Path, ...]:
        """Every style picture, in the order in which they come."""
        own = [path for _, parts in self.blends for path, _ in parts]
        return tuple(dict.fromkeys([path for part in self.masked for path in part.track.pictures] + own))

    @property
    def settings(self) -> dict[str, str]:
        """All of it that changes pixels, by name."""
        digest = hashlib.sha256()
        for path in self.pictures:
            for scale in sorted({value for _, value in self.scale.keys}):
                style = self.book.style(path, scale)
                digest.update(style.code.tobytes() + "".join(map(digest_of, all_fits(style))).encode())
        said = ",".join(f"{instant}:" + "+".join(f"{path.stem}:{weight}" for path, weight in parts)
                        for instant, parts in self.blends)
        return {"style": f"{said} {self.easing}" if len(self.blends) > 1 else said,
                "style_code": digest.hexdigest()[:16], "strength": str(self.strength), "style_scale": str(self.scale),
                "preserve_color": self.color, **({"stability_curve": str(self.stability)} if self.stability else {}),
                **self._settings_of_places(), **self._settings_of_regions(),
                **({} if self.kept is None else {"kept": str(self.kept)}),
                **({"photoreal": repr(self.photoreal)} if self.photoreal else {}),
                **({} if self.labels is None else {"labels": mask_digest(self.labels)})}

    def _settings_of_places(self) -> dict[str, str]:
        found = {}
        for index, part in enumerate(self.masked):
            said = ", ".join(f"{name} {value}" for name, value in part.track.settings.items())
            found[f"region_{index}"] = f"{said}, mask {mask_digest(part.mask)}"
        return found | ({"background": "keep" if self.keeps_rest else "style"} if self.masked else {})

    def _settings_of_regions(self) -> dict[str, str]:
        if self.regions is None:
            return {}
        return {"regions": " ".join([str(self.regions), *map(mask_digest, self.regions.maps or ())])}

    def _shares(self, seconds: Fraction, clock: Clock) -> tuple[tuple[float, tuple[tuple[Path, float], ...]], ...]:
        """One blend, or two with their shares of a cross-fade, as pictures and weights."""
        times = [clock.seconds_of(instant) for instant, _ in self.blends]
        index, share = (0, Fraction(0)) if len(times) == 1 else between(times, seconds, self.easing)
        fade = [(1 - float(share), self.blends[index][1])]
        if share:
            fade.append((float(share), self.blends[index + 1][1]))
        return tuple((part, tuple((path, weight.at(seconds, clock)) for path, weight in parts))
                     for part, parts in fade)

    def _style(self, shares: Sequence[tuple[float, Sequence[tuple[Path, float]]]], scale: float,
               seconds: Fraction, clock: Clock) -> Style:
        def blend(parts: Sequence[tuple[Path, float]]) -> Style:
            styles = [(self._scaled(path, scale, seconds, clock), weight) for path, weight in parts]
            whole = settled(styles)
            if not self._weights_move or not whole.parts:
                return whole
            if len(parts) != 2:
                return blended(styles)
            return moving(styles[0][0], styles[1][0], second_of(parts), *self._shares_about(seconds, clock))

        if len(shares) == 1:
            return blend(shares[0][1])
        return moving(blend(shares[0][1]), blend(shares[1][1]), shares[1][0])

    def _shares_about(self, seconds: Fraction, clock: Clock) -> tuple[float, float]:
        """The second of two pictures' share at the keyframes before and after that time."""
        times = sorted({clock.seconds_of(instant) for instant in self.instants})
        index, share = (0, Fraction(0)) if len(times) == 1 else between(times, seconds, "linear")
        before, after = times[index], times[index + 1] if share else times[index]
        return second_of(self._shares(before, clock)[0][1]), second_of(self._shares(after, clock)[0][1])

    def _scaled(self, path: Path, scale: float, seconds: Fraction, clock: Clock) -> Style:
        """The picture's style at a scale: measured at keys, between them interpolated in small steps."""
        if self.scale.constant is not None:
            return self.book.style(path, scale)
        index, share = between([clock.seconds_of(instant) for instant, _ in self.scale.keys], seconds, "linear")
        low = self.scale.keys[index][1]
        high = self.scale.keys[index + 1][1] if share else low
        steps = max(1, math.ceil(round(abs(math.log(high / low, SCALE_STEP)), 6)))
        grid = [low * (high / low) ** (step / steps) for step in range(steps)] + [high]
        way = 0.0 if high == low else steps * math.log(scale / low) / math.log(high / low)
        step = min(max(int(way), 0), steps - 1)
        if way - step <= 0:
            return self.book.style(path, grid[step])
        return blended([(self.book.style(path, grid[step]), 1 - (way - step)),
                        (self.book.style(path, grid[step + 1]), way - step)])


def second_of(parts: Sequence[tuple[Path, float]]) -> float:
    """The second of two pictures' share."""
    (_, first), (_, second) = parts
    return second / (first + second)


def moving(first: Style, second: Style, share: float, start: float = 0.0, end: float = 1.0) -> Style:
    """Two styles with ``share`` of the second, on the way from its share ``start`` to ``end``.

    Where they are fitted, kernels are added up at some steps of the way, and between two of these the pictures mixed:
    pictures of two distant styles would show one behind the other, and no network is compiled for every frame.
    """
    if not (all_fits(first) or all_fits(second)):
        return blended([(first, 1 - share), (second, share)])
    if start == end:
        return settled([(first, 1 - share), (second, share)])
    steps = math.ceil(round(abs(end - start) / NETWORK_STEP, 6))
    way = min(max((share - start) / (end - start), 0.0), 1.0) * steps
    step = min(int(way), steps - 1)
    grid = [start + (end - start) * number / steps for number in (step, step + 1)]
    low, high = (settled([(first, 1 - place), (second, place)]) for place in grid)
    return low if way <= step else high if way >= step + 1 else blended([(low, 1 - way + step), (high, way - step)])


def load_track(styles: str | Sequence[str], engine: Engine, strength: Curve, scale: float = 1.0,
               easing: Easing = "linear", controls: ControlCurves | None = None, color: PreserveColor = "none",
               masks: Sequence[Path] = (), background: Background = "keep", brush: int | None = None,
               kept: Kept | None = None, photoreal: float = StyleOptions.photoreal,
               regions: RegionsAsked | None = None) -> Track:
    """The track that styles (``a.jpg:0.7+b.jpg:0.3``, ``0:a.jpg,5:b.jpg``), a strength and a control file ask for.

    What the control file says stands above the rest. Its weights are for pictures of ``styles``, by name.
    masks: one for each style. background: what no mask covers is kept, or painted in the last style, which then may
    come without a mask. brush: lines at which the track is to be painted, which says how large styles are looked at.
    kept: a subject that is left out of all. photoreal: how far what is painted is to be a change of light and colour.
    regions: of the content, each painted in its own part of the style.
    """
    check_photoreal(photoreal)
    specs = [styles] if isinstance(styles, str) else list(styles)
    check_masks(len(specs), len(masks), background)
    said = controls or ControlCurves()
    scales = said.scale or constant(scale)
    book = StyleBook(engine, size=look_at_scale(brush), sight=scales.keys[0][1] if scales.constant is None else None)
    tracks = []
    for style in specs:
        blends = tuple((instant, tuple((path, said.weight_of(path, weight)) for path, weight in parsed_style(spec)))
                       for instant, spec in keyed_styles(style))
        tracks.append(Track(book, blends, said.strength or strength, scales,
                            said.easing or easing, color, said.stability))
    names = {name for track in tracks for path in track.pictures for name in names_of(path)}
    strangers = [name for name in said.weights if name not in names]
    if strangers:
        raise OptionError(f"the controls give a weight to {strangers[0]!r}, which is not among the styles",
                          f"name it with --style; there are {', '.join(sorted(names))}")
    if regions is not None:
        check_regions(tracks[0], len(masks))
    if not masks:
        return replace(tracks[0], kept=kept, photoreal=photoreal, regions=regions, made={})
    masked = tuple(MaskedTrack(track, mask) for track, mask in zip(tracks, masks, strict=False))
    return replace(tracks[-1], masked=masked, keeps_rest=background == "keep", kept=kept, photoreal=photoreal, made={})


def check_regions(track: Track, masks: int) -> None:
    """Raises OptionError unless regions can have parts of the track's style: it is one picture, at one size."""
    if masks:
        raise OptionError("masks say where styles go, and so do regions", "leave out --mask, or --regions")
    if len(track.pictures) != 1 or len(track.blends) != 1 or track.pictures[0].suffix.lower() == STYLE_SUFFIX:
        raise OptionError("regions are painted in the parts of one picture", "name one picture after --style")
    if track.scale.constant is None or track.color in ("histogram", "coral"):
        raise OptionError("parts of a style have its own colours and one scale",
                          "leave out the scale of --controls, --preserve-color, or --regions")


def in_regions(look: Look, found: Found) -> Look:
    """The look with each region painted in its own style."""
    regions = tuple(Region(Look(style, look.strength, look.color), share, own=True, found=True)
                    for style, share in zip(found.styles, found.shares, strict=True))
    return replace(look, regions=regions, keeps_rest=True)


def check_masks(styles: int, masks: int, background: Background) -> None:
    """Raises OptionError unless every style has its mask, but for one that paints the background."""
    if masks == 0 and styles > 1:
        raise OptionError(f"{styles} styles are given and no mask says where each goes",
                          "give each a --mask, or blend them: --style a.jpg+b.jpg")
    if masks and masks != styles and not (background == "style" and masks == styles - 1):
        raise OptionError(f"{counted(masks, 'mask')} and {counted(styles, 'style')} are given",
                          "give one --mask for each --style; --background style lets the last style go without")


def name_of(look: Look | Track) -> str:
    """The name of a look's style, or a track's."""
    return look.name if isinstance(look, Track) else look.style.name


def pictures_of(look: Look | Track) -> tuple[Path, ...]:
    """The style pictures that a track was made from, to be shown; saved styles and looks have none."""
    pictures = look.pictures if isinstance(look, Track) else ()
    return tuple(path for path in pictures if path.suffix.lower() != STYLE_SUFFIX)
