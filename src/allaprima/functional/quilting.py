"""Image quilting: texture by blocks of a picture, joined along least-error cuts (Efros & Freeman, SIGGRAPH 2001).

Blocks are laid row by row so that they overlap. Of all places in the source those are found whose block fits what lies
there already, one of the best is taken at random, and it is joined to that along the path of least difference.
Errors of all places at once are correlations, computed by Fourier transforms; cuts are dynamic programming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.1      # above the least error that a block may have to be chosen (section 2.1)
CANDIDATES = 8       # of least error in the small copy, around which errors are then found exactly
SAME = 3             # a block's side in so many parts: two places nearer than one part show the same block
PASSES = 3           # of a transfer, each with smaller blocks (section 3)
SHRINKING = 2 / 3    # of the blocks from pass to pass
MOST_TEXTURE = 0.3   # of the last pass's errors; with the paper's 0.9 less of the photograph is left
SMALLEST_BLOCK = 8
SEARCHED = 256       # pixels of a side, of the copy that places are sought in
SEARCHED_TO_DRAW = 112  # the same for a transfer, which seeks a place for thousands of small blocks
SMALLEST_SEARCHED = 8  # pixels of a block's side in it

Floats = NDArray[np.float32]
Place = tuple[int, int]
Places = NDArray[np.intp]
"""Upper and left sides of blocks, (P, 2)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where blocks are laid: their upper and left sides, and their side. wraps: whether the picture repeats."""

    tops: tuple[int, ...]
    lefts: tuple[int, ...]
    block: int
    wraps: bool


def grid_for(height: int, width: int, block: int, overlap: int, *, wraps: bool) -> Grid:
    """Blocks that cover a picture, each overlapping the next by at least that much, spread evenly."""

    def places(length: int) -> tuple[int, ...]:
        if wraps:
            count = max(2, -(-length // (block - overlap)))
            return tuple(round(index * length / count) for index in range(count))
        count = max(1, -(-max(0, length - block) // (block - overlap)) + 1)
        return tuple(np.linspace(0, max(0, length - block), count).round().astype(int).tolist())

    return Grid(places(height), places(width), block, wraps)


class Source:
    """The picture (h, w, C), float32, that blocks of that side are taken from, with what is computed of it once.

    Places are sought in a copy that is ``factor`` times smaller, and found to the pixel after that.
    """

    def __init__(self, picture: Floats, block: int, searched: int = SEARCHED) -> None:
        self.picture, self.block = np.ascontiguousarray(picture, np.float32), block
        wanted = round((picture.shape[0] * picture.shape[1]) ** 0.5 / searched)
        self.factor = max(1, min(wanted, block // SMALLEST_SEARCHED))
        self.small = shrunk(self.picture, self.factor)
        self.windows = np.lib.stride_tricks.sliding_window_view(self.picture, (block, block), axis=(0, 1))
        self.squares = np.ascontiguousarray(np.sum(np.square(self.small), axis=2), np.float32)
        self._weighed: dict[bytes, Floats] = {}

    @property
    def places(self) -> Place:
        """In how many rows and columns a block can begin."""
        return self.picture.shape[0] - self.block + 1, self.picture.shape[1] - self.block + 1

    def errors(self, there: Floats, weight: Floats) -> Floats:
        """About the weighed (B, B) squared differences of blocks, at every ``factor``, to ``there`` (B, B, C)."""
        there, weight = shrunk(there, self.factor), shrunk(weight[..., None], self.factor)
        key = weight.tobytes()
        if key not in self._weighed:
            self._weighed[key] = correlated(self.squares, weight)
        both = correlated(self.small, np.ascontiguousarray(there * weight))
        total = self._weighed[key] - 2 * both + np.sum(np.square(there) * weight)
        return np.asarray(total * self.factor ** 2, np.float32)

    def at(self, place: Place) -> Floats:
        """The block there."""
        return self.picture[place[0]:place[0] + self.block, place[1]:place[1] + self.block]

    def around(self, coarse: Places) -> Places:
        """The places (P, 2) in the picture that places (Q, 2) in the small copy may stand for, each once."""
        reach = np.arange(self.factor // 2 * 2 + 1) - self.factor // 2
        near = np.stack(np.meshgrid(reach, reach, indexing="ij"), axis=2).reshape(1, -1, 2)
        found = (coarse[:, None] * self.factor + near).reshape(-1, 2)
        found = found[((found >= 0) & (found < self.places)).all(axis=1)]
        _, first = np.unique(found[:, 0] * self.places[1] + found[:, 1], return_index=True)
        return np.asarray(found[np.sort(first)])


def shrunk(picture: Floats, factor: int) -> Floats:
    """A picture (H, W, C) that many times smaller, by area means; what is left over at its ends is left out."""
    if factor == 1:
        return picture
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    parts = picture[:height * factor, :width * factor].reshape(height, factor, width, factor, -1)
    return np.ascontiguousarray(parts.mean(axis=(1, 3)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What a transfer's blocks are to be like: ``light``, of the source, to ``target`` (H, W).

    texture: the share that fitting each other has against that. over: whether what lies there already counts too.
    """

    light: Source
    target: Floats
    texture: float
    over: bool


