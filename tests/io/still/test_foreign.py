"""A refusal names the true reason and a remedy that works."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from allaprima.errors import SourceError
from allaprima.io.still.reading import read_image


def refusal(tmp_path: Path, data: bytes, name: str = "picture") -> tuple[str, str]:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=name) as caught:
        read_image(tmp_path / name)
    return str(caught.value), str(caught.value.hint)


@pytest.mark.parametrize(("head", "kind", "remedy"), [
    (b"\xff\x0a", "JPEG XL", "export"), (b"II\xbc", "JPEG XR", "export"),
    (b'\xef\xbb\xbf <svg width="4"', "SVG", "export"), (b"IIU\0", "raw file", "raw converter"),
    (b"\0\0\0\x18ftypcrx \0\0\0\0", "raw file", "raw converter"),
    (b"\0\0\0\x18ftypisom\0\0\0\0", "a film", "stylize-video"), (b"\x1a\x45\xdf\xa3", "a film", "stylize-video"),
    (b"8BPS\0\1" + bytes(7) + b"\3\0\0\0\4\0\0\0\4\0\x10\0\3", "16 bits", "TIFF"),
    (b"8BPS\0\2" + bytes(7) + b"\3\0\0\0\4\0\0\0\4\0\x08\0\3", "PSB", "export"),
    (b"RIFF\0\0\0\0AVI LIST", "a film", "stylize-video"), (b"just words", "not a picture", "PNG")])
def test_what_a_file_is_instead_is_named(tmp_path: Path, head: bytes, kind: str, remedy: str) -> None:
    reason, hint = refusal(tmp_path, head + bytes(100))
    assert kind in reason
    assert remedy in hint
    assert "pip install" not in hint


@pytest.mark.parametrize("head", [b"\x76\x2f\x31\x01", b"SDPX", b"XPDS", b"\x80\x2a\x5f\xd7"])
def test_a_damaged_plate_is_told(tmp_path: Path, head: bytes) -> None:
    reason, hint = refusal(tmp_path, head + bytes(100))
    assert "plate" in reason
    assert "copy it again" in hint


def test_radiance_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.hdr").write_bytes(cv2.imencode(".hdr", np.full((4, 5, 3), 0.18, np.float32))[1].tobytes())
    seen = read_image(tmp_path / "a.hdr")
    assert seen.image.shape == (4, 5, 3)
    assert 0.3 < seen.image.mean() / 65535 < 0.5


@pytest.mark.parametrize(("marker", "bits", "kind"), [
    (0xC1, 12, "12 bits"), (0xC3, 16, "lossless"), (0xF7, 8, "JPEG-LS"), (0xC0, 8, "damaged")])
def test_a_jpeg_of_a_coding_not_read_names_it(tmp_path: Path, marker: int, bits: int, kind: str) -> None:
    thumbnail = b"\xff\xe1" + struct.pack(">H", 6002) + b"\xff\xc0" * 3000  # longer than what is read first
    frame = struct.pack(">BBHBHHB", 0xFF, marker, 17, bits, 8, 8, 3) + bytes(9)
    assert kind in refusal(tmp_path, b"\xff\xd8" + thumbnail + frame + b"\xff\xd9")[0]


def test_an_avif_too_large_for_its_decoder_is_not_called_unknown(tmp_path: Path) -> None:
    buffer = BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "AVIF")
    data = buffer.getvalue()
    at = data.index(b"ispe") + 8
    reason, hint = refusal(tmp_path, data[:at] + struct.pack(">II", 17000, 17000) + data[at + 8:])
    assert "17000x17000" in reason
    assert "smaller" in hint


def test_a_text_that_is_a_bomb_is_not_called_damage(tmp_path: Path) -> None:
    text = PngInfo()
    text.add_text("comment", "x" * 3_000_000, zip=True)
    buffer = BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=text)
    reason, hint = refusal(tmp_path, buffer.getvalue())
    assert "unpacks" in reason
    assert "damaged" not in reason
    assert "copy it again" not in hint


def png(width: int, height: int) -> bytes:
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)


def test_more_pixels_are_allowed_only_where_there_is_memory_for_them(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(png(1000, 1000))
    with pytest.raises(SourceError) as caught:
        read_image(tmp_path / "large.png", max_pixels=999_999)
    assert "--max-pixels 1000000" in str(caught.value.hint)
    reason, hint = refusal(tmp_path, png(3_000_000, 2_000_000))
    assert "3000000x2000000" in reason
    assert "--max-pixels" not in hint
    assert "smaller" in hint
