"""Sound and a tapped tempo lead strength or crossfader: values and pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median

from allaprima.pipeline.live.controls import Controls

PULSE_SECONDS = 0.18     # in which the push of an onset or a beat falls to a third
LEVEL_SHARE = 0.6        # of the way is the level's; the rest is for onsets alone
LEAST_STRENGTH = 0.25    # of what is set, that silence leaves
STEPS = 50               # that led values are rounded to: engines remember what each asks for
LONGEST_TAP_SECONDS = 2.0  # between two taps: thirty beats a minute; after more, tapping begins anew
MOST_TAPS = 8


@dataclass(frozen=True, slots=True)
class Tempo:
    """Taps of late, in seconds; two and more make a tempo."""

    taps: tuple[float, ...] = ()

    @property
    def period_seconds(self) -> float | None:
        """The time between two beats: the median of what lay between taps; None before the second tap."""
        gaps = [after - before for before, after in zip(self.taps, self.taps[1:], strict=False)]
        return median(gaps) if gaps else None

    @property
    def bpm(self) -> float | None:
        """Beats a minute; None before the second tap."""
        period = self.period_seconds
        return None if period is None else 60 / period

    def since_beat(self, now: float) -> float:
        """Seconds since the latest beat, counted on from the last tap; infinite without a tempo."""
        period = self.period_seconds
        return float("inf") if period is None else max(0.0, now - self.taps[-1]) % period


def tapped(tempo: Tempo, now: float) -> Tempo:
    """The tempo after a tap; two at the same moment are one, and one long after the others begins anew."""
    if tempo.taps and now - tempo.taps[-1] > LONGEST_TAP_SECONDS:
        return Tempo((now,))
    if tempo.taps and now - tempo.taps[-1] < 0.1:
        return tempo
    return Tempo((*tempo.taps, now)[-MOST_TAPS:])


def drive(level: float, since_onset: float, since_beat: float) -> float:
    """How hard sound and beat push, 0 to 1: the level, and pulses that fall from 1 at every onset and beat."""
    since = min(since_onset, since_beat)
    return max(LEVEL_SHARE * level, math.pow(3.0, -since / PULSE_SECONDS))


def led(controls: Controls, push: float) -> Controls:
    """The controls as they are under that push: strength up to what is set, the crossfader from where it stands."""
    push = round(push * STEPS) / STEPS
    if controls.leading == "strength":
        return replace(controls, strength=controls.strength * (LEAST_STRENGTH + (1 - LEAST_STRENGTH) * push))
    if controls.leading == "crossfader":
        return replace(controls, blend=controls.blend + (1 - controls.blend) * push)
    return controls
