"""How loud sound is and where its onsets are, block after block: the state is a value that goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

WINDOW = 1024                # samples of a spectrum: 21 ms at 48 kHz
HOP = WINDOW // 2
COMPRESSION = 100.0          # of magnitudes before their logarithm, so that soft onsets count too
REFERENCE_DB = -12.0         # the loudest of late is brought to this before that: quiet rooms have onsets too
THRESHOLD, OFFSET = 1.6, 0.02  # an onset is so many times the mean flux around it, and above it by so much
HISTORY_SECONDS = 0.6        # of flux that an onset is held against
REFRACTORY_SECONDS = 0.12    # between two onsets: five hundred beats a minute
QUIETEST_DB, RANGE_DB = -60.0, 30.0  # below is silence; what the level spans below the loudest of late
FORGETTING_DB = 1.0          # a second, by which the loudest is forgotten
RISE_SECONDS, FALL_SECONDS = 0.02, 0.25  # in which the level follows

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What has been heard of a stream of that rate (samples a second).

    seconds: of sound so far. level: 0 to 1, how loud it is against the loudest of the last half minute. onsets: how
    many, the last of them at ``onset`` (seconds of sound; minus infinity before the first).
    """

    rate: int
    seconds: float = 0.0
    level: float = 0.0
    onsets: int = 0
    onset: float = float("-inf")
    loudest_db: float = QUIETEST_DB
    rest: Samples = field(default_factory=lambda: np.zeros(0, np.float32))
    spectrum: Samples | None = None
    fluxes: tuple[float, ...] = ()


def heard(hearing: Hearing, samples: Samples) -> Hearing:
    """What has been heard after some more samples (N,), -1 to 1, of one channel.

    Onsets are peaks of the spectral flux: the mean rise of log-compressed magnitudes from one spectrum to the next,
    against its mean of late (S. Dixon, "Onset Detection Revisited", 2006; here without a look ahead).
    """
    waiting = np.concatenate((hearing.rest, np.nan_to_num(samples.astype(np.float32), posinf=0, neginf=0)))
    start = 0
    while start + WINDOW <= len(waiting):
        hearing = _after(hearing, waiting[start:start + WINDOW])
        start += HOP
    return replace(hearing, rest=waiting[start:].copy())


def _after(hearing: Hearing, window: Samples) -> Hearing:
    """The state one hop later."""
    hop_seconds = HOP / hearing.rate
    now = hearing.seconds + hop_seconds
    db = 10 * float(np.log10(np.mean(window[-HOP:] ** 2) + 1e-12))
    loudest = max(db, hearing.loudest_db - FORGETTING_DB * hop_seconds, QUIETEST_DB + RANGE_DB)
    wanted = float(np.clip((db - (loudest - RANGE_DB)) / RANGE_DB, 0, 1))
    pace = RISE_SECONDS if wanted > hearing.level else FALL_SECONDS
    level = hearing.level + (wanted - hearing.level) * (1 - float(np.exp(-hop_seconds / pace)))
    gain = COMPRESSION * 10 ** ((REFERENCE_DB - max(hearing.loudest_db, QUIETEST_DB + RANGE_DB)) / 20)
    spectrum = np.log1p(gain / WINDOW * np.abs(np.fft.rfft(window * np.hanning(WINDOW)))).astype(np.float32)
    flux = 0.0 if hearing.spectrum is None else float(np.maximum(spectrum - hearing.spectrum, 0).mean())
    usual = float(np.mean(hearing.fluxes)) if hearing.fluxes else 0.0
    before = hearing.fluxes[-1] if hearing.fluxes else 0.0
    begins = (hearing.spectrum is not None and flux > THRESHOLD * usual + OFFSET and flux > before
              and db > QUIETEST_DB and now - hearing.onset > REFRACTORY_SECONDS)
    kept = round(HISTORY_SECONDS / hop_seconds)
    return replace(hearing, seconds=now, level=level, loudest_db=loudest, spectrum=spectrum,
                   fluxes=(*hearing.fluxes, flux)[-kept:], onsets=hearing.onsets + begins,
                   onset=now if begins else hearing.onset)
