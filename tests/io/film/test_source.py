"""Films in: frames, times, colours and orientation as they are; bad files as one clear sentence."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import OptionError, SourceError
from allaprima.io.film.source import VideoSource
from made_films import Film, psnr, ramp


def test_frames_come_with_the_files_own_integer_times(tmp_path: Path) -> None:
    times = [0, 512, 700, 3000, 3001, 9000]
    source = VideoSource(Film(times=times).write(tmp_path / "vfr.mp4"))
    with source:
        frames = list(source)
    assert [frame.pts * source.info.time_base for frame in frames] == [Fraction(pts, 12800) for pts in times]
    assert [frame.index for frame in frames] == list(range(6))


def test_a_film_can_be_read_again_and_from_another_thread(tmp_path: Path) -> None:
    source = VideoSource(Film().write(tmp_path / "film.mp4"))
    counts: list[int] = []
    with source:
        thread = threading.Thread(target=lambda: counts.append(sum(1 for _ in source)))
        thread.start()
        thread.join()
        counts.append(sum(1 for _ in source))
    assert counts == [24, 24]


def test_leaving_a_source_closes_an_unfinished_reading(tmp_path: Path) -> None:
    source = VideoSource(Film().write(tmp_path / "film.mp4"))
    with source:
        reading = iter(source)
        next(reading)
    assert next(reading, None) is None


@pytest.mark.parametrize(("matrix", "transfer"), [(6, 6), (1, 1), (9, 14)])
@pytest.mark.parametrize("color_range", [1, 2])
def test_rgb_is_read_by_the_matrix_and_range_the_film_names(tmp_path: Path, matrix: int, transfer: int,
                                                            color_range: int) -> None:
    flat = [np.full((48, 64, 3), (220, 40, 60), np.uint8)]
    film = Film(times=[0], pictures=flat, matrix=matrix, color_range=color_range, primaries=matrix, transfer=transfer)
    frame = next(iter(VideoSource(film.write(tmp_path / "film.mp4"))))
    assert int(np.abs(frame.image.astype(int) - flat[0]).max()) <= 2


def test_an_untagged_film_is_601_when_small_and_709_when_large(tmp_path: Path) -> None:
    small = VideoSource(Film(times=[0]).write(tmp_path / "small.mp4")).info.color
    large = VideoSource(Film(times=[0], width=1280, height=720).write(tmp_path / "large.mp4")).info.color
    assert (small.matrix, large.matrix, small.tagged, large.tagged) == ("bt601", "bt709", False, False)


@pytest.mark.parametrize("flip_x", [1, -1])
@pytest.mark.parametrize("flip_y", [1, -1])
@pytest.mark.parametrize("swap", [False, True])
def test_all_eight_orientations_come_out_upright(tmp_path: Path, flip_x: int, flip_y: int, swap: bool) -> None:
    one = 1 << 16
    a, d = (0, 0) if swap else (flip_x * one, flip_y * one)
    c, b = (flip_x * one, flip_y * one) if swap else (0, 0)
    upright = ramp(48, 64) if swap else ramp(64, 48)
    stored = upright[::flip_y, ::flip_x]
    stored = np.ascontiguousarray(stored.swapaxes(0, 1) if swap else stored)
    film = Film(times=[0], pictures=[stored], display_matrix=[a, b, 0, c, d, 0, 0, 0, 1 << 30], aspect=Fraction(4, 3))
    source = VideoSource(film.write(tmp_path / "turned.mp4"))
    frame = next(iter(source))
    assert (source.info.width, source.info.height) == (upright.shape[1], upright.shape[0])
    assert source.info.sample_aspect_ratio == (Fraction(3, 4) if swap else Fraction(4, 3))
    assert psnr(frame.image, upright) > 38


def test_ten_bits_keep_the_levels_of_a_gradient(tmp_path: Path) -> None:
    levels = np.arange(182, dtype=np.uint16) * 76 + 20000
    gradient = np.repeat(np.repeat(levels[None, :, None], 16, 0), 3, 2)
    film = Film(times=[0], width=182, height=16, pictures=[gradient], pix_fmt="yuv444p10le", options={"qp": "0"},
                matrix=1, color_range=1, primaries=1, transfer=1)
    source = VideoSource(film.write(tmp_path / "deep.mkv"))
    frame = next(iter(source))
    assert (frame.image.dtype, source.info.bit_depth) == (np.uint16, 10)
    assert len(np.unique(frame.image[0, :, 1])) >= 180


def test_a_raw_stream_gets_times_from_its_rate_and_a_changed_size_is_scaled_to_the_first(tmp_path: Path) -> None:
    first = Film(times=range(6), time_base=Fraction(1, 25), container="h264").write(tmp_path / "a.h264")
    second = Film(times=range(6), time_base=Fraction(1, 25), width=96, height=64, container="h264")
    film = tmp_path / "both.h264"
    film.write_bytes(first.read_bytes() + second.write(tmp_path / "b.h264").read_bytes())
    source = VideoSource(film)
    frames = list(source)
    assert [frame.pts for frame in frames] == list(range(12))
    assert source.info.time_base == 1 / source.info.frame_rate
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}


def test_start_and_end_choose_frames_by_time_and_skip_passes_over_the_first_of_them(tmp_path: Path) -> None:
    path = Film().write(tmp_path / "film.mp4")
    source = VideoSource(path, start=Fraction(2, 25), end=Fraction(10, 25))
    assert [frame.pts for frame in source] == [512 * number for number in range(2, 10)]
    source.skip(3)
    assert next((frame.pts, frame.index) for frame in source) == (512 * 5, 3)
    with pytest.raises(SourceError, match="no frame"):
        list(VideoSource(path, start=Fraction(20)))
    with pytest.raises(OptionError):
        VideoSource(path, start=Fraction(2), end=Fraction(1))


def test_a_cut_file_gives_what_it_holds_and_says_what_is_missing(tmp_path: Path) -> None:
    path = Film(options={"crf": "4", "g": "6"}).write(tmp_path / "whole.mkv")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    source = VideoSource(cut)
    frames = list(source)
    assert 0 < len(frames) < 24
    assert source.report.frames == len(frames)
    assert source.report.losses
    with pytest.raises(SourceError, match="damaged"):
        list(VideoSource(cut, strict=True))


def test_what_is_no_film_is_refused_with_one_sentence_that_names_it(tmp_path: Path) -> None:
    text, playlist, empty = tmp_path / "text.mp4", tmp_path / "list.mp4", tmp_path / "empty.mp4"
    text.write_text("dear diary\n" * 40)
    playlist.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    empty.touch()
    sound = tmp_path / "sound.mp4"
    Film(sounds=1).write(sound)
    expected = {tmp_path / "absent.mp4": "no such file", tmp_path: "folder", text: "text file", playlist: "playlist",
                empty: "empty"}
    for path, words in expected.items():
        with pytest.raises(SourceError, match=words) as caught:
            VideoSource(path)
        assert path.name in str(caught.value)
        assert caught.value.hint


def test_a_playlist_with_a_films_name_opens_no_other_file(tmp_path: Path) -> None:
    Film().write(tmp_path / "secret.mp4")
    for name, text in (("a.mp4", "ffconcat version 1.0\nfile secret.mp4\n"),
                       ("b.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n")):
        (tmp_path / name).write_text(text)
        with pytest.raises(SourceError, match="playlist"):
            VideoSource(tmp_path / name)
    with pytest.raises(SourceError):
        VideoSource(f"concat:{tmp_path / 'secret.mp4'}")


def test_frames_larger_than_the_limit_are_refused_from_the_header(tmp_path: Path) -> None:
    path = Film(times=[0]).write(tmp_path / "film.mp4")
    with pytest.raises(SourceError, match="64x48"):
        VideoSource(path, max_pixels=64 * 48 - 1)
    assert VideoSource(path, max_pixels=64 * 48).info.width == 64
