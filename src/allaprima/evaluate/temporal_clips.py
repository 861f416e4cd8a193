"""Short clips whose motion is known exactly: what a measured flow can only guess, these can tell.

A clip is painted from layers: pictures that move affinely over the screen, each covering all of it or a disc. Where a
point of one frame lies in another, and whether it can be seen there, then follows from the layers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Rgb8

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
Affine = NDArray[np.float64]
PATCH_SHARE = 0.5        # of the width: the patch of constant brightness in the exposure ramp
EXPOSURE_RAMP = 0.2
NOISE_DEVIATION = 3.0    # of 255: a small sensor in room light
PATCH_COLOR = (150, 128, 110)


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
    in frames. disc: the part of it that is there; None for all of it.
    """

    picture: Plane
    at: Callable[[int], Affine]
    disc: Disc | None = None

    def places(self, x: Plane, y: Plane, time: int) -> tuple[Plane, Plane]:
        """Where points of the screen lie in the picture at that time."""
        a = self.at(time).astype(np.float32)
        return a[0, 0] * x + a[0, 1] * y + a[0, 2], a[1, 0] * x + a[1, 1] * y + a[1, 2]

    def screen(self, u: Plane, v: Plane, time: int) -> tuple[Plane, Plane]:
        """Where points of the picture lie on the screen at that time."""
        a = self.at(time)
        inverse = np.linalg.inv(a[:, :2]).astype(np.float32)
        u, v = u - np.float32(a[0, 2]), v - np.float32(a[1, 2])
        return inverse[0, 0] * u + inverse[0, 1] * v, inverse[1, 0] * u + inverse[1, 1] * v

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


def painted(layers: Sequence[Layer], height: int, width: int, time: int) -> Plane:
    """The frame (H, W, 3) float32, 0 to 255, that the layers show at that time."""
    import cv2

    x, y = grid(height, width)
    frame = np.zeros((height, width, 3), np.float32)
    for layer in layers:
        u, v = layer.places(x, y, time)
        seen = cv2.remap(layer.picture, u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        frame += layer.cover(u, v)[..., None] * (seen - frame)
    return frame


def moving(zoom: float = 1, turn: float = 0, x: float = 0, y: float = 0, *, around: tuple[float, float] = (0, 0),
           start: tuple[float, float] = (0, 0)) -> Callable[[int], Affine]:
    """A motion: every frame zooms by ``zoom``, turns by ``turn`` degrees around a point and shifts the view by x, y."""

    def at(time: int) -> Affine:
        scale, angle = zoom ** -time, turn * time * pi / 180
        matrix = scale * np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
        centre = np.array(around)
        shift = centre - matrix @ centre + np.array(start) + np.array([x, y]) * time
        return np.column_stack([matrix, shift])

    return at


def rounded(frame: Plane) -> Rgb8:
    """The frame as uint8."""
    return np.clip(np.rint(frame), 0, 255).astype(np.uint8)


def covering(picture: Rgb8, height: int, width: int) -> Plane:
    """The picture as float32 at the smallest size that covers that many pixels."""
    import cv2

    scale = max(height / picture.shape[0], width / picture.shape[1])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.float32)


def clip_of(name: str, layers: tuple[Layer, ...], size: tuple[int, int], count: int) -> Clip:
    """The clip that the layers make at (height, width)."""
    frames = tuple(rounded(painted(layers, *size, time)) for time in range(count))
    return Clip(name, frames, (layers,) * count)


def exact_clips(background: Rgb8, other: Rgb8, size: tuple[int, int] = (360, 640), count: int = 24,
                seed: int = 7) -> dict[str, Clip]:
    """The clips with exact motion by name, made of two pictures, at (height, width), of ``count`` frames each."""
    height, width = size
    back = covering(background, round(height * 1.4), round(width * 1.4))
    front = covering(other, height, width)
    middle = (width / 2, height / 2)
    margin = (back.shape[1] - width) / 2, (back.shape[0] - height) / 2
    unit = width / 640  # motions scale with the frame: they are given for 640 pixels

    still = Layer(back, moving(start=margin))
    disc = Disc(front.shape[1] / 2, front.shape[0] / 2, 0.2 * height)
    off = front.shape[1] / 2, front.shape[0] / 2 - height / 2
    motions = {
        "pan": (Layer(back, moving(x=2.3 * unit, y=0.6 * unit, start=(10, 10))),),
        "zoom": (Layer(back, moving(zoom=1.008, around=middle, start=margin)),),
        "rotation": (Layer(back, moving(turn=0.6, around=middle, start=margin)),),
        "parallax": (Layer(back, moving(x=0.8 * unit, start=margin)),
                     Layer(front, moving(x=3.1 * unit, y=0.5 * unit, start=(-0.2 * width, 0)), disc)),
        "crossing": (still, Layer(front, moving(x=-7.5 * unit, start=off), disc)),
    }
    clips = {name: clip_of(name, layers, size, count) for name, layers in motions.items()}
    rest = clip_of("still", (still,), size, count)
    scenes = rest.scenes
    base = rest.frames[0].astype(np.float32)
    random = np.random.default_rng(seed)
    noisy = tuple(rounded((base + random.normal(0, NOISE_DEVIATION, base.shape)).astype(np.float32))
                  for _ in range(count))
    clips["noise"] = Clip("noise", noisy, scenes, still=True)
    clips["exposure"] = Clip("exposure", tuple(ramped(base, time / max(count - 1, 1)) for time in range(count)), scenes,
                             still=True, constant=True)
    half = count // 2
    second = clip_of("second", (Layer(front, moving(x=-0.7 * unit, y=0.2 * unit)),), size, count)
    pan = clips["pan"]
    clips["cut"] = Clip("cut", pan.frames[:half] + second.frames[half:], pan.scenes[:half] + second.scenes[half:],
                        changes=(half,))
    clips["fade"] = Clip("fade", tuple(rounded(frame * np.float32(abs(2 * time / (count - 1) - 1)))
                                       for time, frame in enumerate(clips["zoom"].frames)), clips["zoom"].scenes)
    return clips


def ramped(frame: Plane, way: float) -> Rgb8:
    """The frame at a point of the exposure ramp; the patch in its middle keeps its brightness."""
    height, width = frame.shape[:2]
    exposed = frame * np.float32(1 - EXPOSURE_RAMP / 2 + EXPOSURE_RAMP * way)
    exposed[patch(height, width)] = PATCH_COLOR
    return rounded(exposed)


def patch(height: int, width: int, share: float = PATCH_SHARE) -> tuple[slice, slice]:
    """Rows and columns of the patch of constant brightness, or of the middle ``share`` of the width."""
    rows, columns = round(min(height, width * share * 0.75)), round(width * share)
    top, left = (height - rows) // 2, (width - columns) // 2
    return slice(top, top + rows), slice(left, left + columns)
