"""What networks paint that nobody asked for: weave, dependence on the grid of pixels, halos. Each in 8-bit levels.

None of them is a loss that a network here was trained by. Pictures are RGB in [0, 1]; a level is 1/255.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LEVELS = 255.0
GREY = (0.299, 0.587, 0.114)
PERIODS = (2, 4, 8)        # pixels: the strides of networks that work at 1/2, 1/4 and 1/8
WINDOW, STEP = 32, 16      # pixels: windows in which repetition is looked for, and from one to the next
BOXED = (..., slice(4, -3), slice(4, -3))  # where a box of eight pixels lies inside the picture
FLAT_DEVIATION = 0.02      # of grey from a plane, below which a window of the content is flat
FEWEST_WINDOWS = 4
CALM_SHARE = 0.25          # of a style's windows, the calmest, that say what it has of itself
MARGIN_PX = 32             # at borders, where a shifted picture has other neighbours
STEEP, STEP_HEIGHT = 0.04, 0.25    # an edge's slope a pixel, and the difference across it, in grey
NEAR, FAR = (3, 8), (13, 20)       # pixels from an edge: where a halo would be, and where its surroundings are
SIDE_DEVIATION = 0.03      # of grey beside an edge, from its own mean, that is flat enough to see a halo in
FEWEST_PROFILES = 20
MOST_EDGES = 20_000


def grey_of(pictures: Tensor) -> Tensor:
    """Grey pictures (N, 1, H, W) of RGB ones."""
    return (pictures * pictures.new_tensor(GREY)[None, :, None, None]).sum(dim=1, keepdim=True)


def windows_of(maps: Tensor) -> Tensor:
    """Overlapping windows (N, C, K, 32, 32) of maps (N, C, H, W): the last rows that fill none are left out."""
    return maps.unfold(2, WINDOW, STEP).unfold(3, WINDOW, STEP).flatten(2, 3)


def too_small(pictures: Tensor) -> bool:
    """Whether pictures hold no window."""
    return min(pictures.shape[2:]) < WINDOW + PERIODS[-1] - 1


def unevenness(pictures: Tensor) -> Tensor:
    """By how much grey differs from a plane in each window, (N, K): the root of the mean square."""
    windows = windows_of(grey_of(pictures)[BOXED])[:, 0]
    ramp = torch.linspace(-1, 1, WINDOW, dtype=windows.dtype, device=windows.device)
    centred = windows - windows.mean(dim=(2, 3), keepdim=True)
    across = (centred * ramp).mean(dim=(2, 3)) / ramp.square().mean().sqrt()
    down = (centred * ramp[:, None]).mean(dim=(2, 3)) / ramp.square().mean().sqrt()
    return (centred.square().mean(dim=(2, 3)) - across.square() - down.square()).clamp(min=0).sqrt()


def repetition(pictures: Tensor) -> Tensor:
    """The energy in each window of what repeats every 2, 4 and 8 pixels and no oftener, (N, K, 3), squares of [0, 1].

    The mean tile of a window holds what repeats, and a share of everything else: one in as many as there are tiles.
    That share is estimated from the tiles' own energy and taken off, so that noise and strokes give 0 on average.
    Slow gradients are taken off first, by a box of eight pixels, which leaves a period of eight as it is.
    """
    windows = windows_of(pictures[BOXED] - F.avg_pool2d(pictures, PERIODS[-1], stride=1))
    windows = windows - windows.mean(dim=(3, 4), keepdim=True)
    whole = windows.square().mean(dim=(1, 3, 4))
    energies, shorter = [], torch.zeros_like(whole)
    for period in PERIODS:
        count = (WINDOW // period) ** 2
        across = WINDOW // period
        tiles = windows.reshape(*windows.shape[:3], across, period, across, period)
        energy = (count * tiles.mean(dim=(3, 5)).square().mean(dim=(1, 3, 4)) - whole) / (count - 1)
        energies.append(energy - shorter)
        shorter = energy
    return torch.stack(energies, dim=2)


def own_repetition(style: Tensor) -> Tensor:
    """What the calm places of a style (1, 3, H, W) have of it themselves, (3,); nothing of one below 39 pixels."""
    if too_small(style):
        return style.new_zeros(len(PERIODS))
    uneven = unevenness(style)[0]
    calm = uneven.argsort()[:max(1, round(CALM_SHARE * len(uneven)))]
    return repetition(style)[0, calm].mean(dim=0).clamp(min=0)


def weave(painted: Tensor, content: Tensor, own: Tensor) -> tuple[float, ...]:
    """Weave in flat places of a content, beyond the style's own: in levels, at periods of 2, 4 and 8 pixels.

    painted, content: (1, 3, H, W). own: ``own_repetition`` of the style. The root of the mean energy; its square is the
    mean square of what repeats. NaN where the content has hardly a flat place.
    """
    if too_small(content):
        return (math.nan,) * len(PERIODS)
    flat = unevenness(content)[0] < FLAT_DEVIATION
    if int(flat.sum()) < FEWEST_WINDOWS:
        return (math.nan,) * len(PERIODS)
    excess = (repetition(painted)[0, flat].mean(dim=0) - own).clamp(min=0)
    return tuple(float(energy) for energy in LEVELS * excess.sqrt())


def moved(pictures: Tensor, shift: tuple[int, int]) -> Tensor:
    """Pictures (N, 3, H, W) moved down and right by whole pixels; what leaves comes in at the other side."""
    return pictures.roll(shift, dims=(2, 3))


def shift_error(painted: Tensor, painted_moved: Tensor, shift: tuple[int, int]) -> float:
    """How differently a moved content was painted, in levels: the root of the mean square, away from the borders.

    painted: a content painted, (1, 3, H, W). painted_moved: the content ``moved`` by the shift, painted. It is moved
    back and compared. Moving in a circle keeps every mean over the picture, so that a network of convolutions and
    instance normalisations with no grid of its own has no error but by the seam.
    """
    back = moved(painted_moved, (-shift[0], -shift[1]))
    margin = min(MARGIN_PX, min(painted.shape[2:]) // 4)
    inside = (painted - back)[:, :, margin:-margin, margin:-margin]
    return LEVELS * float(inside.square().mean().sqrt())


def shift_of(index: int) -> tuple[int, int]:
    """The shift of the pair with that number: 1 to 7 pixels each way, all of them in turn."""
    return 1 + index % 7, 1 + (index + index // 7) % 7


def edges_of(grey: Tensor) -> tuple[Tensor, Tensor]:
    """Places (K, 2) of steep edges in a grey picture (1, 1, H, W), row and column, and their normals to the bright."""
    offsets = torch.arange(-3, 4, dtype=grey.dtype, device=grey.device)
    line = (-offsets.square() / 2).exp()
    line = (line / line.sum())[None, None, None]
    smooth = F.conv2d(F.conv2d(F.pad(grey, (3, 3, 3, 3), mode="reflect"), line), line.mT)
    down, right = torch.gradient(smooth[0, 0])
    slope = (down.square() + right.square()).sqrt()
    places = (slope > STEEP).nonzero()[:MOST_EDGES]
    rows, columns = places.unbind(1)
    normals = torch.stack([down[rows, columns], right[rows, columns]], dim=1) / slope[rows, columns][:, None]
    beside = profiles(slope[None, None], places, normals, (-1, 0, 1))
    ridge = (beside[:, 1] >= beside[:, 0]) & (beside[:, 1] >= beside[:, 2])
    return places[ridge], normals[ridge]


def profiles(maps: Tensor, places: Tensor, normals: Tensor, distances: tuple[int, ...]) -> Tensor:
    """A map (1, 1, H, W) along normals at whole distances from places, (K, D); NaN outside the picture."""
    height, width = maps.shape[2:]
    along = torch.tensor(distances, dtype=maps.dtype, device=maps.device)
    points = places[:, None].to(maps.dtype) + along[None, :, None] * normals[:, None]
    scale = torch.tensor([height - 1, width - 1], dtype=maps.dtype, device=maps.device)
    unit = 2 * points / scale - 1
    sampled = F.grid_sample(maps, unit.flip(2)[None], mode="bilinear", align_corners=True)[0, 0]
    return sampled.masked_fill((unit.abs() > 1).any(dim=2), math.nan)


def halo(painted: Tensor, content: Tensor) -> float:
    """Overshoot beside strong edges, in levels: how much brighter than its surroundings a painting is close beside an
    edge on its bright side, and how much darker on its dark side.

    painted, content: (1, 3, H, W). Edges are the content's, with a step of at least 0.25 and a flat side; 3 to 8
    pixels from them are compared with 13 to 20, in grey. The mean of both sides, each a mean over its edges and not
    below 0; a side with few edges is left out, and NaN where both have few.
    """
    grey = grey_of(content)
    places, normals = edges_of(grey)
    if len(places) < FEWEST_PROFILES:
        return math.nan
    across = profiles(grey, places, normals, (-5, -4, -3, 3, 4, 5))
    strong = across[:, 3:].mean(dim=1) - across[:, :3].mean(dim=1) >= STEP_HEIGHT
    places, normals, shown = places[strong], normals[strong], grey_of(painted.clamp(0, 1))
    found = []
    for sign in (1, -1):
        flat = profiles(grey, places, sign * normals, tuple(range(NEAR[0], FAR[1] + 1)))
        usable = flat.std(dim=1, correction=0) < SIDE_DEVIATION
        if int(usable.sum()) < FEWEST_PROFILES:
            continue
        near, far = (profiles(shown, places[usable], sign * normals[usable], tuple(range(first, last + 1))).mean()
                     for first, last in (NEAR, FAR))
        found.append(max(0.0, sign * float(near - far)))
    return LEVELS * sum(found) / len(found) if found else math.nan
