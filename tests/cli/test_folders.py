"""Folders of films as an editor has them: resumed as a folder, run twice, with a broken film, into a new folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from allaprima.cli import rendering
from allaprima.io.film.marks import UNFINISHED, mark_of, marked
from allaprima.io.still.marks import is_painted
from cli.outcome import Outcome
from made_films import Film

Command = Callable[..., Outcome]
NAMES = [f"clip{number}" for number in range(1, 6)]
PLAIN = ("-s", "woodcut", "-m", "none")


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of five films of eight frames, with sound."""
    folder = tmp_path / "clips"
    folder.mkdir()
    first = Film(times=range(0, 8 * 512, 512), sounds=1).write(folder / "clip1.mp4")
    for name in NAMES[1:]:
        (folder / f"{name}.mp4").write_bytes(first.read_bytes())
    monkeypatch.chdir(tmp_path)
    return folder


def frames_of(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def interrupt_at(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, once half of that film's frames are painted."""
    @contextmanager
    def painting(stream: object, shown: str) -> Iterator[tuple[Callable[[int | None], None], Callable[[int], None]]]:
        def on_frames(count: int) -> None:
            if shown.startswith(name):
                raise KeyboardInterrupt

        yield lambda total: None, on_frames

    monkeypatch.setattr(rendering, "painting", painting)


@pytest.mark.parametrize("index", range(5))
def test_a_folder_is_resumed_as_a_folder_wherever_it_was_interrupted(
        command: Command, clips: Path, monkeypatch: pytest.MonkeyPatch, index: int) -> None:
    with monkeypatch.context() as patched:
        interrupt_at(NAMES[index], patched)
        stopped = command("stylize-video", "clips", *PLAIN, "--batch-size", "2")
    assert stopped.code == 130, stopped.err
    assert f"{index} of 5 films done" in stopped.err
    results = {name: clips / f"{name}-woodcut.mp4" for name in NAMES}
    before = {name: results[name].stat().st_mtime_ns for name in NAMES[:index]}
    resumed = command("stylize-video", "clips", *PLAIN, "--batch-size", "2", "--resume")
    assert resumed.code == 0, resumed.err
    assert "5 of 5 films done" in resumed.err
    assert "error" not in resumed.err
    assert resumed.err.count("done already, 8 frames by an earlier run") == index
    assert "(2 of them by an earlier run)" in resumed.err or "(4 of them by an earlier run)" in resumed.err
    assert all(frames_of(path) == 8 for path in results.values())
    assert before == {name: results[name].stat().st_mtime_ns for name in NAMES[:index]}
    assert not list(clips.glob("*.parts"))


def test_a_folder_run_twice_paints_no_result_again_and_says_one_error_once(command: Command, clips: Path) -> None:
    assert command("stylize-video", "clips", *PLAIN).code == 0
    names = sorted(path.name for path in clips.iterdir())
    twice = command("stylize-video", "clips", *PLAIN)
    assert twice.code == 1
    assert twice.err.count("exists already") == 1
    assert twice.err.count("hint:") == 1
    assert "the same befell clips/clip2.mp4, clips/clip3.mp4, clips/clip4.mp4, clips/clip5.mp4" in twice.err
    other = command("stylize-video", "clips", "-s", "starry", "-m", "none")
    assert other.code == 0, other.err
    assert "note: passed over 5 results of earlier runs" in other.err
    assert sorted(path.name for path in clips.iterdir()) == sorted([*names, *(f"{name}-starry.mp4" for name in NAMES)])
    resumed = command("stylize-video", "clips", *PLAIN, "--resume")
    assert resumed.code == 0, resumed.err
    assert resumed.err.count("done already") == 5


def test_a_finished_film_of_other_settings_is_not_taken_for_done(command: Command, clips: Path) -> None:
    arguments = ("stylize-video", "clips/clip1.mp4", *PLAIN, "-o", "out.mp4", "--resume")
    assert command(*arguments).code == 0
    assert "done already" in command(*arguments).err
    other = command(*arguments, "--strength", "0.5")
    assert other.code == 1
    assert "exists already" in other.err
    assert command(*arguments, "--strength", "0.5", "--overwrite").code == 0


def test_a_broken_film_fails_alone(command: Command, clips: Path) -> None:
    (clips / "clip3.mp4").write_bytes(b"no film")
    outcome = command("stylize-video", "clips", *PLAIN)
    assert outcome.code == 1
    assert "4 of 5 films done" in outcome.err
    assert outcome.err.count("error:") == 1
    assert "clip3.mp4" in outcome.err
    again = command("stylize-video", "clips", *PLAIN, "--resume")
    assert again.code == 1
    assert again.err.count("done already") == 4


def test_several_films_go_into_a_folder_named_without_a_slash(command: Command, clips: Path) -> None:
    files = sorted(clips.iterdir())
    outcome = command("stylize-video", *files, *PLAIN, "-o", "out5")
    assert outcome.code == 0, outcome.err
    assert sorted(path.name for path in Path("out5").iterdir()) == [f"{name}-woodcut.mp4" for name in NAMES]
    refused = command("stylize-video", *files, *PLAIN, "-o", "out.mp4")
    assert refused.code == 2
    assert refused.err.count("error:") == 1


@pytest.mark.parametrize(("arguments", "suffix", "codec", "sound"), [
    (("--codec", "prores"), ".mov", "prores", "pcm_s24le"), (("--codec", "dnxhr"), ".mov", "dnxhd", "pcm_s24le"),
    (("--codec", "prores", "--audio", "copy"), ".mov", "prores", "aac"), ((), ".mp4", "h264", "aac"),
    (("--audio", "pcm"), ".mp4", "h264", "pcm_s24le")])
def test_codecs_of_editing_come_with_plain_samples(command: Command, tmp_path: Path, arguments: tuple[str, ...],
                                                   suffix: str, codec: str, sound: str) -> None:
    Film(256, 144, range(0, 8 * 512, 512), sounds=1).write(tmp_path / "clip1.mp4")  # DNxHR has no smaller sizes
    outcome = command("stylize-video", tmp_path / "clip1.mp4", *PLAIN, *arguments)
    assert outcome.code == 0, outcome.err
    painted, film = (str(tmp_path / name) for name in (f"clip1-woodcut{suffix}", "clip1.mp4"))
    with av.open(painted) as container, av.open(film) as original:
        assert container.streams.video[0].codec_context.name == codec
        assert container.streams.audio[0].codec_context.name == sound
        heard, meant = (np.concatenate([frame.to_ndarray().astype(np.float64).ravel() for frame in one.decode(audio=0)])
                        for one in (container, original))
    if sound.startswith("pcm"):
        heard /= 2**31
        length = min(len(heard), len(meant))
        assert length > 12000
        assert np.abs(heard[:length] - meant[:length]).max() < 1e-6


def test_the_mark_stands_below_a_films_own_comment_once() -> None:
    twice = marked(marked("by hand", "run 0123456789abcdef"), "run fedcba9876543210")
    assert twice.splitlines()[0] == "by hand"
    assert twice.count("Painted with Allaprima") == 1
    assert "fedcba9876543210" in twice


def test_what_ctrl_c_left_is_known_for_unfinished(command: Command, clips: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        interrupt_at("clip1", patched)
        assert command("stylize-video", "clips/clip1.mp4", *PLAIN, "--batch-size", "2").code == 130
    assert mark_of(clips / "clip1-woodcut.partial.mp4") == UNFINISHED
    assert mark_of(clips / "clip1.mp4") is None


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_painted_pictures_in_a_folder_are_known_and_no_inputs(command: Command, tmp_path: Path, suffix: str,
                                                              photo: np.ndarray) -> None:
    Image.fromarray(photo[:32, :48]).save(tmp_path / f"p.{suffix}")
    assert not is_painted(tmp_path / f"p.{suffix}")
    assert command("stylize-image", tmp_path, *PLAIN).code == 0
    assert is_painted(tmp_path / f"p-woodcut.{suffix}")
    other = command("stylize-image", tmp_path, "-s", "starry", "-m", "none")
    assert other.code == 0, other.err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.{suffix}" for name in ("p", "p-woodcut", "p-starry"))
    none = command("stylize-image", tmp_path / f"p-woodcut.{suffix}", "-s", "starry", "-m", "none")
    assert none.code == 0, none.err  # named, it is painted


def test_the_longer_side_that_follows_is_even(command: Command, tmp_path: Path) -> None:
    Image.new("RGB", (1280, 720)).save(tmp_path / "p.png")
    assert command("stylize-image", tmp_path / "p.png", *PLAIN, "--size", "480").code == 0
    with Image.open(tmp_path / "p-woodcut.png") as painted:
        assert painted.size == (854, 480)