def correlated(picture: Floats, template: Floats) -> Floats:
    """The correlation of a picture with a template at every place where it lies inside."""
    import cv2

    return np.asarray(cv2.matchTemplate(picture, template, cv2.TM_CCORR), np.float32)


def quilted(picture: Floats, height: int, width: int, block: int, overlap: int, *, seed: int = 0, wraps: bool = False,
            on_row: Callable[[], None] = lambda: None) -> Floats:
    """A texture (height, width, C) like the picture (h, w, C), float32; the same for the same seed.

    block, overlap: in pixels; a block fits into both pictures. wraps: a texture that repeats without a seam. on_row:
    told of each row of blocks.
    """
    canvas = np.zeros((height, width, picture.shape[2]), np.float32)
    lay(canvas, Source(picture, block), grid_for(height, width, block, overlap, wraps=wraps),
        np.random.default_rng(seed), None, on_row)
    return canvas


def transferred(picture: Floats, light: Floats, target: Floats, block: int, overlap_share: float, *, seed: int = 0,
                on_row: Callable[[], None] = lambda: None) -> Floats:
    """The target (H, W), a luminance, drawn with blocks of the picture (h, w, C): texture transfer (section 3).

    light: (h, w), the picture's own luminance, to be compared with the target's. From pass to pass blocks get smaller
    and keep to what lies there already.
    """
    canvas = np.zeros((*target.shape, picture.shape[2]), np.float32)
    random = np.random.default_rng(seed)
    for index in range(PASSES):
        side = max(SMALLEST_BLOCK, round(block * SHRINKING ** index))
        grid = grid_for(target.shape[0], target.shape[1], side, max(2, round(side * overlap_share)), wraps=False)
        texture = 0.1 + (MOST_TEXTURE - 0.1) * index / (PASSES - 1)
        lay(canvas, Source(picture, side, SEARCHED_TO_DRAW), grid, random,
            Followed(Source(light[..., None], side, SEARCHED_TO_DRAW), target, texture, over=index > 0), on_row)
    return canvas


def lay(canvas: Floats, source: Source, grid: Grid, random: np.random.Generator, followed: Followed | None,
        on_row: Callable[[], None]) -> None:
    """Lays blocks over the canvas (H, W, C), row by row, left to right."""
    laid = np.zeros(canvas.shape[:2], np.bool_)
    chosen: dict[Place, Place] = {}
    for row, top in enumerate(grid.tops):
        for column, left in enumerate(grid.lefts):
            under = (np.arange(top, top + grid.block)[:, None] % canvas.shape[0],
                     np.arange(left, left + grid.block)[None] % canvas.shape[1])
            there, known = canvas[under], laid[under]
            wanted = asked_of(there, known, under, source, followed)
            beside = [chosen[near] for near in neighbours(row, column, grid) if near in chosen]
            place = chosen_place(source, wanted, beside, random)
            chosen[row, column] = place
            canvas[under] = joined(there, source.at(place), known)
            laid[under] = True
        on_row()


