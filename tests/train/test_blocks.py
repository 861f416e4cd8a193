from collections.abc import Iterator
from pathlib import Path

import pytest

from allaprima.train.blocks import Keeping, kept_in_blocks


def words(path: Path) -> list[str]:
    return path.joinpath("words").read_text(encoding="utf-8").split()


def write(path: Path, block: list[str]) -> None:
    path.mkdir()
    path.joinpath("words").write_text(" ".join(block), encoding="utf-8")


KEEPING = Keeping(write, words, lambda blocks: [word for block in blocks for word in block])
ALL = ["alla", "prima", "wet", "on", "wet"]


def test_an_ended_run_goes_on_after_its_last_block(tmp_path: Path) -> None:
    asked: list[int] = []
    told: list[int] = []

    def until(last: int) -> Iterator[list[str]]:
        asked.append(0)
        yield ALL[:2]
        if last < len(ALL):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept_in_blocks(tmp_path / "words", lambda done: until(2), KEEPING, told.append)
    assert words(tmp_path / "words-000000") == ALL[:2]

    def rest(done: int) -> Iterator[list[str]]:
        asked.append(done)
        yield ALL[done:]

    assert kept_in_blocks(tmp_path / "words", rest, KEEPING, told.append) == ALL
    assert asked == [0, 2]
    assert told == [2, 5]
    assert [path.name for path in tmp_path.iterdir()] == ["words"]
    assert kept_in_blocks(tmp_path / "words", lambda done: until(0), KEEPING, told.append) == ALL
    assert asked == [0, 2]
