"""Level and onsets of sound, from real sound in arrays; tempo and what it all leads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allaprima.pipeline.live.controls import Controls
from allaprima.pipeline.live.hearing import WINDOW, Hearing, heard
from allaprima.pipeline.live.leading import LEAST_STRENGTH, LEVEL_SHARE, PULSE_SECONDS, Tempo, drive, led, tapped

RATE = 48_000


def drums(period_seconds: float, seconds: float, loud: float = 0.4) -> np.ndarray:
    """Noise that begins at once and dies away, beat after beat, over a quiet hum."""
    random = np.random.default_rng(0)
    times = np.arange(round(seconds * RATE)) / RATE
    sound = 0.003 * random.normal(size=len(times)) + 0.01 * np.sin(2 * np.pi * 110 * times)
    for beat in np.arange(period_seconds / 2, seconds - 0.1, period_seconds):
        start, length = round(beat * RATE), 4000
        sound[start:start + length] += loud * np.exp(-np.arange(length) / 800) * random.normal(size=length)
    return sound.astype(np.float32)


def onsets_in(sound: np.ndarray, block: int = 480) -> list[float]:
    """The times of its onsets, heard in blocks of so many samples."""
    hearing, found = Hearing(RATE), []
    for start in range(0, len(sound), block):
        before, hearing = hearing.onsets, heard(hearing, sound[start:start + block])
        if hearing.onsets > before:
            found.append(hearing.onset)
    return found


@pytest.mark.parametrize(("period", "loud"), [(0.5, 0.4), (0.25, 0.4), (0.7, 0.02)])
def test_every_beat_of_a_drum_is_an_onset_and_nothing_else_is(period: float, loud: float) -> None:
    found = onsets_in(drums(period, 4.0, loud))
    beats = np.arange(period / 2, 3.9, period)
    assert len(found) == len(beats)
    assert np.abs(np.array(found) - beats).max() < 0.03  # within a spectrum's length


def test_onsets_do_not_depend_on_the_size_of_blocks() -> None:
    sound = drums(0.4, 2.0)
    assert onsets_in(sound, 480) == onsets_in(sound, 4801) == onsets_in(sound, 77)


def test_a_note_that_begins_is_an_onset_and_one_that_goes_on_is_none() -> None:
    times = np.arange(3 * RATE) / RATE
    sound = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    sound[:RATE] = 0
    assert onsets_in(sound) == [pytest.approx(1.0, abs=0.03)]


SWELL = np.minimum(1, np.arange(2 * RATE) / RATE)
GLIDE = np.sin(2 * np.pi * np.cumsum(np.linspace(100, 2000, 2 * RATE)) / RATE)


@pytest.mark.parametrize("sound", [
    np.zeros(2 * RATE), 1e-4 * np.random.default_rng(1).normal(size=2 * RATE), 0.3 * GLIDE * SWELL,
], ids=["silence", "the hiss of an input", "a glide that swells"])
def test_what_has_no_beginning_has_no_onset(sound: np.ndarray) -> None:
    assert onsets_in(sound.astype(np.float32)) == []


def test_the_level_follows_loudness_between_the_loudest_of_late_and_silence() -> None:
    tone = np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE).astype(np.float32)
    hearing = heard(Hearing(RATE), 0.5 * tone)
    assert hearing.level > 0.95
    hearing = heard(hearing, 0.05 * tone)  # 20 dB less, of 30
    assert hearing.level == pytest.approx(1 / 3, abs=0.06)
    assert heard(hearing, 0 * tone).level < 0.03
    assert heard(Hearing(RATE), 1e-4 * tone).level == 0
    quiet = heard(Hearing(RATE), np.tile(0.02 * tone, 3))
    assert quiet.level > 0.6  # a quiet room has its own loudest


def test_broken_numbers_from_a_device_are_silence() -> None:
    hearing = heard(Hearing(RATE), np.full(4 * WINDOW, np.nan, np.float32))
    assert (hearing.level, hearing.onsets) == (0, 0)


def test_taps_make_a_tempo_and_a_long_pause_begins_anew() -> None:
    tempo = Tempo()
    assert tempo.bpm is None
    assert tempo.since_beat(3.0) == float("inf")
    for tap in (10.0, 10.5, 11.02, 11.5):
        tempo = tapped(tempo, tap)
    assert tempo.bpm == pytest.approx(120)
    assert tempo.since_beat(12.6) == pytest.approx(0.1)
    assert tapped(tempo, 11.55) == tempo       # a finger that trembles
    assert tapped(tempo, 14.0) == Tempo((14.0,))
    for tap in np.arange(20.0, 30.0, 0.25):
        tempo = tapped(tempo, float(tap))
    assert tempo.bpm == pytest.approx(240)
    assert len(tempo.taps) == 8


def test_onsets_and_beats_push_harder_than_the_level_and_fade() -> None:
    never = float("inf")
    assert drive(0.0, never, never) == 0
    assert drive(1.0, never, never) == LEVEL_SHARE
    assert drive(0.0, 0.0, never) == drive(0.0, never, 0.0) == 1
    assert drive(0.0, PULSE_SECONDS, never) == pytest.approx(1 / 3)


def test_a_push_leads_what_was_asked_for_and_nothing_else() -> None:
    controls = Controls(strength=0.8, blend=0.2)
    assert led(controls, 1.0) == controls
    strong = replace(controls, leading="strength")
    assert led(strong, 1.0) == strong
    assert led(strong, 0.0).strength == pytest.approx(0.8 * LEAST_STRENGTH)
    crossing = replace(controls, leading="crossfader")
    assert led(crossing, 0.0) == crossing
    assert led(crossing, 0.5).blend == pytest.approx(0.6)
    assert led(crossing, 1.0).blend == 1
