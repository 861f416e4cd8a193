"""The statistics of a shot: moments of many frames as those of one population.

Content moments that belong to the shot and not to the frame let neither a passing object nor a flickering exposure
change the look of the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allaprima.runtimes.calls import BASE_NETWORK, Moments

LEAST_MOMENTUM = 0.05  # a running mean over some twenty frames: slow against flicker, fast against a new light


@dataclass(frozen=True, slots=True)
class Running:
    """Moments (1, M) of the frames of a shot so far, and how many there were."""

    moments: Moments
    frames: int

    @property
    def momentum(self) -> float:
        """The next frame's own share: a plain mean at first, a running one later."""
        return max(1 / (self.frames + 1), LEAST_MOMENTUM)


def pooled(moments: Moments) -> Moments:
    """The moments (1, M) of all rows of (N, M) taken as one population of equal parts."""
    mean = moments.mean.mean(axis=0, keepdims=True, dtype=np.float64)
    between = np.square(moments.mean - mean).mean(axis=0, keepdims=True)
    variance = moments.variance.mean(axis=0, keepdims=True, dtype=np.float64) + between
    return replace(moments, mean=mean.astype(np.float32), variance=variance.astype(np.float32))


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


def followed(running: Running | None, used: Moments, frames: int) -> Running:
    """The running moments after a batch whose first ``frames`` rows were normalised by ``used`` (N, M).

    Those moments are mixtures of the running ones and the frames' own already: what is left is to pool them.
    """
    rows = pooled(replace(used, mean=used.mean[:frames], variance=used.variance[:frames]))
    return Running(rows, frames if running is None else running.frames + frames)


def gathered(running: Running | None, own: Moments, frames: int) -> Running:
    """The plain mean so far, the own moments (N, M) of a batch's first ``frames`` frames added: a first pass."""
    rows = pooled(replace(own, mean=own.mean[:frames], variance=own.variance[:frames]))
    if running is None:
        return Running(rows, frames)
    total = running.frames + frames
    return Running(mixed(running.moments, rows, frames / total), total)
