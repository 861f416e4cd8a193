"""Stylised frames held steady: each blended with the one before, warped along the content's motion.

After Ruder et al. 2016 (arXiv:1604.08610) and Lai et al. 2018 (arXiv:1808.00449), with what plain blending lacks:
strokes are kept rather than averaged, colours follow the new frame, and the detail that warping loses is put back from
the new frame's own. Trails cannot grow, since only trusted places are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import VideoOptions
from allaprima.errors import OptionError
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Batch
from allaprima.temporal.flow import Grey, Motion, Plane, motion_between, places, reduced_grey

Picture = NDArray[np.uint8] | NDArray[np.float32]

COLOR_SHARE = 0.95        # of what is kept, for colours: a wrong one is gone after some twenty frames
COLOR_REDUCTION = 8       # colours are what is left at an eighth of the size
COLOR_TOLERANCE = 0.3     # of full scale: so wrong a colour is not kept (the whole picture changed, or a trail)
FINEST_SIGMA_PX = 0.7     # detail that no warp keeps
DETAIL_SIGMA_PX = 1.6     # detail that warps and blends bend
DETAIL_WINDOW = 16        # pixels a side over which contrast is compared
LEAST_GAIN, LARGEST_GAIN = 0.6, 1.1
LEAST_CONTRAST = 0.003    # of full scale: contrasts below are not compared


@dataclass(frozen=True, slots=True)
class BlendState:
    """What is remembered of the frame before; arrays only, to be kept for a resume.

    grey: its content, reduced. picture: what was shown of it, uint8 or float32 in [0, 1].
    """

    grey: Grey
    picture: Picture


@dataclass(frozen=True, slots=True)
class Stabilizer:
    """Steadies stylised frames; ``stability`` from 0 (as they are) to 1 (held as long as the motion can be followed).

    A value too: all that changes is in the state that goes in and comes out; None begins a shot.
    """

    stability: float = VideoOptions.stability

    def __post_init__(self) -> None:
        if not 0 <= self.stability <= 1:
            raise OptionError(f"stability {self.stability:g} is out of range", "choose a stability from 0 to 1")

    def __call__(self, content: Batch, stylized: Batch, state: BlendState | None = None) -> tuple[Batch, BlendState]:
        """The stylised frames (N, H, W, 3) steadied, in the order of time, and the state after the last."""
        shown = []
        for now, painted in zip(content, stylized, strict=True):
            picture, state = self.steadied(now, painted, state)
            shown.append(picture)
        assert state is not None
        return cast(Batch, shown[0][None] if len(shown) == 1 else np.stack(shown)), state

    def steadied(self, content: Pixels, painted: Pixels,
                 state: BlendState | None) -> tuple[Pixels, BlendState]:
        """One stylised frame (H, W, 3) steadied, and the state after it."""
        grey = reduced_grey(content)
        working = as_working(painted)
        if state is None or self.stability == 0 or state.picture.shape != working.shape:
            return painted, BlendState(grey, working)
        motion = motion_between(state.grey, grey, painted.shape[1] / grey.shape[1])
        picture = blended(state.picture, working, motion, self.stability)
        return as_given(picture, painted.dtype), BlendState(grey, picture)


def as_working(picture: Pixels) -> Picture:
    """The picture as uint8 where it is, else as float32 in [0, 1]."""
    if picture.dtype == np.uint16:
        return cast(Picture, picture.astype(np.float32) * np.float32(1 / 65535))
    return cast(Picture, picture)


def as_given(picture: Picture, dtype: np.dtype[np.generic]) -> Pixels:
    """The working picture in the type that frames came in."""
    if dtype == np.uint16:
        return cast(Pixels, np.rint(np.clip(cast(Plane, picture), 0, 1) * np.float32(65535)).astype(np.uint16))
    return picture


def blended(before: Picture, painted: Picture, motion: Motion, stability: float) -> Picture:
    """The new stylised frame, with what can be trusted of the one before in its place."""
    import cv2

    height, width = painted.shape[:2]
    kept = np.float32(1 - (1 - stability) ** 2)
    warped = followed(before, motion.backward)
    warped, color_gap = recolored(warped, painted, float(kept) * COLOR_SHARE)
    trust = cv2.blur(cv2.erode(motion.trust, np.ones((3, 3), np.uint8)), (3, 3))
    trust = kept * cv2.resize(trust, (width, height)) * color_gap
    mixture = cast(Picture, cv2.blendLinear(warped, painted, trust, 1 - trust))
    return contrasted(mixture, painted)


def followed(before: Picture, backward: Plane) -> Picture:
    """The picture before (H, W, 3), moved along the motion (h, w, 2), which is in reduced pixels; cubic."""
    import cv2

    height, width = before.shape[:2]
    scale = np.array([width / backward.shape[1], height / backward.shape[0]], np.float32)
    where = cast(Plane, cv2.resize(backward * scale, (width, height)))
    where += places(height, width)
    return cast(Picture, cv2.remap(  # type: ignore[call-overload]  # a second map is not needed; the stubs want one
        before, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def recolored(warped: Picture, painted: Picture, kept: float) -> tuple[Picture, Plane]:
    """The warped picture with its colours drawn to the new one's, and how like they were, (H, W), 0 to 1."""
    import cv2

    height, width = painted.shape[:2]
    size = (max(1, width // COLOR_REDUCTION), max(1, height // COLOR_REDUCTION))
    old, new = (cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
                for picture in (warped, painted))
    gap = old - new
    tolerance = COLOR_TOLERANCE * full_scale(painted)
    alike = np.exp(-np.square(gap).mean(axis=2) / np.float32(tolerance**2))
    correction = cv2.resize(gap * np.float32(1 - kept), (width, height))
    depth = cv2.CV_8U if warped.dtype == np.uint8 else cv2.CV_32F
    return cast(Picture, cv2.subtract(warped, correction, dtype=depth)), cv2.resize(alike, (width, height))


def contrasted(mixture: Picture, painted: Picture) -> Picture:
    """The mixture with as much detail as the new picture has around the same place.

    Warping takes the finest detail away: what is missing is filled with the new picture's own, added by energy. Detail
    one octave coarser must not grow from frame to frame: it is held at the new picture's contrast.
    """
    import cv2

    height, width = painted.shape[:2]
    smooth, coarse = softened(mixture)
    own_smooth, own_coarse = softened(painted)
    wanted, held = contrast(own_smooth, own_coarse), contrast(smooth, coarse)
    gain = cv2.resize(np.clip(wanted / held, LEAST_GAIN, LARGEST_GAIN), (width, height))
    lost = 1 - np.square(contrast(mixture, smooth) / contrast(painted, own_smooth))
    filled = cv2.resize(np.sqrt(np.clip(lost, 0, 1)), (width, height))
    even = cv2.blendLinear(smooth, coarse, gain, 1 - gain)
    signed, depth = (cv2.CV_16S, cv2.CV_8U) if painted.dtype == np.uint8 else (cv2.CV_32F, cv2.CV_32F)
    finest = cv2.multiply(cv2.subtract(painted, own_smooth, dtype=signed), cv2.merge([filled] * 3), dtype=signed)
    kept = cv2.subtract(mixture, smooth, dtype=signed)
    return cast(Picture, cv2.add(even, cv2.add(kept, finest), dtype=depth))


def softened(picture: Picture) -> tuple[Picture, Picture]:
    """The picture without its finest detail, and without that one octave coarser."""
    import cv2

    return (cast(Picture, cv2.GaussianBlur(picture, (3, 3), FINEST_SIGMA_PX)),
            cast(Picture, cv2.GaussianBlur(picture, (7, 7), DETAIL_SIGMA_PX)))


def contrast(fine: Picture, coarse: Picture) -> Plane:
    """The mean difference of two pictures over windows, all channels together, and a little more than nothing."""
    import cv2

    height, width = fine.shape[:2]
    size = (max(1, width // DETAIL_WINDOW), max(1, height // DETAIL_WINDOW))
    detail = cv2.resize(cv2.absdiff(fine, coarse), size, interpolation=cv2.INTER_AREA)
    means = cv2.blur(detail.astype(np.float32).mean(axis=2), (3, 3))
    return cast(Plane, means + np.float32(LEAST_CONTRAST * full_scale(fine)))


def full_scale(picture: Picture) -> float:
    """The number that stands for white."""
    return 255.0 if picture.dtype == np.uint8 else 1.0
