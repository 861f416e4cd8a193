"""Damaged films are read as far as they go, or refused with an error of ours; masks are asked for at any time."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allaprima.curves import Clock
from allaprima.errors import AllaprimaError
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.looks.masks import open_mask
from made_films import Film
from malformed.strategies import QUICK, damaged

TIMES = range(0, 8 * 512, 512)
FILMS = {"motion.avi": Film(times=TIMES, codec="mjpeg", pix_fmt="yuvj420p", options={}),
         "sound.mkv": Film(times=TIMES, sounds=1), "sound.mp4": Film(times=TIMES, sounds=1),
         "plain.flv": Film(times=TIMES, options={"preset": "ultrafast"})}


@pytest.mark.parametrize("name", FILMS)
def test_damaged_films(tmp_path: Path, name: str) -> None:
    whole = FILMS[name].write(tmp_path / name).read_bytes()

    @settings(QUICK, max_examples=25)
    @given(damaged(whole))
    def refused_or_read(content: bytes) -> None:
        path = tmp_path / f"damaged-{name}"
        path.write_bytes(content)
        with (suppress(AllaprimaError), VideoSource(path, max_pixels=1_000_000) as source,
              VideoSink(tmp_path / "out.mkv", source, overwrite=True) as sink):
            for frame in islice(source, 20):
                sink.write(frame)

    refused_or_read()


def test_masks_at_any_time(tmp_path: Path) -> None:
    film = FILMS["sound.mkv"].write(tmp_path / "mask.mkv")
    source = VideoSource(film)
    mask_at = open_mask(film, source.info, Clock(source.info.time_base, source.info.frame_rate), lambda: 1)

    @settings(QUICK, max_examples=25)
    @given(st.fractions(0, 1) | st.sampled_from((Fraction(0), Fraction(10 ** 30), Fraction(1, 10 ** 30))))
    def refused_or_read(seconds: Fraction) -> None:
        with suppress(AllaprimaError):
            assert mask_at(seconds).shape == (48, 64)

    refused_or_read()
