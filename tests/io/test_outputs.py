import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from allaprima.errors import SinkError
from allaprima.io.outputs import check_output, move_into_place, temporary_beside, written_file

resource = pytest.importorskip("resource", reason="limits on file size are a matter of Unix")


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Let every write past a size fail, as a full disk would; Python ignores the signal that comes with it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no right to mount a small tmpfs")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_appears_whole_and_nothing_else_remains(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    with written_file(path) as file:
        file.write(b"all of it")
        assert not path.exists()
    assert path.read_bytes() == b"all of it"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path) -> None:
    def fail_midway() -> None:
        with written_file(tmp_path / "out.bin") as file:
            file.write(b"half")
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        fail_midway()
    assert list(tmp_path.iterdir()) == []


def test_a_write_past_the_allowed_size_is_a_sink_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="size"), files_of_at_most(1000), written_file(tmp_path / "out.bin") as file:
        file.write(b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_and_an_existing_file_survives_it(tiny_disk: Path) -> None:
    path = tiny_disk / "out.bin"
    path.write_bytes(b"before")
    with pytest.raises(SinkError, match="disk is full"), written_file(path, overwrite=True) as file:
        file.write(b"x" * 500_000)
    assert path.read_bytes() == b"before"
    assert list(tiny_disk.iterdir()) == [path]


def test_a_read_only_disk_is_named_before_any_work(tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    with pytest.raises(SinkError, match="can only be read"):
        check_output(tiny_disk / "out.png")


def test_a_folder_without_the_right_to_write_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SinkError, match="may not write"):
            check_output(tmp_path / "out.png")
    finally:
        tmp_path.chmod(0o700)


def test_an_existing_output_is_refused_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"before")
    with pytest.raises(SinkError, match="exists already") as caught:
        check_output(path)
    assert "--overwrite" in str(caught.value.hint)
    check_output(path, overwrite=True)
    assert path.read_bytes() == b"before"


def test_a_link_to_nowhere_counts_as_existing(tmp_path: Path) -> None:
    (tmp_path / "out.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(SinkError, match="exists already"):
        check_output(tmp_path / "out.png")


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard", "roundabout"])
def test_the_input_is_never_the_output(tmp_path: Path, link: str) -> None:
    source = tmp_path / "in.png"
    source.write_bytes(b"precious")
    output = tmp_path / "out.png"
    if link == "symbolic":
        output.symlink_to(source)
    elif link == "hard":
        output.hardlink_to(source)
    elif link == "roundabout":
        (tmp_path / "folder").mkdir()
        output = tmp_path / "folder" / ".." / "in.png"
    else:
        output = source
    with pytest.raises(SinkError, match="input itself"):
        check_output(output, [tmp_path / "style.png", source], overwrite=True)
    assert source.read_bytes() == b"precious"


def test_a_missing_folder_a_file_as_folder_a_folder_as_file_and_a_long_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, reason in ((tmp_path / "gone" / "out.png", "folder does not exist"),
                         (tmp_path / "file" / "out.png", "folder is a file"), (tmp_path, "is a folder"),
                         (tmp_path / ("x" * 252 + ".png"), "name is too long")):
        with pytest.raises(SinkError, match=reason):
            check_output(path)


def test_a_name_as_long_as_the_file_system_allows_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".png")
    with written_file(path) as file:
        file.write(b"whole")
    assert path.read_bytes() == b"whole"


def test_a_file_that_appeared_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"

    def write_while_another_does() -> None:
        with written_file(path) as file:
            file.write(b"ours")
            path.write_bytes(b"theirs")

    with pytest.raises(SinkError, match="exists already"):
        write_while_another_does()
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_of_two_writers_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    path, told = tmp_path / "out.bin", []

    def write() -> None:
        temporary = temporary_beside(path)
        temporary.write_bytes(b"whole")
        try:
            move_into_place(temporary, path)
        except SinkError as error:
            temporary.unlink()
            told.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 7
    assert list(tmp_path.iterdir()) == [path]
