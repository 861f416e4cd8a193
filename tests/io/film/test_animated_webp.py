"""An animated WebP is a film, with its times and its transparency."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.errors import SourceError
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.io.still.reading import read_image
from made_films import read_times

DURATIONS = [100, 100, 500, 100, 100, 100, 100, 100]
TIMES = [Fraction(time, 1000) for time in (0, 100, 200, 700, 800, 900, 1000, 1100)]


def pictures(mode: str = "RGB") -> list[Image.Image]:
    return [Image.new(mode, (48, 32), (20 * number, 255 - 20 * number, 60, 128)[:len(mode)]) for number in range(8)]


def webp(path: Path, mode: str = "RGB") -> Path:
    first, *others = pictures(mode)
    first.save(path, save_all=True, append_images=others, duration=DURATIONS, lossless=True, minimize_size=False)
    return path


def test_its_pictures_come_with_their_times_value_by_value(tmp_path: Path) -> None:
    source = VideoSource(webp(tmp_path / "in.webp"))
    frames = list(source)
    assert [frame.pts * source.info.time_base for frame in frames] == TIMES
    assert [frame.duration * source.info.time_base * 1000 for frame in frames] == DURATIONS
    for frame, picture in zip(frames, pictures(), strict=True):
        np.testing.assert_array_equal(frame.image, np.asarray(picture))
    assert source.info.frame_count == 8
    assert any("stylize-video" in warning for warning in read_image(tmp_path / "in.webp").warnings)


def test_its_transparency_is_read(tmp_path: Path) -> None:
    frame = next(iter(VideoSource(webp(tmp_path / "in.webp", "RGBA"))))
    assert frame.alpha is not None
    assert set(np.unique(frame.alpha)) == {128}


def test_it_is_painted_into_a_film_of_the_same_times_and_in_parts(tmp_path: Path) -> None:
    source = VideoSource(webp(tmp_path / "in.webp"), start=Fraction(1, 5), end=Fraction(1))
    with source, VideoSink(tmp_path / "out.mp4", source) as sink:
        for frame in source:
            sink.write(frame)
    assert read_times(tmp_path / "out.mp4") == [time - Fraction(1, 5) for time in TIMES[2:6]]


def test_a_canvas_too_large_and_damage_are_refused(tmp_path: Path) -> None:
    path = webp(tmp_path / "in.webp")
    with pytest.raises(SourceError, match="48x32") as caught:
        VideoSource(path, max_pixels=1000)
    assert "--max-pixels 1536" in str(caught.value.hint)
    (tmp_path / "cut.webp").write_bytes(path.read_bytes()[:-60])
    with pytest.raises(SourceError, match="cut short or damaged"):
        VideoSource(tmp_path / "cut.webp")


@pytest.mark.parametrize("suffix", [".webp", ".jpg", ".png", ".tif", ".bmp"])
def test_a_picture_that_does_not_move_is_sent_to_stylize_image(tmp_path: Path, suffix: str) -> None:
    pictures()[0].save(tmp_path / f"still{suffix}")
    with pytest.raises(SourceError, match="picture, not a film") as caught:
        VideoSource(tmp_path / f"still{suffix}")
    assert "stylize-image" in str(caught.value.hint)
