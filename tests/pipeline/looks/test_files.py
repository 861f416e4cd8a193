"""A look's files are inputs, whoever paints with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allaprima.config import ImageOptions, SequenceOptions, VideoOptions
from allaprima.curves import constant
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import SinkError
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.jobs.sequences import paint_sequence
from allaprima.pipeline.jobs.stills import paint_still
from allaprima.pipeline.looks.files import files_of
from allaprima.pipeline.looks.tracks import load_track
from allaprima.sheets.png import encode_png
from made_films import Film


def test_a_result_never_lands_on_what_a_look_is_read_from(tmp_path: Path) -> None:
    names = ("content.png", "art.png", "in.0001.png", "mask.0001.png")
    for name in names:
        (tmp_path / name).write_bytes(encode_png(np.full((32, 48, 3), len(name), np.uint8)))
    film = Film(48, 32, times=range(0, 3 * 512, 512)).write(tmp_path / "in.mkv")
    art = film.rename(tmp_path / "film.mkv").with_name("art.png")
    engine = IdentityEngine()
    track = load_track(str(art), engine, constant(1.0), masks=[tmp_path / "mask.%04d.png"])
    assert files_of(track) == (art, tmp_path / "mask.0001.png")
    before = {name: (tmp_path / name).read_bytes() for name in names}
    (tmp_path / "art.mkv").hardlink_to(art)
    with pytest.raises(SinkError, match="input itself"):
        paint_still(tmp_path / "content.png", art, engine, track, ImageOptions(overwrite=True))
    with pytest.raises(SinkError, match="input itself"):
        paint_film(tmp_path / "film.mkv", tmp_path / "art.mkv", engine, track, VideoOptions(overwrite=True))
    with pytest.raises(SinkError, match="input itself"):
        paint_sequence(tmp_path / "in.%04d.png", tmp_path / "mask.%04d.png", engine, track,
                       SequenceOptions(overwrite=True))
    assert {name: (tmp_path / name).read_bytes() for name in names} == before
