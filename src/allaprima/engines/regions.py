"""Several looks in one picture: each is painted from all of it, and they are composed by their masks.

Normalising each place of a network's features by the looks of its own masks would take one painting, but what a network
does beside a mask's edge then is neither look's: black lines and white halos along hard edges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.engine import Statistics
from allaprima.engines.looks import Look
from allaprima.frames import Pixels
from allaprima.functional.hidden import filled
from allaprima.functional.visibility import visibility
from allaprima.runtimes.calls import BASE_NETWORK, Batch, Moments, Row

HALF = 0.5          # of a place, from which on it counts to a region
LEAST_COVER = 0.03  # of a picture: what is smaller is normalised by the whole picture's statistics in part

Share = float | NDArray[np.float32]
Paint = Callable[[Batch, Sequence[Look], Statistics | None], tuple[Batch, Statistics]]


def painted_in_regions(paint: Paint, images: Batch, looks: Sequence[Look],
                       statistics: Statistics | None) -> tuple[Batch, Statistics]:
    """The images (N, H, W, 3), each in its look's regions, and the statistics of all of these, one after the other.

    paint: an engine's way for looks without regions. What keeps the content is the content, to the bit.
    """
    height, width = images.shape[1:3]
    looks = alike_in_number(looks)
    places = [looks_of(look) for look in looks]
    shares = [shares_of(look, height, width) for look in looks]
    layers: list[list[tuple[NDArray[np.generic], Share]]] = [[] for _ in looks]
    used: dict[str, Moments] = {}
    for index in range(len(places[0])):
        if index == len(places[0]) - 1 and all(look.keeps_rest for look in looks):
            painted = images
        else:
            given, parts = statistics_at(statistics, index), [each[index] for each in places]
            if any(is_own(look, index) for look in looks):
                painted, found = painted_by_own(paint, images, parts, [share[index] for share in shares], given)
            else:
                painted, found = paint(images, parts, given)
            used |= {f"{named(index)}{name}": moments for name, moments in by_network(found.moments).items()}
        for layer, share, picture in zip(layers, shares, painted, strict=True):
            layer.append((picture, share[index]))
    pictures = [mixed(image, layer) for image, layer in zip(images, layers, strict=True)]
    return cast(Batch, np.stack(pictures)), statistics_of(used, len(images), statistics)


def is_own(look: Look, index: int) -> bool:
    """Whether a look's region of that number is normalised by its own statistics; what no region covers is not."""
    return index < len(look.regions) and look.regions[index].own


def painted_by_own(paint: Paint, images: Batch, looks: Sequence[Look], shares: Sequence[NDArray[np.float32]],
                   given: Statistics | None) -> tuple[Batch, Statistics]:
    """The images (N, H, W, 3) painted as if what lies under their shares (H, W) were all of them, and its statistics.

    What lies beyond is mirrored from it: nothing that is painted near a border then comes from the other side of it.
    """
    cuts = [Cut.of(image, share) for image, share in zip(images, shares, strict=True)]
    if given is not None and given.momentum == 0:
        return paint(cast(Batch, np.stack([cut.shown for cut in cuts])), looks, given)
    pictures, found = [], []
    for index, (look, cut) in enumerate(zip(looks, cuts, strict=True)):
        before = None if given is None else replace(given, moments=given.moments.of(index))
        picture, moments = painted_cut(paint, images[index:index + 1], look, cut, before)
        pictures.append(picture)
        found.append(moments)
    return cast(Batch, np.concatenate(pictures)), Statistics(stacked(found), 1.0 if given is None else given.momentum)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A region of a picture as a picture.

    alone: (H, W, 3), all of it mirrored from the region. shown: the same, mixed with the whole picture the less there
    is to be seen in it, since a sky of one colour would not be painted at all. trust: how much its statistics tell, 0
    to 1: what is small or hardly varies tells too little to be normalised by.
    """

    alone: Pixels
    shown: Pixels
    trust: float

    @classmethod
    def of(cls, image: Pixels, share: NDArray[np.float32]) -> Cut:
        """The part of an image (H, W, 3) under a share (H, W)."""
        import cv2

        inside = share > HALF
        if not inside.any():
            return cls(image, image, 0.0)
        alone = filled(image, np.where(inside, 255, 0).astype(np.uint8))
        seen = visibility(alone)
        mixed = cv2.addWeighted(np.asarray(alone), seen, np.asarray(image), 1 - seen, 0) if seen < 1 else alone
        return cls(alone, cast(Pixels, mixed), min(1.0, float(inside.mean()) / LEAST_COVER) * min(1.0, 2 * seen))


def painted_cut(paint: Paint, image: Batch, look: Look, cut: Cut, given: Statistics | None) -> tuple[Batch, Moments]:
    """A region of an image (1, H, W, 3) painted, and its moments, mixed with the given ones.

    As far as they are not to be trusted, the whole image's stand in for them.
    """
    if given is not None:
        given = replace(given, momentum=given.momentum * cut.trust)
    elif cut.trust < 1:
        given = Statistics(paint(image, [look], None)[1].moments, cut.trust)
    painted, used = paint(cut.alone[None], [look], given)
    if cut.shown is not cut.alone:
        painted = paint(cut.shown[None], [look], Statistics(used.moments))[0]
    return painted, used.moments


def stacked(found: Sequence[Moments]) -> Moments:
    """The moments of several pictures as those of a batch; of a network that painted only some, those stand for all."""
    parts = [by_network(moments) for moments in found]
    names = list(dict.fromkeys(name for part in parts for name in part))
    rows = {name: [part.get(name) or next(other[name] for other in parts if name in other) for part in parts]
            for name in names}
    used = {name: Moments(np.concatenate([row.mean for row in own]), np.concatenate([row.variance for row in own]))
            for name, own in rows.items()}
    return used[BASE_NETWORK] if names == [BASE_NETWORK] else statistics_of(used, len(found), None).moments


def alike_in_number(looks: Sequence[Look]) -> list[Look]:
    """The looks with as many regions each: those that have fewer get some that cover nothing.

    Regions that are found anew with a shot may be others in number, and a shot may begin within a batch for whoever
    finds regions and not for whoever makes batches: the two look at copies of another size.
    """
    most = max(len(look.regions) for look in looks)
    return [look if len(look.regions) == most else replace(look, regions=(
        *look.regions, *(replace(region, mask=np.zeros_like(region.mask))
                         for region in look.regions[-1:] * (most - len(look.regions))))) for look in looks]


def named(index: int) -> str:
    """What the names of a region's networks begin with."""
    return f"{index}: "


