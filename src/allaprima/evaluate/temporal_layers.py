"""Layers that move affinely over the screen, and the clips that they make: every point's motion is known exactly.

A clip is painted from layers: pictures that move affinely over the screen, each covering all of it or a disc. Where a
point of one frame lies in another, and whether it can be seen there, then follows from the layers alone. A camera that
reads its rows one after another shows each row of a layer at a time of its own; one whose shutter stays open shows
the mean of many times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Rgb8

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
Affine = NDArray[np.float64]
Times = NDArray[np.float32] | float
EXPOSED = 9              # times that a frame with an open shutter is the mean of
SETTLED = 12             # steps in which a point's row and the time at which that row is read are found together


@dataclass(frozen=True, slots=True)
class Disc:
    """The part of a layer's picture that is there, in the picture's own pixels."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture that moves over the screen.

    picture: (h, w, 3) float32, 0 to 255. at: the affine map (2, 3) from the screen's pixels to the picture's at a time
    in frames, or the maps (2, 3, ...) at many times. disc: the part of it that is there; None for all of it.
    row_time: by how many frames each row of the screen is read later than the one above it, as by a rolling shutter.
    """

    picture: Plane
    at: Callable[[Times], Affine]
    disc: Disc | None = None
    row_time: float = 0.0

    def places(self, x: Plane, y: Plane, time: float) -> tuple[Plane, Plane]:
        """Where points of the screen lie in the picture at that time."""
        a = self.at(time + np.float32(self.row_time) * y if self.row_time else time).astype(np.float32)
        return a[0, 0] * x + a[0, 1] * y + a[0, 2], a[1, 0] * x + a[1, 1] * y + a[1, 2]

    def screen(self, u: Plane, v: Plane, time: float) -> tuple[Plane, Plane]:
        """Where points of the picture lie on the screen at that time."""
        x, y = inverted(self.at(time), u, v)
        for _ in range(SETTLED if self.row_time else 0):
            x, y = inverted(self.at(time + np.float32(self.row_time) * y), u, v)
        return x, y

    def cover(self, u: Plane, v: Plane) -> Plane:
        """How much of the screen's points the layer covers, 0 to 1, for their places in its picture."""
        if self.disc is None:
            return np.ones_like(u)
        distance = np.hypot(u - np.float32(self.disc.x), v - np.float32(self.disc.y))
        return np.asarray(np.clip(np.float32(self.disc.radius) - distance + np.float32(0.5), 0, 1), np.float32)


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames whose motion is known.

    frames: (H, W, 3) uint8, RGB. scenes: for every frame, the layers it shows, the lowest first; frames of different
    scenes (other tuples) have no points in common. still: whether nothing moves. changes: the frames that begin a new
    shot. constant: whether ``patch`` keeps its brightness while the rest does not.
    """

    name: str
    frames: tuple[Rgb8, ...]
    scenes: tuple[tuple[Layer, ...], ...]
    still: bool = False
    changes: tuple[int, ...] = ()
    constant: bool = False

    def flow(self, start: int, end: int) -> tuple[Plane, Mask]:
        """The exact motion (H, W, 2) in pixels of the start frame's points, and which of them the end frame shows."""
        height, width = self.frames[0].shape[:2]
        if self.scenes[start] is not self.scenes[end]:
            return np.zeros((height, width, 2), np.float32), np.zeros((height, width), np.bool_)
        x, y = grid(height, width)
        owner = topmost(self.scenes[start], x, y, start)
        to_x, to_y = x.copy(), y.copy()
        for number, layer in enumerate(self.scenes[start]):
            mine = owner == number
            to_x[mine], to_y[mine] = layer.screen(*layer.places(x[mine], y[mine], start), end)
        inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
        visible = inside & (topmost(self.scenes[end], to_x, to_y, end) == owner)
        return np.stack([to_x - x, to_y - y], axis=-1), visible


def grid(height: int, width: int) -> tuple[Plane, Plane]:
    """The x and y of every pixel's middle, (H, W) each."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x, y


def topmost(layers: Sequence[Layer], x: Plane, y: Plane, time: int) -> NDArray[np.int8]:
    """The number of the layer that is seen at each of the points."""
    owner = np.zeros(x.shape, np.int8)
    for number, layer in enumerate(layers):
        owner[layer.cover(*layer.places(x, y, time)) > 0.5] = number
    return owner


def inverted(a: Affine, u: Plane, v: Plane) -> tuple[Plane, Plane]:
    """The points that an affine map (2, 3), or one for each of them (2, 3, ...), takes to those."""
    a = a.astype(np.float32)
    u, v = u - a[0, 2], v - a[1, 2]
    scale = 1 / (a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0])
    return scale * (a[1, 1] * u - a[0, 1] * v), scale * (a[0, 0] * v - a[1, 0] * u)


def painted(layers: Sequence[Layer], height: int, width: int, time: float) -> Plane:
    """The frame (H, W, 3) float32, 0 to 255, that the layers show at that time."""
    import cv2

    x, y = grid(height, width)
    frame = np.zeros((height, width, 3), np.float32)
    for layer in layers:
        u, v = layer.places(x, y, time)
        seen = cv2.remap(layer.picture, u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        frame += layer.cover(u, v)[..., None] * (seen - frame)
    return frame


def exposed(layers: Sequence[Layer], height: int, width: int, time: float, shutter: float) -> Plane:
    """The same by a shutter that is open for that share of a frame's time, around ``time``."""
    if not shutter:
        return painted(layers, height, width, time)
    times = time + shutter * (np.arange(EXPOSED) + 0.5 - EXPOSED / 2) / EXPOSED
    return np.asarray(np.mean([painted(layers, height, width, float(one)) for one in times], axis=0), np.float32)


def moving(zoom: float = 1, turn: float = 0, x: float = 0, y: float = 0, *, around: tuple[float, float] = (0, 0),
           start: tuple[float, float] = (0, 0), shake_px: float = 0) -> Callable[[Times], Affine]:
    """A motion: every frame zooms by ``zoom``, turns by ``turn`` degrees around a point and shifts the view by x, y.

    shake_px: how far, about, a hand that holds the camera moves it besides.
    """

    def at(time: Times) -> Affine:
        t = np.asarray(time, np.float64)
        sway_x, sway_y, tilt = (shake_px * sway for sway in shaken(t))
        scale, angle = zoom ** -t, (turn * t + tilt) * pi / 180
        a, b = scale * np.cos(angle), scale * np.sin(angle)
        shift_x = around[0] - a * around[0] + b * around[1] + start[0] + x * t + sway_x
        shift_y = around[1] - b * around[0] - a * around[1] + start[1] + y * t + sway_y
        return np.array([[a, -b, shift_x], [b, a, shift_y]])

    return at


def shaken(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """How a hand sways a camera at those times, in frames, to the right, down, and round: slowly, and trembling."""
    return (0.8 * np.sin(0.55 * t) + 0.25 * np.sin(1.7 * t + 1), 0.6 * np.sin(0.47 * t + 2) + 0.2 * np.sin(1.9 * t),
            0.06 * np.sin(0.4 * t))


def rounded(frame: Plane) -> Rgb8:
    """The frame as uint8."""
    return np.clip(np.rint(frame), 0, 255).astype(np.uint8)


def clip_of(name: str, layers: tuple[Layer, ...], size: tuple[int, int], count: int, shutter: float = 0) -> Clip:
    """The clip that the layers make at (height, width); ``shutter``: how long it is open, in frames."""
    frames = tuple(rounded(exposed(layers, *size, time, shutter)) for time in range(count))
    return Clip(name, frames, (layers,) * count)
