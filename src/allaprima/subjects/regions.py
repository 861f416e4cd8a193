"""Regions of a picture, by what they look like: features of VGG-19 in clusters, smoothed along the picture's edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima import weights
from allaprima.nets.vgg import LOW_RANKS

LINES = 192             # the shorter side that regions are looked for at: textures count, and no leaves
LAYERS = ("relu3_1", "relu4_1")
STRIDE = 8              # pixels from one place of the deepest features to the next
SHARES = (0.8, 1.0)     # of the layers in what places are compared by
COLOR, HEIGHT = 1.6, 0.5   # of colours in [0, 1], and of the height in the picture, 0 to 1
MOST = 5                # regions that are looked for unasked
WORTH = 0.82            # of what the clusters before left over: another one that leaves more is none
ROUNDS, STARTS = 24, 4  # of k-means
SOFTNESS = 0.06         # of squared distances: places between two clusters belong to both a little
WIDE, NARROW = (8, 6, 4), 3  # radii of the guided filter's passes, the wide ones at half the size
EVENNESS = 1e-4         # of the guided filter, in squares of [0, 1]
EDGE = 0.25             # of a share: how far from a half a mask still is between none and all
PLACE = 0.5             # of likeness: how much regions that lie alike high are alike

Floats = NDArray[np.float32]
Shares = NDArray[np.float32]
"""How much of each region every place is, (R, h, w), summing to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a picture's places look like.

    places: (h, w, C), what they are compared by. deep: (h, w, D), their deepest features, of length 1. small: the
    picture that they were found in, (H, W, 3) in [0, 1].
    """

    places: Floats
    deep: Floats
    small: Floats


See = Callable[[NDArray[np.generic]], Seen]


@cache
def seer() -> See:
    """What looks at a picture (H, W, 3) of any depth, by the slim VGG-19 that comes along."""
    import cv2
    import torch
    from torch.nn import functional as F

    from allaprima.nets.vgg import VGG19
    from allaprima.subjects.squares import shrunk

    network = VGG19("replicate", last=LAYERS[-1], ranks=LOW_RANKS)
    network.load_state_dict({name: torch.from_numpy(np.array(tensor))
                             for name, tensor in weights.load("slim-vgg19").items()}, strict=False)
    network.requires_grad_(False).eval()

    def see(picture: NDArray[np.generic]) -> Seen:
        image = shrunk(picture)
        scale = min(1.0, LINES / min(image.shape[:2]))
        height, width = (max(STRIDE, STRIDE * round(scale * side / STRIDE)) for side in image.shape[:2])
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
        whole = image.astype(np.float32) / np.float32(255)
        with torch.inference_mode():
            features = network(torch.from_numpy(small).permute(2, 0, 1)[None], LAYERS)
            deep = features[LAYERS[-1]]
            size = deep.shape[2:]
            seen = [F.normalize(F.adaptive_avg_pool2d(features[layer], size), dim=1)[0].permute(1, 2, 0).numpy()
                    for layer in LAYERS]
        colors = cv2.resize(small, (size[1], size[0]), interpolation=cv2.INTER_AREA)
        down = np.broadcast_to(np.linspace(0, 1, size[0], dtype=np.float32)[:, None, None], (*size, 1))
        parts = [share * part for share, part in zip(SHARES, seen, strict=True)]
        return Seen(np.concatenate([*parts, COLOR * colors, HEIGHT * down], axis=2).astype(np.float32), seen[-1], whole)

    return see


def clusters_of(look: Seen, count: int | None = None) -> Floats:
    """The centres (R, C) of that many clusters of places; None for as many as tell the picture's parts apart."""
    points = look.places.reshape(-1, look.places.shape[2]).astype(np.float64)
    if count is not None:
        return k_means(points, count)[0].astype(np.float32)
    found, left = k_means(points, 2)
    for more in range(3, MOST + 1):
        centres, still = k_means(points, more)
        if still > WORTH * left:
            break
        found, left = centres, still
    return found.astype(np.float32)


def k_means(points: NDArray[np.float64], count: int) -> tuple[NDArray[np.float64], float]:
    """Centres (count, C), the largest cluster first, and the mean squared distance that is left; always the same.

    Begun as by k-means++ (Arthur and Vassilvitskii 2007), several times; the best is kept.
    """
    best: tuple[NDArray[np.float64], float] | None = None
    for seed in range(STARTS):
        random = np.random.default_rng(seed)
        centres = points[random.integers(len(points))][None]
        while len(centres) < count:
            distance = squared_distances(points, centres).min(axis=1)
            total = distance.sum()
            chosen = random.choice(len(points), p=distance / total) if total > 0 else random.integers(len(points))
            centres = np.concatenate([centres, points[chosen][None]])
        for _ in range(ROUNDS):
            nearest = squared_distances(points, centres).argmin(axis=1)
            centres = np.stack([points[nearest == index].mean(axis=0) if (nearest == index).any() else centres[index]
                                for index in range(count)])
        distances = squared_distances(points, centres)
        left = float(distances.min(axis=1).mean())
        if best is None or left < best[1]:
            order = np.argsort(-np.bincount(distances.argmin(axis=1), minlength=count), kind="stable")
            best = centres[order], left
    assert best is not None
    return best


def squared_distances(points: NDArray[np.floating], centres: NDArray[np.floating]) -> NDArray[np.float64]:
    """From every point (N, C) to every centre (R, C), (N, R)."""
    squares = np.square(points).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
    return np.maximum(np.asarray(squares - 2 * np.einsum("nc,rc->nr", points, centres), np.float64), 0)