def neighbours(row: int, column: int, grid: Grid) -> Iterator[Place]:
    """The places of a grid that touch one, beyond its sides where it wraps."""
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            if (down, across) != (0, 0):
                near = row + down, column + across
                yield (near[0] % len(grid.tops), near[1] % len(grid.lefts)) if grid.wraps else near


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a block is to fit: pictures (B, B, C) of sources, their weights (B, B), and the share of each."""

    terms: tuple[tuple[Source, Floats, Floats, float], ...]

    def errors(self) -> Floats:
        """How badly the blocks fit that begin at every so many pixels."""
        return np.asarray(sum(share * source.errors(there, weight) for source, there, weight, share in self.terms))

    def exact(self, places: Places) -> NDArray[np.float64]:
        """How badly the blocks (P, 2) fit that begin there, exactly: (P,)."""
        total = np.zeros(len(places))
        for source, there, weight, share in self.terms:
            blocks = source.windows[places[:, 0], places[:, 1]]  # (P, C, B, B)
            squares = np.square(blocks - there.transpose(2, 0, 1)).reshape(len(places), there.shape[2], -1)
            total += share * np.einsum("pcn,n->p", squares, weight.ravel())
        return total


def asked_of(there: Floats, known: NDArray[np.bool_], under: tuple[NDArray[np.intp], NDArray[np.intp]],
             source: Source, followed: Followed | None) -> Asked:
    """What a block has to fit: what lies there, and the target of a transfer."""
    weight = np.ones(known.shape, np.float32) if followed is not None and followed.over else known.astype(np.float32)
    terms = [(source, there, weight, 1.0 if followed is None else followed.texture)] if weight.any() else []
    if followed is not None:
        light = followed.target[under][..., None]
        share = there.shape[2] * (1 - followed.texture)  # one channel against as many as the texture has
        terms.append((followed.light, light, np.ones(known.shape, np.float32), share))
    return Asked(tuple(terms))


def chosen_place(source: Source, asked: Asked, beside: list[Place], random: np.random.Generator) -> Place:
    """One of the places whose blocks fit best, at random; none that shows what a neighbour shows already."""
    rows, columns = source.places
    if not asked.terms:
        return int(random.integers(rows)), int(random.integers(columns))
    errors, near, step = asked.errors(), max(1, source.block // SAME), source.factor
    allowed = errors.copy()
    for top, left in beside:
        allowed[max(0, -(-(top - near + 1) // step)):(top + near - 1) // step + 1,
                max(0, -(-(left - near + 1) // step)):(left + near - 1) // step + 1] = np.inf
    allowed = allowed if np.isfinite(allowed).any() else errors
    best = np.argpartition(allowed, min(CANDIDATES, allowed.size) - 1, axis=None)[:CANDIDATES]
    best = np.sort(best[np.isfinite(allowed.flat[best])])
    places = source.around(np.stack(np.divmod(best, allowed.shape[1]), axis=1))
    taken = np.array(beside, np.intp).reshape(-1, 2)
    clear = (np.abs(places[:, None] - taken).max(axis=2) >= near).all(axis=1)
    places = places[clear] if clear.any() else places
    values = asked.exact(places)
    chosen = places[int(random.choice(np.flatnonzero(values <= values.min() * (1 + TOLERANCE) + 1e-9)))]
    return int(chosen[0]), int(chosen[1])


def joined(there: Floats, new: Floats, known: NDArray[np.bool_]) -> Floats:
    """A new block (B, B, C) laid over what is there, cut along the least difference on every side that is known."""
    takes = np.ones(known.shape, np.bool_)
    difference = np.sum(np.square(there - new), axis=2)
    for turns in range(4):  # each side in turn is the left one
        strip = int(np.argmin(np.append(np.rot90(known, turns).all(axis=0), False)))
        if 0 < strip < len(known):
            path = least_path(np.rot90(difference, turns)[:, :strip])
            turned = np.rot90(takes, turns)
            turned &= np.arange(len(known))[None] >= path[:, None]
    return np.asarray(np.where(takes[..., None], new, there), np.float32)


def least_path(costs: Floats) -> NDArray[np.intp]:
    """The column (R,) in each row of the path of least cost (R, C) from the first row to the last."""
    rows, columns = costs.shape
    sums = np.full((rows, columns + 2), np.inf, np.float64)
    sums[0, 1:-1] = costs[0]
    for row in range(1, rows):
        before = sums[row - 1]
        sums[row, 1:-1] = costs[row] + np.minimum(np.minimum(before[:-2], before[1:-1]), before[2:])
    path = np.empty(rows, np.intp)
    path[-1] = int(np.argmin(sums[-1]))
    for row in range(rows - 2, -1, -1):
        first = path[row + 1] - 1
        path[row] = first + int(np.argmin(sums[row, first:first + 3]))
    return path - 1


def smoothed(picture: Floats) -> Floats:
    """The luminance (H, W) of a picture (H, W, 3), its fine detail smoothed: what a transfer compares (section 3)."""
    import cv2

    luma = np.asarray(picture @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)
    return np.asarray(cv2.GaussianBlur(luma, (0, 0), 1.5), np.float32)


def matched(values: Floats, like: Floats) -> Floats:
    """Values, of any shape, with the distribution of others: by rank, so that their order is kept."""
    order = np.argsort(values, axis=None, kind="stable")
    result = np.empty(values.size, np.float32)
    result[order] = np.interp(np.linspace(0, 1, values.size), np.linspace(0, 1, like.size), np.sort(like, axis=None))
    return result.reshape(values.shape)
