"""What becomes of an unfinished film: never lost unasked, never anybody else's, understood after a kill at any step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import SinkError
from allaprima.frames import Frame, StreamInfo
from allaprima.io.film.parts_folder import PartsFolder, parts_beside
from allaprima.io.film.sink import VideoSink
from made_films import payloads

FRAMES = 9
STEPS = ("rename", "replace", "link", "unlink", "mkdir", "rmdir", "fsync")


class Killed(BaseException):
    """What no code of ours catches."""


class Pictures:
    """A source of grey frames."""

    info = StreamInfo(32, 32, Fraction(1, 25), Fraction(25), FRAMES)

    def __iter__(self) -> Iterator[Frame]:
        for index in range(FRAMES):
            yield Frame(np.full((32, 32, 3), 20 * index, np.uint8), None, index, 1, index)


def paint(output: Path, *, until: int = FRAMES, ending: BaseException | None = None, resume: bool = False,
          overwrite: bool = False) -> VideoSink:
    """Writes the frames from the first that is not kept, in segments of three, and ends as asked."""
    source = Pictures()
    sink = VideoSink(output, source, codec="ffv1", resume=resume, overwrite=overwrite, segment_frames=3)
    with sink:
        for frame in source:
            if sink.frames_kept <= frame.index < until:
                sink.write(frame)
        if ending is not None:
            raise ending
    return sink


def unfinished(output: Path) -> dict[str, bytes]:
    """Leaves six of nine frames, as a loss of power would; gives back what lies there then."""
    with pytest.raises(RuntimeError):
        paint(output, until=7, ending=RuntimeError("power"))
    return contents(output.with_name(f"{output.name}.parts"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_unfinished_film_is_refused_unless_it_is_said_what_becomes_of_it(tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    left = unfinished(output)
    with pytest.raises(SinkError, match="unfinished film lies in") as caught:
        paint(output)
    assert all(option in str(caught.value.hint) for option in ("--resume", "--overwrite"))
    assert contents(tmp_path / "out.mkv.parts") == left
    assert paint(output, resume=True).frames_kept == 6
    assert [path.name for path in tmp_path.iterdir()] == ["out.mkv"]
    output.unlink()
    unfinished(output)
    assert paint(output, overwrite=True).frames_kept == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out.mkv"]


@pytest.mark.parametrize("settings", [b"", b'{"style": "starry"}', b"[" * 100_000, None])
@pytest.mark.parametrize("options", [{}, {"resume": True}, {"overwrite": True}])
def test_a_folder_of_ones_own_is_never_touched(tmp_path: Path, settings: bytes | None,
                                               options: dict[str, bool]) -> None:
    folder = tmp_path / "out.mkv.parts"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    if settings is not None:
        (folder / "settings.json").write_bytes(settings)
    before = contents(folder)
    with pytest.raises(SinkError, match="is not ours"):
        paint(tmp_path / "out.mkv", **options)
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.mkv.parts"]


def test_a_link_by_the_folders_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    left = unfinished(tmp_path / "elsewhere" / "out.mkv")
    (tmp_path / "out.mkv.parts").symlink_to(tmp_path / "elsewhere" / "out.mkv.parts")
    with pytest.raises(SinkError, match="is not ours"):
        paint(tmp_path / "out.mkv", overwrite=True)
    assert contents(tmp_path / "elsewhere" / "out.mkv.parts") == left


def test_what_somebody_put_into_our_folder_stays(tmp_path: Path) -> None:
    unfinished(tmp_path / "out.mkv")
    (tmp_path / "out.mkv.parts" / "notes.txt").write_text("good take")
    paint(tmp_path / "out.mkv", resume=True)
    assert contents(tmp_path / "out.mkv.parts") == {"notes.txt": b"good take"}


def test_the_partial_of_an_interrupted_run_takes_a_name_that_is_free(tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    (tmp_path / "out.partial.mkv").write_bytes(b"a film of somebody's")
    for until in (4, 7):
        with pytest.raises(KeyboardInterrupt):
            paint(output, until=until, ending=KeyboardInterrupt(), resume=True)
    assert (tmp_path / "out.partial.mkv").read_bytes() == b"a film of somebody's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mkv.parts", "out.partial-2.mkv", "out.partial.mkv"]


def test_a_file_that_appeared_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    source = Pictures()

    def write() -> None:
        with VideoSink(output, source, codec="ffv1") as sink:
            for frame in source:
                sink.write(frame)
            output.write_bytes(b"theirs")

    with pytest.raises(SinkError, match="exists already"):
        write()
    assert output.read_bytes() == b"theirs"
    assert (tmp_path / "out.mkv.parts").is_dir()


def test_a_second_run_into_one_film_is_refused_whatever_it_is_told(tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    source = Pictures()
    with VideoSink(output, source, codec="ffv1") as sink:
        for options in ({}, {"resume": True}, {"overwrite": True}):
            with pytest.raises(SinkError, match="another run is writing"):
                paint(output, **options)
        for frame in source:
            sink.write(frame)
    assert sink.report.frames == FRAMES
    assert [path.name for path in tmp_path.iterdir()] == ["out.mkv"]


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> bool:
    """Does the work up to its ``step``-th change of the disk, and none after it; False where there are fewer."""
    done = 0

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def changed(*arguments: object, **options: object) -> object:
            nonlocal done
            if done >= step:
                raise Killed
            done += 1
            return change(*arguments, **options)

        return changed

    with monkeypatch.context() as patched:
        for name in STEPS:
            patched.setattr(os, name, counted(getattr(os, name)))
        try:
            work()
        except Killed:
            return True
    return False


def test_a_kill_while_starting_again_loses_no_more_than_was_asked_for(tmp_path: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    step, killed = 0, True
    while killed and step < 12:  # later steps are those of a new run
        folder = tmp_path / str(step)
        folder.mkdir()
        output = folder / "out.mkv"
        output.write_bytes(b"an earlier film")
        PartsFolder(parts_beside(output)).create({"style": "another"})
        killed = killed_at(step, monkeypatch, lambda: paint(output, overwrite=True))  # noqa: B023  called at once
        assert output.read_bytes() == b"an earlier film" or not killed, step
        paint(output, overwrite=True)
        assert [path.name for path in folder.iterdir()] == ["out.mkv"], step
        step += 1
    assert step == 12


@pytest.mark.parametrize("ending", [None, KeyboardInterrupt()], ids=["to the end", "interrupted"])
def test_a_kill_after_any_step_leaves_what_the_next_run_understands(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException | None) -> None:
    paint(tmp_path / "whole.mkv")
    whole = payloads(tmp_path / "whole.mkv", "video")
    step, killed = 0 if ending is None else 8, True  # the first steps are the same

    def work() -> None:
        try:
            paint(output, until=FRAMES if ending is None else 7, ending=ending)
        except KeyboardInterrupt:
            return

    while killed:
        folder = tmp_path / str(step)
        folder.mkdir()
        output = folder / "out.mkv"
        killed = killed_at(step, monkeypatch, work)
        if not output.exists():
            segments = list(folder.glob("out.mkv.parts/*.segment"))
            if (folder / "out.mkv.parts").exists():
                with pytest.raises(SinkError, match="unfinished film"):
                    paint(output)
            kept = 7 if ending and len(segments) == 3 else 3 * len(segments)
            assert paint(output, resume=True).frames_kept == kept, step
        elif (folder / "out.mkv.parts").exists():
            paint(output, resume=True)
        else:
            with pytest.raises(SinkError, match="exists already"):
                paint(output)
        assert payloads(output, "video") == whole, step
        left = {path.name for path in folder.iterdir()} - {"out.mkv", "out.partial.mkv"}
        assert left == set(), step
        step += 1
    assert step > 15
