"""How steady painted films are: warping errors, flicker where nothing moves, paint left behind, and the style loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allaprima.evaluate.judge import Judge, Seen
from allaprima.evaluate.temporal_clips import patch
from allaprima.evaluate.temporal_layers import Clip
from allaprima.functional import flow, losses

Frames = Sequence[NDArray[np.uint8]]
Motion = Callable[[int, int], tuple[Tensor, Tensor]]
"""From one frame to another: the flow (1, 2, H, W) in pixels, and the points (1, 1, H, W) that are seen in both."""

LAGS = (1, 8)
STILL_PX = 0.1         # a point that never moves further between neighbours holds still
LEAST_SEEN = 0.05      # of the picture: pairs of frames that share less are left out
COLORS_PX = 9          # the mean over as many a side is a place's colour, whatever strokes it has
MIDDLE_SHARE = 1 / 64    # of the width: far from the patch's edges
STYLE_FRAMES = 3       # frames of a clip that the style loss is taken of


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A clip to be measured on: its frames (H, W, 3) uint8 and their motion; ``exact`` where that is known.

    constant: whether its middle, within ``patch``, keeps its brightness while all around it changes.
    """

    name: str
    frames: Frames
    motion: Motion
    exact: bool
    constant: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Steadiness:
    """What was measured of one painted clip.

    warping: mean squared warping error by lag, RGB in [0, 1]; excess: the same, less the content's own. left_behind:
    how much of the old frame's colours stands where its content has moved on, 0 to 1; None where nothing is uncovered.
    flicker: RMS change in time of what holds still, 0 to 1, and its spectrum: mean power by frequency in cycles a
    frame; None where nothing does. style: style loss. patch: largest change in time of the colour in the middle of a
    patch of constant brightness, of full scale; None where there is none.
    """

    warping: dict[int, float]
    excess: dict[int, float]
    left_behind: float | None
    flicker: float | None
    spectrum: NDArray[np.float64] | None
    style: float
    patch: float | None = None


def as_batch(picture: NDArray[np.uint8]) -> Tensor:
    """The picture (H, W, 3) as (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255


def exact_take(clip: Clip) -> Take:
    """A take whose motion is known."""

    def motion(start: int, end: int) -> tuple[Tensor, Tensor]:
        field, visible = clip.flow(start, end)
        return torch.from_numpy(field).permute(2, 0, 1)[None], torch.from_numpy(visible)[None, None]

    return Take(clip.name, clip.frames, motion, exact=True, constant=clip.constant)


def remembered(take: Take) -> Take:
    """The take with every motion found once: many paintings are measured by the same ones."""
    return replace(take, motion=cache(take.motion))


def measured_take(name: str, frames: Frames) -> Take:
    """A take whose motion is measured: DIS at full size on its slowest preset, which the blender does not use."""
    import cv2

    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
    known: dict[tuple[int, int], Tensor] = {}

    def field(start: int, end: int) -> Tensor:
        if (start, end) not in known:
            grey = [cv2.cvtColor(frames[index], cv2.COLOR_RGB2GRAY) for index in (start, end)]
            known[start, end] = torch.from_numpy(search.calc(*grey, None)).permute(2, 0, 1)[None]
        return known[start, end]

    def motion(start: int, end: int) -> tuple[Tensor, Tensor]:
        return field(start, end), flow.trusted(field(start, end), field(end, start))

    return Take(name, frames, motion, exact=False)


def warping_error(frames: Frames, take: Take, lag: int) -> float:
    """The mean warping error over all pairs of frames that far apart which share a scene; NaN where there is none."""
    errors = []
    for index in range(len(frames) - lag):
        field, seen = take.motion(index, index + lag)
        if seen.float().mean().item() >= LEAST_SEEN:
            error = flow.warping_error(as_batch(frames[index]), as_batch(frames[index + lag]), field, seen)
            errors.append(error.item())
    return float(np.mean(errors)) if errors else float("nan")


def left_behind(shown: Frames, unsteadied: Frames, take: Take) -> float | None:
    """How much of the old frame's paint stands in newly uncovered places: 0 for nothing, 1 for all of it.

    The share of the old frame, by least squares, in what is shown there beyond what was painted there by the same
    statistics. Colours are compared, not strokes: strokes that were seen there before and rightly come back differ from
    those just painted, and are no trail.
    """
    left, held = 0.0, 0.0
    for index in range(1, len(shown)):
        _, seen = take.motion(index, index - 1)
        if seen.float().mean().item() < LEAST_SEEN:
            continue  # a cut uncovers everything
        new = ~seen[0, 0].numpy()
        now = unsteadied[index].astype(np.float32)
        old, beyond = (colors_within(frame.astype(np.float32) - now, new) for frame in (shown[index - 1], shown[index]))
        left += float((old * beyond).sum(dtype=np.float64))
        held += float(np.square(old).sum(dtype=np.float64))
    return max(0.0, left / held) if held > 0 else None


def colors_within(values: NDArray[np.float32], places: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The means (N, 3) of values (H, W, 3) around each of the places (H, W), of these places only."""
    import cv2

    inside = places.astype(np.float32)
    means = cv2.blur(values * inside[..., None], (COLORS_PX, COLORS_PX))
    return np.asarray(means[places] / cv2.blur(inside, (COLORS_PX, COLORS_PX))[places][:, None], np.float32)