def shares_of(look: Seen, centres: Floats) -> Shares:
    """How much of each cluster's region every pixel of the small picture is, with edges where the picture's are."""
    import cv2

    height, width = look.small.shape[:2]
    rows, columns = look.places.shape[:2]
    distances = squared_distances(look.places.reshape(rows * columns, -1), centres)
    soft = np.exp(-(distances - distances.min(axis=1, keepdims=True)) / SOFTNESS)
    soft = (soft / soft.sum(axis=1, keepdims=True)).astype(np.float32).reshape(rows, columns, -1)
    return along_edges(look.small, np.stack([cast(Floats, cv2.resize(
        np.ascontiguousarray(soft[..., index]), (width, height), interpolation=cv2.INTER_LINEAR))
        for index in range(len(centres))]))


def along_edges(picture: Floats, shares: Shares) -> Shares:
    """Shares (R, H, W) moved to the edges of a picture (H, W, 3): again and again by a guided filter, and hardened.

    One pass leaves what is far from an edge half of each; hardened, it draws the next, narrower pass nearer. The wide
    ones see a copy of half the size.
    """
    import cv2

    height, width = shares.shape[1:]
    size = max(1, width // 2), max(1, height // 2)
    small, near = (shrunk(picture, *size), np.stack([shrunk(share, *size) for share in shares]))
    for radius in WIDE:
        near = hardened(guided(small, near, radius))
    large = np.stack([cv2.resize(share, (width, height), interpolation=cv2.INTER_LINEAR) for share in near])
    return hardened(guided(picture, large, NARROW))


def shrunk(picture: Floats, width: int, height: int) -> Floats:
    """A picture made smaller: area means."""
    import cv2

    return cast(Floats, cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def guided(picture: Floats, shares: Shares, radius: int) -> Shares:
    """Shares (R, H, W) as a picture's three colours (H, W, 3) tell them: a guided filter (He et al. 2013, eq. 19)."""
    import cv2

    def mean(values: Floats) -> Floats:
        return cast(Floats, cv2.blur(values, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT))

    planes = [np.ascontiguousarray(picture[..., channel]) for channel in range(3)]
    means = [mean(plane) for plane in planes]
    rr, rg, rb, gg, gb, bb = (mean(planes[i] * planes[j]) - means[i] * means[j] + np.float32(EVENNESS * (i == j))
                              for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)))
    inverse = [[gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg],
               [rb * gb - rg * bb, rr * bb - rb * rb, rg * rb - rr * gb],
               [rg * gb - rb * gg, rg * rb - rr * gb, rr * gg - rg * rg]]
    whole = rr * inverse[0][0] + rg * inverse[0][1] + rb * inverse[0][2]
    result = []
    for share in shares:
        level = mean(share)
        together = [mean(plane * share) - own * level for plane, own in zip(planes, means, strict=True)]
        slopes = [sum((part * row for part, row in zip(together, rows, strict=True)), np.float32(0)) / whole
                  for rows in inverse]
        offset = level - sum((slope * own for slope, own in zip(slopes, means, strict=True)), np.float32(0))
        result.append(mean(offset) + sum((mean(slope) * plane for slope, plane in zip(slopes, planes, strict=True)),
                                         np.float32(0)))
    return np.stack(result).astype(np.float32)


def hardened(shares: Shares) -> Shares:
    """The shares with what is nearly all of a place made all of it, summing to 1."""
    way = np.clip((shares - (0.5 - EDGE)) / (2 * EDGE), 0, 1) + np.float32(1e-4) * np.clip(shares, 0, 1)
    way += np.float32(1e-6)
    return cast(Shares, (way / way.sum(axis=0)).astype(np.float32))


def centres_in(look: Seen, masks: Shares) -> Floats:
    """The centres (R, C) of places under masks (R, H, W) of the small picture's size."""
    return np.stack([weighed(look.places, mask) for mask in masks])


def weighed(values: Floats, mask: Floats) -> Floats:
    """The mean (C,) of values (h, w, C) under a mask of any size."""
    import cv2

    rows, columns = values.shape[:2]
    small = cast(Floats, cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA))
    return cast(Floats, np.einsum("hwc,hw->c", values, small / max(float(small.sum()), 1e-6)).astype(np.float32))


def matched(content: Seen, regions: Shares, style: Seen, parts: Shares) -> list[int]:
    """For each region of a content the part of a style that it is like: each part once where there are as many.

    Alike by their deepest features less those of the whole picture, so that a painting's sky is like a photograph's,
    and by how high they lie.
    """
    own, other = (np.stack([weighed(look.deep, share) for share in shares]) - look.deep.mean(axis=(0, 1))
                  for look, shares in ((content, regions), (style, parts)))
    lengths = np.linalg.norm(own, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    heights = [np.array([height_of(share) for share in shares]) for shares in (regions, parts)]
    alike = own @ other.T / np.maximum(lengths, 1e-6) - 2 * PLACE * np.abs(heights[0][:, None] - heights[1])
    if len(parts) < len(regions):
        return [int(index) for index in alike.argmax(axis=1)]
    chosen = max(permutations(range(len(parts)), len(regions)),
                 key=lambda order: float(sum(alike[index, part] for index, part in enumerate(order))))
    return list(chosen)


def height_of(share: Floats) -> float:
    """How far down a region lies, 0 to 1."""
    rows = share.sum(axis=1)
    return float((rows * np.linspace(0, 1, len(rows))).sum() / max(float(rows.sum()), 1e-6))
