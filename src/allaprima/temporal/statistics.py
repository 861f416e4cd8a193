"""The statistics of a shot: moments of many frames as those of one population.

Content moments that belong to the shot and not to the frame let neither a passing object nor a flickering exposure
change the look of the whole picture. A frame counts as much as is to be seen of it (``functional.visibility``): of a
fade the dark end says nothing about the shot, and what is flat nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allaprima.runtimes.calls import BASE_NETWORK, Moments
from allaprima.temporal.shots import Change

LEAST_MOMENTUM = 0.05  # a running mean over some twenty frames: slow against flicker, fast against a new light
MEASURED_FRAMES = 4    # a shot's first ones, all measured
UNMEASURED_FRAMES = 8  # then one in so many: given moments paint in two thirds of the time
FADING_IN = 0.5        # a picture that comes up soon has moments of its own; one that goes dark keeps those of its shot
LOOK_MOMENTUM = 8.0    # moments follow a look that changes by an eighth a frame at once, smaller changes in proportion


@dataclass(frozen=True, slots=True)
class Running:
    """Moments (1, M) of the frames of a shot so far, how many there were, and how many came after, unmeasured.

    frames: each counts as much as was seen of it, 0 to 1.
    """

    moments: Moments
    frames: float
    unmeasured: int = 0

    def momentum(self, seen: float) -> float:
        """The own share of the next frame, of which so much is seen: a plain mean at first, a running one later."""
        return max(share_of(seen, self.frames), LEAST_MOMENTUM * seen)


def share_of(seen: float, frames: float) -> float:
    """What one more frame is of all, by how much is seen of each."""
    return seen / (frames + seen) if frames + seen > 0 else 1.0


def momentum_of(running: Running | None, change: Change, moved: float, seen: float) -> float:
    """The next frame's own share of the moments that it is painted by: 0 for the running ones alone, 1 for its own.

    Only frames with a share are measured: each of a shot's first ones, then one in so many, all where the light or the
    look changes (``moved``, 0 to 1), none of which nothing is ``seen``. That depends on the frames of the shot so far,
    never on how many are painted at once.
    """
    if running is None:
        return 1.0
    unmeasured = running.unmeasured + 1
    calm = change in ("none", "falling") and moved == 0 and running.frames >= MEASURED_FRAMES
    if change == "falling" or seen == 0 or (calm and unmeasured < UNMEASURED_FRAMES):
        return 0.0
    momentum = max(FADING_IN if change == "rising" else running.momentum(seen), min(1.0, LOOK_MOMENTUM * moved))
    return 1 - (1 - momentum) ** unmeasured


def mixed(first: Moments, second: Moments, share: float) -> Moments:
    """The moments of the mixture of two populations, ``share`` of it the second (0 to 1).

    Of networks that only one of them knows, what is known stays.
    """
    if first.networks != second.networks:
        return united(first, second, share)
    mean = (1 - share) * first.mean + share * second.mean
    between = share * (1 - share) * np.square(first.mean - second.mean)
    variance = (1 - share) * first.variance + share * second.variance + between
    return replace(second, mean=mean.astype(np.float32), variance=variance.astype(np.float32))


def united(first: Moments, second: Moments, share: float) -> Moments:
    """The same network by network, where the two hold moments of different ones."""
    names = tuple(dict.fromkeys((*(first.networks or (BASE_NETWORK,)), *(second.networks or (BASE_NETWORK,)))))
    parts = []
    for name in names:
        one, other = first.of_network(name), second.of_network(name)
        part = other if one is None else one if other is None else mixed(one, other, share)
        assert part is not None
        parts.append(part)
    return Moments(np.concatenate([part.mean for part in parts], axis=1),
                   np.concatenate([part.variance for part in parts], axis=1), names)


def passed(running: Running) -> Running:
    """The running moments after a frame that was painted by them alone."""
    return replace(running, unmeasured=running.unmeasured + 1)


def followed(running: Running | None, used: Moments, seen: float) -> Running:
    """The running moments after a frame that was normalised by ``used`` (1, M): a mixture of these and its own."""
    return Running(used, seen if running is None else running.frames + (running.unmeasured + 1) * seen)


def gathered(running: Running | None, own: Moments, seen: float) -> Running:
    """The mean so far, the own moments (1, M) of one more frame added as far as it is seen: a first pass."""
    if running is None:
        return Running(own, seen)
    return Running(mixed(running.moments, own, share_of(seen, running.frames)), running.frames + seen)