def still_places(take: Take) -> NDArray[np.bool_]:
    """Where (H, W) nothing moves in any frame."""
    still = np.ones(take.frames[0].shape[:2], np.bool_)
    for index in range(len(take.frames) - 1):
        field, seen = take.motion(index, index + 1)
        still &= (seen[0, 0] & (field.square().sum(dim=1)[0] < STILL_PX**2)).numpy()
    return still


def spectrum_of(frames: Frames, still: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean power by frequency (0 to a half cycle a frame, the mean left out) of what holds still, full scale 1."""
    series = np.stack([frame[still] for frame in frames]).astype(np.float64) / 255
    amplitudes = np.fft.rfft(series - series.mean(axis=0), axis=0)[1:] / len(frames)
    return np.asarray(2 * np.square(np.abs(amplitudes)).mean(axis=(1, 2)), np.float64)


def style_loss(frames: Frames, judge: Judge, style: Seen) -> float:
    """The mean style loss of some frames, the last among them."""
    places = np.linspace(len(frames) - 1, 0, STYLE_FRAMES, endpoint=False).round().astype(int)
    seen = [judge.rows((frames[index] / 255).astype(np.float32)) for index in places]
    return float(np.mean([losses.style_loss(rows, style.rows).item() for rows in seen]))


def steadiness(take: Take, shown: Frames, unsteadied: Frames, judge: Judge, style: Seen) -> Steadiness:
    """All that is measured of a painted take; ``unsteadied``: as it was painted before that."""
    lags = [lag for lag in LAGS if lag < len(shown)]
    warping = {lag: warping_error(shown, take, lag) for lag in lags}
    excess = {lag: error - warping_error(take.frames, take, lag) for lag, error in warping.items()}
    still = still_places(take)
    spectrum = spectrum_of(shown, still) if still.mean() >= LEAST_SEEN else None
    return Steadiness(warping, excess, left_behind(shown, unsteadied, take),
                      None if spectrum is None else float(np.sqrt(spectrum.sum())), spectrum,
                      style_loss(shown, judge, style), drift(shown) if take.constant else None)


def drift(frames: Frames) -> float:
    """The largest change in time, of full scale, of the mean colour in the frames' middle."""
    height, width = frames[0].shape[:2]
    rows, columns = patch(height, width, MIDDLE_SHARE)
    return float(np.ptp([frame[rows, columns].mean(axis=(0, 1)) for frame in frames], axis=0).max() / 255)
