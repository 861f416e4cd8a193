"""What a film says of how it is shown: applied, kept, or named as lost."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.errors import SourceError
from allaprima.io.boxes import Box, boxes
from allaprima.io.film.matroska import video_tracks
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from made_films import Film


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def with_entry_box(path: Path, *added: bytes) -> Path:
    """The film, whose index stands behind its pictures, with boxes more in the sample entry of its picture."""
    data = bytearray(path.read_bytes())
    at, end, skipped = 0, len(data), {b"stsd": 8, b"avc1": 78}
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        inner: Box = next(one for one in boxes(bytes(data), at, end) if one.kind == kind)
        size, = struct.unpack_from(">I", data, inner.start - 8)
        struct.pack_into(">I", data, inner.start - 8, size + len(b"".join(added)))
        at, end = inner.start + skipped.get(kind, 0), inner.end
    data[end:end] = b"".join(added)
    path.write_bytes(data)
    return path


def frame(film: Path, **choices: object) -> np.ndarray:
    return next(iter(VideoSource(film, **choices))).image  # type: ignore[arg-type]


def written(source: VideoSource, path: Path, **choices: object) -> VideoSink:
    with source, VideoSink(path, source, **choices) as sink:  # type: ignore[arg-type]
        for one in source:
            sink.write(one)
    return sink


CLAP = box(b"clap", struct.pack(">8i", 40, 1, 30, 1, 4, 1, -3, 1))


def test_the_clean_aperture_of_an_mp4_is_cut_out(tmp_path: Path) -> None:
    plain = Film().write(tmp_path / "plain.mp4")
    source = VideoSource(with_entry_box(Film().write(tmp_path / "clap.mp4"), CLAP))
    assert (source.info.width, source.info.height) == (40, 30)
    np.testing.assert_array_equal(next(iter(source)).image, frame(plain)[6:36, 16:56])
    assert any("40x30" in note for note in source.report.notes)
    sink = written(source, tmp_path / "out.mkv", codec="ffv1")
    assert (sink.report.width, sink.report.height) == (40, 30)


def test_the_clean_aperture_of_a_turned_film_is_cut_out_before_the_turn(tmp_path: Path) -> None:
    quarter = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    turned = frame(Film(display_matrix=quarter).write(tmp_path / "plain.mp4"))
    source = VideoSource(with_entry_box(Film(display_matrix=quarter).write(tmp_path / "clap.mp4"), CLAP))
    assert (source.info.width, source.info.height) == (30, 40)
    np.testing.assert_array_equal(next(iter(source)).image, turned[16:56, 12:42])


def element(number: bytes, content: bytes) -> bytes:
    return number + bytes([0x80 | len(content)]) + content


def number_at(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at:at + length], "big")
    return value if keep_mark else value - (1 << 7 * length), at + length


def place_of(data: bytes, wanted: int, at: int) -> int:
    """Where the size of the first such element among neighbours stands."""
    while True:
        number, at = number_at(data, at, keep_mark=True)
        if number == wanted:
            return at
        size, begins = number_at(data, at, keep_mark=False)
        at = begins + size


def with_track_element(path: Path, added: bytes, *, in_video: bool) -> Path:
    """The Matroska film with an element more in its first track, taken from the emptiness behind its seek head."""
    data = path.read_bytes()
    segment = number_at(data, place_of(data, 0x18538067, 0), keep_mark=False)[1]
    void = place_of(data, 0xEC, segment)
    size, begins = number_at(data, void, keep_mark=False)
    room = size - len(added)
    length = begins - void
    data = data[:void] + (room | 1 << 7 * length).to_bytes(length, "big") + bytes(room) + data[begins + size:]
    at = segment
    for number in (0x1654AE6B, 0xAE, *((0xE0,) if in_video else ())):
        place = place_of(data, number, at)
        size, at = number_at(data, place, keep_mark=False)
        length = at - place
        data = data[:place] + (size + len(added) | 1 << 7 * length).to_bytes(length, "big") + data[at:]
    path.write_bytes(data[:at + size] + added + data[at + size:])
    return path


def test_the_cropping_of_a_matroska_film_is_applied(tmp_path: Path) -> None:
    plain = Film().write(tmp_path / "plain.mkv")
    cropping = element(b"\x54\xcc", b"\x04") + element(b"\x54\xbb", b"\x06") + element(b"\x54\xdd", b"\x08")
    source = VideoSource(with_track_element(Film().write(tmp_path / "crop.mkv"), cropping, in_video=True))
    assert (source.info.width, source.info.height) == (52, 42)
    np.testing.assert_array_equal(next(iter(source)).image, frame(plain)[6:, 4:56])


def test_elements_that_make_no_sense_end_the_search(tmp_path: Path) -> None:
    whole = Film().write(tmp_path / "in.mkv").read_bytes()
    tracks = whole.index(b"\x16\x54\xae\x6b")
    for at in range(tracks, tracks + 120):
        for value in (0x00, 0xFF, 0x80):
            path = tmp_path / "damaged.mkv"
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1:tracks + 400])
            with path.open("rb") as file:
                assert all(len(track.additions) < 100 for track in video_tracks(file))


def stereo(layout: int) -> bytes:
    return box(b"st3d", struct.pack(">IB", 0, layout))


def sphere() -> bytes:
    return box(b"sv3d", box(b"svhd", bytes(4) + b"made\0") + box(b"proj", box(b"prhd", bytes(16))
                                                                 + box(b"equi", bytes(20))))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_sphere_is_named_as_lost_and_views_are_kept_or_named(tmp_path: Path, suffix: str) -> None:
    path = with_entry_box(Film().write(tmp_path / "in.mp4"), stereo(1), sphere())
    report = written(VideoSource(path), tmp_path / f"out{suffix}").report
    assert any("equirectangular" in note for note in report.notes)
    named = [note for note in report.notes if "two views (one above the other)" in note]
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        kept = container.streams.video[0].metadata.get("stereo_mode")
    assert (len(named), kept) == ((1, None) if suffix == ".mp4" else (0, "top_bottom"))


def test_views_of_pixels_that_are_not_square_are_named_as_lost(tmp_path: Path) -> None:
    path = with_entry_box(Film(aspect=Fraction(1, 2)).write(tmp_path / "in.mp4"), stereo(2))
    sink = written(VideoSource(path), tmp_path / "out.mkv")
    assert any("two views (side by side)" in note for note in sink.report.notes)
    assert VideoSource(tmp_path / "out.mkv").info.sample_aspect_ratio == Fraction(1, 2)


def dolby_vision(profile: int, compatible: int) -> bytes:
    return bytes([1, 0, profile << 1, 0x0D, compatible << 4]) + bytes(19)


@pytest.mark.parametrize(("profile", "compatible", "refused"), [(5, 0, True), (8, 1, False), (8, 4, False)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_dolby_vision_is_refused_where_there_is_no_picture_without_it(tmp_path: Path, suffix: str, profile: int,
                                                                      compatible: int, refused: bool) -> None:
    path = Film().write(tmp_path / f"in{suffix}")
    record = dolby_vision(profile, compatible)
    if suffix == ".mp4":
        with_entry_box(path, box(b"dvcC", record))
    else:
        mapping = element(b"\x41\xe7", b"dvcC") + element(b"\x41\xed", record)
        with_track_element(path, element(b"\x41\xe4", mapping), in_video=False)
    if refused:
        with pytest.raises(SourceError, match=r"in\.m.*Dolby Vision of profile 5") as caught:
            VideoSource(path)
        assert caught.value.hint
    else:
        assert any("Dolby Vision of profile 8" in note for note in VideoSource(path).report.notes)


def test_the_tag_of_dolby_vision_is_warned_of(tmp_path: Path) -> None:
    path = Film().write(tmp_path / "in.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1\0\0\0\0\0\0\0\1", b"dvav\0\0\0\0\0\0\0\1"))
    assert any("Dolby Vision (dvav)" in note for note in VideoSource(path).report.notes)


def test_a_film_of_the_ordinary_kind_says_nothing(tmp_path: Path) -> None:
    for suffix in (".mp4", ".mkv", ".mov"):
        source = VideoSource(Film(matrix=1, color_range=1).write(tmp_path / f"in{suffix}"))
        list(source)
        assert source.report.notes == ()
