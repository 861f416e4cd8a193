"""Stylised frames held steady: strokes shown before are shown again where the content's motion has taken them.

Ruder et al. 2016 (arXiv:1604.08610) and Lai et al. 2018 (arXiv:1808.00449) follow the last frame; here a place shows
one anchor (``temporal.anchors``) as long as that can be trusted, then the next. Strokes are replaced one after another,
each within a few frames, so that hardly anything is a mixture; what mixing and resampling take of the finest detail is
given back where it is shown.
Colours follow the new frame slowly. Nothing is averaged over many frames, so that strokes stay as sharp as they were
painted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from allaprima.config import VideoOptions
from allaprima.errors import OptionError
from allaprima.frames import Pixels, Vectors
from allaprima.functional.visibility import visibility
from allaprima.runtimes.calls import Batch
from allaprima.temporal.anchors import LOOK_FRAMES, Anchor, captured, tracked
from allaprima.temporal.before import carried, painted_from, renewing, shown_last, stale
from allaprima.temporal.detail import WorkingPicture, around, halved, reduced, sharpened
from allaprima.temporal.fields import Grey, Plane, sampled, stepped
from allaprima.temporal.flow import Motion
from allaprima.temporal.given import motion_to
from allaprima.temporal.grain import grain
from allaprima.temporal.laying import laid, looked_up_whole, mixed, shared
from allaprima.temporal.proxies import Proxy, brightness, is_proxy, proxy_of
from allaprima.temporal.recoloring import agreeing, recolored, shares_of, shifted
from allaprima.temporal.settled import greys_of, let_go, outdated

CAPTURE_FRAMES = 8        # between anchors
LACKING = 0.01            # of the picture without an anchor: enough for a new one
WORN = 0.12               # of the picture without good strokes: the anchor makes way for the next
PASSING_FRAMES = 48       # that this takes
TURN = 0.15               # of that time: what a single stroke takes
HARDLY_BARE = 0.1        # of a place without an anchor: what is painted there is seen
PASSING_ON = 0.5          # of what is carried and to be painted anew: it passes into that within some frames
STALE = 0.12              # change of the look after which an anchor is hardly shown
LEAST_FADE = 0.02         # change of what is to be seen of a picture that may be noise
SAME_LIGHT = 0.2          # change of the content's contrast, as a logarithm, that an exposure may have
FADED = 0.5               # ... beyond which, by so much of it, it is a change of the look


@dataclass(frozen=True, slots=True)
class BlendState:
    """What is remembered of the frames before; arrays and numbers only, to be kept for a resume.

    content: a proxy of the last one's. anchors: two at most, the older first; none where nothing is held. before: the
    last frame as it was shown, for places that no anchor has; None with them. visible: how much of the content is to
    be seen; None where nobody asked yet. greys: of what the last one was painted, before it was held
    (``settled.greys_of``); None where none is remembered.
    """

    content: Proxy
    anchors: tuple[Anchor, ...]
    before: Anchor | None = None
    visible: float | None = None
    greys: Grey | None = None


@dataclass(frozen=True, slots=True)
class Stabilizer:
    """Steadies stylised frames; ``stability`` from 0 (as they are) to 1 (held as long as the motion can be followed).

    A value too: all that changes is in the state that goes in and comes out; None begins a shot.
    """

    stability: float = VideoOptions.stability

    def __post_init__(self) -> None:
        if not 0 <= self.stability <= 1:
            raise OptionError(f"stability {self.stability:g} is out of range", "choose a stability from 0 to 1")

    def __call__(self, content: Batch, stylized: Batch, state: BlendState | None = None,
                 changes: Sequence[float] = (), found: BlendState | None = None,
                 vectors: Sequence[Vectors | None] = ()) -> tuple[Batch, BlendState]:
        """The stylised frames (N, H, W, 3) steadied, in the order of time, and the state after the last.

        changes: how much the look has changed with each frame, 0 not at all to 1 wholly; empty for not at all.
        found: the state at the first frame's content, where ``follow`` has found it already. vectors: the motion to
        each frame, where it is known.
        """
        shown = []
        for index, (now, painted) in enumerate(zip(content, stylized, strict=True)):
            picture, state = self.steadied(now, painted, state, changes[index] if changes else 0.0,
                                           found if index == 0 else None, vectors[index] if vectors else None)
            shown.append(picture)
        assert state is not None
        return cast(Batch, shown[0][None] if len(shown) == 1 else np.stack(shown)), state

    def follow(self, content: Pixels, state: BlendState | None, vectors: Vectors | None = None,
               motion: Motion | None = None) -> BlendState:
        """The state at a new frame's content (H, W, 3), its anchors found again: half of the work, without painting.

        vectors: the motion from the frame before, where it is known; found where it is not. motion: what
        ``motion_into`` found of both before.
        """
        proxy = proxy_of(content) if motion is None or motion.now is None else motion.now
        if self.stability == 0 or state is None or not state.anchors or state.content.shape != proxy.shape:
            return BlendState(proxy, ())
        scale = content.shape[1] / proxy.shape[1]
        motion = motion or motion_to(proxy, state.content, scale, vectors)
        before = None if state.before is None else carried(state.before, motion, proxy)
        # What is carried goes back to an anchor when it would be painted anew: it changes once, not twice.
        free = np.ones_like(motion.trust) if before is None else 1 - before.trust * renewing(before)
        return BlendState(proxy, tuple(
            tracked(anchor, motion, proxy, scale, free, look=(anchor.age + turn) % LOOK_FRAMES == 0)
            for turn, anchor in enumerate(state.anchors)), before)

    def steadied(self, content: Pixels, painted: Pixels, state: BlendState | None, changed: float = 0.0,
                 found: BlendState | None = None, vectors: Vectors | None = None,
                 motion: Motion | None = None) -> tuple[Pixels, BlendState]:
        """One stylised frame (H, W, 3) steadied, and the state after it; the rest as for a call and for ``follow``."""
        found = found or self.follow(content, state, vectors, motion)
        if self.stability == 0:
            return painted, found
        proxy, working = found.content, as_working(painted)
        share = visibility(proxy)
        if share == 0:  # nothing is painted, and what is flat is to change as the content does
            return painted, BlendState(proxy, (), visible=share)
        if state is not None:
            before_it = visibility(state.content) if state.visible is None else state.visible
            changed += max(0.0, abs(share - before_it) - LEAST_FADE)
        if not found.anchors or not fits(found.anchors[-1], working, proxy):
            return painted, BlendState(proxy, (captured(working, proxy),), shown_last(working, proxy), share)
        anchors = passing([replace(anchor, staleness=max(anchor.staleness + changed, relit(anchor.content, proxy)))
                           for anchor in found.anchors], changed)
        kept = share * (1 - (1 - self.stability) ** 2)
        before, half = stale(found.before, anchors[-1], changed), halved(working)
        own, means = reduced(working, half), around(working, half)
        greys = greys_of(means)
        if before is not None and state is not None and state.greys is not None:
            places = outdated(before, state.greys, greys)
            if places.any():
                anchors, before = [let_go(anchor, places) for anchor in anchors], let_go(before, places)
        picture, anchors, carried_share = layered(anchors, before, working, own, means, kept)
        last = shown_last(picture, proxy if before is None else painted_from(before, carried_share, proxy),
                          0 if before is None else before.age)
        # What is kept is never sharpened: done again and again that would end as noise.
        return (as_given(sharpened(picture, working), painted.dtype),
                BlendState(proxy, renewed(anchors, picture, working, means, proxy), last, share, greys))


def motion_into(content: Pixels, before: Pixels | Proxy, vectors: Vectors | None = None) -> Motion | None:
    """The motion to a frame (H, W, 3) from the one before, as ``follow`` takes it; None where they differ in size.

    before: the frame before, or its proxy. Nothing painted is needed, nor what is remembered: it can be found beside
    all else.
    """
    now = proxy_of(content)
    then = before if is_proxy(before) else proxy_of(before)
    if now.shape != then.shape:
        return None
    return replace(motion_to(now, cast(Proxy, then), content.shape[1] / now.shape[1], vectors), now=now)


def relit(first: Proxy, second: Proxy) -> float:
    """How stale a painting of the first proxy is for the second: 0 in about the same light, more in a fade."""
    contrasts = [max(brightness(proxy)[1], 1.0) for proxy in (first, second)]
    return FADED * max(0.0, abs(math.log(contrasts[1] / contrasts[0])) - SAME_LIGHT)


def fits(anchor: Anchor, painted: WorkingPicture, content: Proxy) -> bool:
    """Whether the anchor is of pictures like this one."""
    rows, columns = anchor.picture.shape[:2]
    sizes = {painted.shape[:2], (2 * painted.shape[0], 2 * painted.shape[1])}
    return (rows, columns) in sizes and anchor.content.shape == content.shape and anchor.picture.dtype == painted.dtype


def as_working(picture: Pixels) -> WorkingPicture:
    """The picture (H, W, 4), as uint8 where it is, else as float32 in [0, 1]."""
    import cv2

    if picture.dtype == np.uint16:
        picture = picture.astype(np.float32) * np.float32(1 / 65535)
    return cast(WorkingPicture, cv2.cvtColor(cast(Plane, picture), cv2.COLOR_RGB2RGBA))


def as_given(picture: WorkingPicture, dtype: np.dtype[np.generic]) -> Pixels:
    """The working picture in the type that frames came in."""
    import cv2

    rgb = cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB)
    if dtype == np.uint16:
        return np.asarray(np.rint(np.clip(cast(Plane, rgb), 0, 1) * np.float32(65535)), np.uint16)
    return cast(Pixels, rgb)


def passing(anchors: Sequence[Anchor], changed: float) -> list[Anchor]:
    """The anchors with the older one further on its way out, if it is worn; the sooner, the more the look changes."""
    oldest, *others = anchors
    if not others or (oldest.gone == 0 and oldest.wear + oldest.staleness / STALE < WORN):
        return list(anchors)
    gone = oldest.gone + max(1 / PASSING_FRAMES, min(changed / STALE, 1.0))
    return others if gone >= 1 else [replace(oldest, gone=gone), *others]


def layered(anchors: Sequence[Anchor], before: Anchor | None, painted: WorkingPicture, own: Plane,
            means: WorkingPicture, kept: float) -> tuple[WorkingPicture, list[Anchor], Plane]:
    """The new frame under what is seen of the anchors, the oldest on top, and the anchors with their new colours.

    The third is how much (h, w) is seen of ``before``, the last frame, which lies between them and the new one.
    own, means: the new frame's colours, at an eighth of its size and at any place. kept: the largest weight of any of
    these.
    """
    full = full_scale(painted)
    followed, weights = list[Anchor](), list[Plane]()
    below = np.ones(anchors[0].trust.shape, np.float32)
    for anchor in reversed(anchors):
        anchor, weight = weighted(anchor, own, full, kept)
        if followed and anchor.gone > 0:
            weight *= 1 - turned(anchor) * below
        below = anchor.trust
        followed.insert(0, anchor)
        weights.insert(0, weight)
    layers = list(followed)
    shares, bare = shared(weights, kept)
    bare = stepped(bare, HARDLY_BARE, 1)
    carried_share = np.zeros_like(bare)
    if before is not None and bare.any():
        before, weight = weighted(before, own, full, kept)
        carried_share = weight * bare * np.maximum(renewing(before) * agreeing(before, means), np.float32(PASSING_ON))
        layers.append(before)
        shares.append(cast(Plane, carried_share * (1 - sum(shares))))
    colors = cast(Plane, sum(shares_of(anchor, share) for anchor, share in zip(layers, shares, strict=True)))
    return shifted(laid(layers, shares, painted), colors), followed, carried_share


def weighted(anchor: Anchor, own: Plane, full: float, kept: float) -> tuple[Anchor, Plane]:
    """The anchor with its colours drawn to the new frame's ``own``, and how much of it could be shown, (h, w)."""
    import cv2

    anchor, alike = recolored(anchor, own, full)
    weight = anchor.trust * np.float32(kept * np.exp(-(anchor.staleness / STALE) ** 2))
    return anchor, cast(Plane, weight * cv2.resize(alike, weight.shape[::-1]))