def by_network(moments: Moments) -> dict[str, Moments]:
    """The moments of each network that these hold, by its name."""
    found = {name: moments.of_network(name) for name in moments.networks or (BASE_NETWORK,)}
    return {name: own for name, own in found.items() if own is not None}


def statistics_of(used: Mapping[str, Moments], pictures: int, given: Statistics | None) -> Statistics:
    """The statistics of several networks as one, a row for each picture, told like those that were given."""
    def beside(rows: Sequence[Row]) -> Row:
        return np.concatenate([np.broadcast_to(row, (pictures, row.shape[1])) for row in rows], axis=1)

    moments = Moments(beside([one.mean for one in used.values()]), beside([one.variance for one in used.values()]),
                      tuple(used))
    return Statistics(moments) if given is None else replace(given, moments=moments)


def statistics_at(statistics: Statistics | None, index: int) -> Statistics | None:
    """Those of one region, as its own; None where they are of other regions."""
    if statistics is None:
        return None
    own = {name.removeprefix(named(index)): moments for name, moments in by_network(statistics.moments).items()
           if name.startswith(named(index))}
    if not own:
        return None
    if list(own) == [BASE_NETWORK]:
        return replace(statistics, moments=own[BASE_NETWORK])
    return statistics_of(own, len(statistics.moments.mean), statistics)


def mixed(like: NDArray[np.generic], pictures: Sequence[tuple[NDArray[np.generic], Share]]) -> NDArray[np.generic]:
    """The sum of pictures (H, W, 3) by their shares, as the type of ``like``; one alone is given back as it is."""
    if len(pictures) == 1 and isinstance(pictures[0][1], float):
        return pictures[0][0]
    total = np.zeros(like.shape, np.float32)
    for picture, share in pictures:
        total += np.asarray(picture, np.float32) * (share if isinstance(share, float) else share[..., None])
    if like.dtype == np.float32:
        return total
    return np.clip(np.rint(total), 0, np.iinfo(like.dtype).max).astype(like.dtype)  # type: ignore[type-var]


@lru_cache(maxsize=4)
def shares_of(look: Look, height: int, width: int) -> NDArray[np.float32]:
    """Each region's share of every pixel, then the background's, (R + 1, H, W), at that size.

    Where masks overlap beyond one they share the place in their proportion; the background has what they leave.
    """
    masks = np.stack([mask_at_size(region.mask, height, width) for region in look.regions])
    total = masks.sum(axis=0)
    masks = masks / np.maximum(total, 1)
    rest = np.maximum(1 - total, 0)
    return cast(NDArray[np.float32], np.concatenate([masks, rest[None]]).astype(np.float32))


def looks_of(look: Look) -> list[Look]:
    """The looks that the shares belong to: of the regions, then of the background."""
    background = Look(look.style, 0.0 if look.keeps_rest else look.strength, labels=look.labels)
    return [*(region.look for region in look.regions), background]


def mask_at_size(mask: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """A mask (H, W) at another size, in [0, 1]."""
    if mask.shape == (height, width):
        return mask
    import cv2

    method = cv2.INTER_AREA if height * width < mask.size else cv2.INTER_LINEAR
    return np.clip(np.asarray(cv2.resize(mask, (width, height), interpolation=method), np.float32), 0, 1)
