"""Depth, transparency, HDR and interlacing: kept where the output can hold them, said where it cannot."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.frames import ColorTags, Frame, StreamInfo
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.io.film.tone_map import ToneMap, peak_of
from allaprima.pipeline.resizing import resized
from made_films import Film, psnr, read_pictures


def copy(source: VideoSource, path: Path, **choices: object) -> VideoSink:
    with source, VideoSink(path, source, **choices) as sink:  # type: ignore[arg-type]
        for frame in source:
            sink.write(frame)
    return sink


def gradient() -> NDArray[np.uint16]:
    """182 neighbouring levels of a limited 10-bit picture, as 16-bit RGB."""
    levels = np.rint((np.arange(182) + 300) / 876 * 65535).astype(np.uint16)
    return np.repeat(np.repeat(levels[None, :, None], 16, 0), 3, 2)


@pytest.mark.parametrize(("codec", "suffix", "pix_fmt"), [
    ("h264", ".mp4", "yuv420p10le"), ("hevc", ".mp4", "yuv420p10le"), ("prores", ".mov", "yuv422p10le"),
    ("ffv1", ".mkv", "gbrp16le")])
def test_a_ten_bit_gradient_keeps_its_levels(tmp_path: Path, codec: str, suffix: str, pix_fmt: str) -> None:
    film = Film(times=[0, 512], width=182, height=16, pictures=[gradient()] * 2, codec="ffv1", pix_fmt="yuv422p10le",
                options={}, matrix=1, color_range=1, primaries=1, transfer=1)
    source = VideoSource(film.write(tmp_path / "in.mkv"))
    first = next(iter(source)).image
    assert len(np.unique(first[8, :, 1])) == 182
    sink = copy(source, tmp_path / f"out{suffix}", codec=codec, crf=4)
    assert sink.report.pix_fmt == pix_fmt
    again = next(iter(VideoSource(tmp_path / f"out{suffix}"))).image
    if codec in ("prores", "ffv1"):
        assert len(np.unique(again[8, :, 1])) >= 180
    assert psnr(first, again, 65535.0) > 48


def test_av1_keeps_ten_bits_and_says_nothing_on_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    film = Film(times=[0, 512, 1024], pictures=[np.repeat(gradient()[:, :128], 6, 0)] * 3, width=128, height=96,
                codec="ffv1", pix_fmt="yuv422p10le", options={}, matrix=1, color_range=1, primaries=1, transfer=1)
    source = VideoSource(film.write(tmp_path / "in.mkv"))
    sink = copy(source, tmp_path / "out.mp4", codec="av1")
    assert sink.report.pix_fmt == "yuv420p10le"
    assert len(list(VideoSource(tmp_path / "out.mp4"))) == 3
    assert "Svt" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("matrix", [6, 1, 9])
def test_prores_is_tagged_in_its_frames(tmp_path: Path, matrix: int) -> None:
    film = Film(times=[0], matrix=matrix, color_range=1, primaries=matrix, transfer=1)
    source = VideoSource(film.write(tmp_path / "in.mp4"))
    copy(source, tmp_path / "out.mov", codec="prores")
    with av.open(str(tmp_path / "out.mov")) as container:
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (matrix, matrix, 1)
    assert psnr(next(iter(source)).image, read_pictures(tmp_path / "out.mov")[0]) > 40


class Stills:
    """A source that is no film: two pictures with transparency."""

    def __init__(self, dtype: type[np.uint8] | type[np.uint16]) -> None:
        top = int(np.iinfo(dtype).max)
        self.image = np.full((48, 64, 3), top // 3, dtype)
        self.alpha = np.linspace(0, top, 48 * 64).reshape(48, 64).astype(dtype)
        self.info = StreamInfo(64, 48, Fraction(1, 25), Fraction(25), 2, color=ColorTags("rgb", "full", 0, tagged=True),
                               bit_depth=8 if dtype is np.uint8 else 16, has_alpha=True)

    def __iter__(self):
        yield from (Frame(self.image, self.alpha, number, 1, number) for number in range(2))


@pytest.mark.parametrize(("codec", "suffix"), [("prores", ".mov"), ("ffv1", ".mkv")])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_is_carried_where_the_codec_holds_it(tmp_path: Path, codec: str, suffix: str,
                                                          dtype: type[np.uint8]) -> None:
    stills = Stills(dtype)
    with VideoSink(tmp_path / f"out{suffix}", stills, codec=codec) as sink:  # type: ignore[arg-type]
        for frame in stills:
            sink.write(frame)
    source = VideoSource(tmp_path / f"out{suffix}")
    frame = next(iter(source))
    assert source.info.has_alpha
    assert frame.alpha is not None
    scale = float(np.iinfo(frame.alpha.dtype).max)
    difference = np.abs(frame.alpha / scale - stills.alpha / float(np.iinfo(dtype).max))
    assert difference.max() < (0.01 if codec == "prores" else 0.0001)


def test_dropped_transparency_is_reported(tmp_path: Path) -> None:
    stills = Stills(np.uint8)
    with VideoSink(tmp_path / "out.mp4", stills) as sink:  # type: ignore[arg-type]
        for frame in stills:
            sink.write(frame)
    assert any("transparency" in note for note in sink.report.notes)


def test_vp9_transparency_is_read(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "in.webm"), "w") as output:
        stream = output.add_stream("libvpx-vp9", rate=25, options={"lossless": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuva420p"
        stream.metadata["alpha_mode"] = "1"
        picture = np.dstack([np.full((48, 64, 3), 90, np.uint8), np.full((48, 64), 200, np.uint8)])
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(picture, "rgba").reformat(format="yuva420p")
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    source = VideoSource(tmp_path / "in.webm")
    assert source.info.has_alpha
    alphas = [frame.alpha for frame in source]
    assert len(alphas) == 3
    assert all(alpha is not None and abs(int(alpha.mean()) - 200) <= 1 for alpha in alphas)


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_comes_out_as_709_and_is_refused_on_request(tmp_path: Path, transfer: int) -> None:
    film = Film(times=[0], pix_fmt="yuv420p10le", matrix=9, color_range=1, primaries=9, transfer=transfer)
    path = film.write(tmp_path / "in.mkv")
    source = VideoSource(path)
    assert (source.info.color.matrix, source.info.color.transfer, source.info.bit_depth) == ("bt709", 1, 10)
    copy(source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_trc, context.color_primaries) == (1, 1, 1)
    assert any("tone-mapped" in note for note in source.report.notes)
    with pytest.raises(SourceError, match="HDR"):
        VideoSource(path, hdr="refuse")


@pytest.mark.parametrize(("transfer", "white"), [(16, 0.5807), (18, 0.75)])
def test_tone_mapping_is_monotonic_keeps_greys_grey_and_puts_diffuse_white_near_white(transfer: int,
                                                                                      white: float) -> None:
    ramp = np.repeat(np.linspace(0, 65535, 512).astype(np.uint16)[None, :, None], 3, 2)
    mapped = ToneMap(transfer).apply(ramp)[0].astype(int)
    assert np.diff(mapped[:, 1]).min() >= -1
    assert np.abs(mapped - mapped[:, 1:2]).max() < 200
    assert mapped[0].max() == 0
    assert mapped[-1, 1] > 65000
    assert 0.75 < mapped[round(white * 511), 1] / 65535 < 0.99


def pq_code(nits: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084, equation 5.1."""
    root = (nits / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * root) / (1 + 2392 / 128 * root)) ** (2523 / 32)