def turned(anchor: Anchor) -> Plane:
    """Where (h, w) an anchor on its way out has made way, 0 to 1: one stroke after another, in an order of its own."""
    order = sampled(grain(*anchor.trust.shape), anchor.where)
    return stepped(cast(Plane, np.float32(anchor.gone * (1 + TURN)) - order), 0, TURN)


def renewed(anchors: list[Anchor], shown: WorkingPicture, painted: WorkingPicture, means: WorkingPicture,
            content: Proxy) -> tuple[Anchor, ...]:
    """The anchors for the next frame: a new one where they lack much, or before the oldest makes way.

    Where the oldest can be shown a new one holds the frame as it was painted; where only the last one can, that; else
    what was shown. While the oldest makes way a new one takes the place of the last, and differs only where that lacks.
    means: the painted frame's colours at any place.
    """
    oldest, last = anchors[0], anchors[-1]
    passes = oldest.gone > 0
    lacks = 1 - float((last if passes else oldest).trust.mean()) >= LACKING
    if passes:
        if not lacks or last.age < CAPTURE_FRAMES:
            return tuple(anchors)
        fresh = captured(mixed(lying(last, painted), shown, last.trust), content)
        return oldest, replace(fresh, staleness=last.staleness, wear=last.wear)
    worn = oldest.wear + oldest.staleness / STALE >= WORN / 2
    if not (lacks or worn) or not (last.age >= CAPTURE_FRAMES or last.staleness > STALE / 4):
        return tuple(anchors)
    rest = shown if last is oldest else mixed(lying(last, painted), painted, last.trust)
    share = cast(Plane, oldest.trust * agreeing(oldest, means))
    return oldest, captured(mixed(painted, rest, share), content)


def lying(anchor: Anchor, painted: WorkingPicture) -> WorkingPicture:
    """An anchor's picture as it lies in the newest frame, of that frame's size, to be kept: looked up from its own
    pixels, since what is sharpened each time it is kept ends as noise.
    """
    import cv2

    height, width = painted.shape[:2]
    # Of each two by two pixels of the doubled picture, the nearest is the first: its own.
    own = cast(WorkingPicture, cv2.resize(anchor.picture, (width, height), interpolation=cv2.INTER_NEAREST))
    return shifted(looked_up_whole(own, anchor.where), anchor.offset)


def full_scale(picture: WorkingPicture) -> float:
    """The number that stands for white."""
    return 255.0 if picture.dtype == np.uint8 else 1.0
