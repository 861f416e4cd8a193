"""Short clips whose motion is known exactly: what a measured flow can only guess, these can tell."""

from __future__ import annotations

import numpy as np

from allaprima.evaluate.temporal_layers import Clip, Disc, Layer, Plane, clip_of, moving, rounded
from allaprima.frames import Rgb8

PATCH_SHARE = 0.5        # of the width: the patch of constant brightness in the exposure ramp
EXPOSURE_RAMP = 0.2
NOISE_DEVIATION = 3.0    # of 255: a small sensor in room light
PATCH_COLOR = (150, 128, 110)
SHUTTER = 0.5            # of a frame's time: open for half of it, as film cameras are
FLAT = 6                 # a ground that is blurred by a sixth of its height is next to flat
READOUT = 0.6            # of a frame's time: a telephone's sensor


def covering(picture: Rgb8, height: int, width: int) -> Plane:
    """The picture as float32 at the smallest size that covers that many pixels."""
    import cv2

    scale = max(height / picture.shape[0], width / picture.shape[1])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.float32)


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


def large_motions(background: Rgb8, other: Rgb8, size: tuple[int, int] = (360, 640),
                  count: int = 24) -> dict[str, Clip]:
    """Clips by name, as ``exact_clips`` makes them, of a camera that moves as people move it.

    It pans by 5 to 20 pixels a frame, given for 640 pixels of width, comes nearer by 1 to 3 % a frame, shakes in a
    hand, blurs what moves, and reads its rows one after another; a thing passes in the opposite direction.
    """
    height, width = size
    unit = width / 640
    back = covering(background, 2 * height, 2 * width)
    front = covering(other, height, width)
    middle = (width / 2, height / 2)
    margin = (back.shape[1] - width) / 2, (back.shape[0] - height) / 2
    left = 10 * unit, margin[1]
    disc = Disc(front.shape[1] / 2, front.shape[0] / 2, 0.2 * height)
    pans = {f"pan of {speed}": moving(x=speed * unit, y=0.07 * speed * unit, start=left) for speed in (5, 10, 20)}
    zooms = {f"zoom of {percent} %": moving(zoom=1 + percent / 100, around=middle, start=margin)
             for percent in (1, 2, 3)}
    hand = moving(shake_px=10 * unit, around=middle, start=margin)
    motions = {**pans, **zooms, "hand": hand}
    clips = {name: clip_of(name, (Layer(back, at),), size, count) for name, at in motions.items()}
    blurred = Layer(back, pans["pan of 10"])
    clips["motion blur"] = clip_of("motion blur", (blurred,), size, count, SHUTTER)
    rolling = Layer(back, moving(x=6 * unit, shake_px=10 * unit, around=middle, start=left), row_time=READOUT / height)
    clips["rolling shutter"] = clip_of("rolling shutter", (rolling,), size, count)
    passing = Layer(front, moving(x=-6 * unit, start=(0.25 * width, 0)), disc)
    clips["passing"] = clip_of("passing", (Layer(back, pans["pan of 5"]), passing), size, count)
    return clips


def small_things(background: Rgb8, other: Rgb8, size: tuple[int, int] = (360, 640), count: int = 24) -> dict[str, Clip]:
    """Clips by name, as ``exact_clips`` makes them, of a small thing that falls fast before a ground at rest.

    The ground is the picture, and next to flat. A network paints what is beside the thing otherwise too, as far as its
    strokes reach: nothing of that may stay.
    """
    import cv2

    height, width = size
    unit = width / 640
    back, front = covering(background, height, width), covering(other, height, width)
    middle = front.shape[1] / 2, front.shape[0] / 2
    disc = Disc(*middle, 0.06 * height)
    # It comes in from above in the second frame, left of the middle, and is gone by the fifteenth.
    falling = Layer(front, moving(x=-3 * unit, y=-32 * unit, start=(middle[0] - 0.4 * width, middle[1] + 48 * unit)),
                    disc)
    flat = np.asarray(cv2.GaussianBlur(back, (0, 0), height / FLAT), np.float32)
    return {name: clip_of(name, (Layer(ground, moving()), falling), size, count)
            for name, ground in (("falling", back), ("falling before flat", flat))}