def nits_of_pq(code: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084, equation 4.1."""
    root = code ** (32 / 2523)
    return 10000 * (np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610)


def mapped_by_formulas(light: np.ndarray) -> np.ndarray:
    """BT.2390's EETF of the brightest channel from 1000 nits to 203, BT.2087 to BT.709, BT.1886; all in doubles."""
    top, limit = pq_code(np.array(1000.0)), pq_code(np.array(203.0)) / pq_code(np.array(1000.0))
    brightest = np.maximum(np.minimum(light.max(axis=-1), 1000), 1e-6)
    code, knee = pq_code(brightest) / top, 1.5 * limit - 0.5
    t = np.clip((code - knee) / (1 - knee), 0, 1)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * limit
    gain = nits_of_pq(np.where(code < knee, code, spline) * top) / brightest / 203
    matrix = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
    return np.clip((light * gain[..., None]) @ matrix.T, 0, 1) ** (1 / 2.4) * 65535


@pytest.mark.parametrize("transfer", [16, 18])
def test_tone_mapping_by_tables_follows_the_formulas(transfer: int) -> None:
    picture = np.random.default_rng(3).integers(0, 50000, (64, 64, 3), dtype=np.uint16)
    code = picture / 65535
    if transfer == 16:
        light = nits_of_pq(code)
    else:
        scene = np.where(code <= 0.5, code ** 2 / 3, (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        light = 1000 * scene * ((scene @ [0.2627, 0.6780, 0.0593]) ** 0.2)[..., None]
    difference = np.abs(ToneMap(transfer).apply(picture) - mapped_by_formulas(light))
    assert difference.max() < 0.1 * 257
    assert difference.mean() < 0.01 * 257


@pytest.mark.parametrize("turned", [False, True])
def test_hdr_that_is_shown_smaller_is_scaled_before_its_light_is_brought_down(tmp_path: Path, turned: bool) -> None:
    matrix = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30) if turned else None
    film = Film(times=[0], pix_fmt="yuv420p10le", matrix=9, color_range=1, primaries=9, transfer=16, width=128,
                height=96, display_matrix=matrix)
    path = film.write(tmp_path / "in.mp4")
    whole = next(iter(VideoSource(path))).image
    size = (48, 64) if turned else (64, 48)
    source = VideoSource(path)
    source.tone_map_at(*size)
    small = next(iter(source)).image
    assert small.shape[1::-1] == size
    after = resized(whole, *size).astype(float)
    assert np.abs(small - after).mean() < 257
    assert np.percentile(np.abs(small - after), 99) < 4 * 257
    large = VideoSource(path)
    large.tone_map_at(256, 192)
    np.testing.assert_array_equal(next(iter(large)).image, whole)


def test_the_peak_comes_from_the_films_own_light_levels() -> None:
    mastering = bytes(72) + (40000000).to_bytes(4, "little") + (10000).to_bytes(4, "little") + bytes(8)
    assert peak_of(None, None) == 1000.0
    assert peak_of(None, mastering) == 4000.0
    assert peak_of((600).to_bytes(4, "little") + bytes(4), mastering) == 600.0
