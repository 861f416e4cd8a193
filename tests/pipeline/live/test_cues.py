"""Sets of looks: kept, written, read again, also elsewhere; and files that are none."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allaprima.bundled import bundled_styles
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.live.controls import Controls
from allaprima.pipeline.live.cues import Cue, LookSet, read_set, spec_of, write_set
from allaprima.pipeline.live.playlist import Entry
from allaprima.pipeline.live.show_set import ShowSet
from allaprima.pipeline.looks.styles import parsed_style

STARRY = bundled_styles()["starry"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a show's own picture."""
    show = tmp_path / "show"
    (show / "art").mkdir(parents=True)
    write_image(show / "art" / "own.png", Picture(np.full((32, 32, 3), 90, np.uint8)))
    return show


@pytest.fixture
def evening(folder: Path) -> LookSet:
    own = folder / "art" / "own.png"
    thumbnail = np.zeros((90, 160, 3), np.uint8)
    thumbnail[:, 80:] = (200, 100, 0)
    cues = (Cue("f1", 0, 1), Cue("f2", 1, 0, 0.25, 0.5, 0.75, 2, True, 4.0, thumbnail))
    return LookSet((((STARRY, 1.0),), ((own, 0.7), (STARRY, 0.3))), cues)


class Styles:
    """A playlist of those files."""

    def __init__(self, *specs: str) -> None:
        self.entries = tuple(Entry(spec, (), None, None, tuple(parsed_style(spec))) for spec in specs)


def test_a_set_comes_back_as_it_was_written(folder: Path, evening: LookSet) -> None:
    write_set(folder / "evening.set", evening)
    back = read_set(folder / "evening.set")
    assert back.styles == evening.styles
    assert [replace(cue, thumbnail=None) for cue in back.cues] == [
        replace(cue, thumbnail=None) for cue in evening.cues]
    assert back.cues[0].thumbnail is None
    assert back.cues[1].thumbnail is not None
    assert np.abs(back.cues[1].thumbnail.astype(int) - evening.cues[1].thumbnail).mean() < 3  # JPEG


def test_a_set_goes_to_another_machine_with_its_folder(folder: Path, evening: LookSet, tmp_path: Path) -> None:
    write_set(folder / "evening.set", evening)
    text = (folder / "evening.set").read_text()
    assert str(tmp_path) not in text  # bundled by name, own pictures from the set's folder
    shutil.move(folder, tmp_path / "elsewhere")
    back = read_set(tmp_path / "elsewhere" / "evening.set")
    assert back.styles[1][0][0] == tmp_path / "elsewhere" / "art" / "own.png"
    (tmp_path / "elsewhere" / "art" / "own.png").rename(tmp_path / "elsewhere" / "own.png")
    back = read_set(tmp_path / "elsewhere" / "evening.set")  # beside the set, whatever folder it was in
    assert back.styles[1][0][0] == tmp_path / "elsewhere" / "own.png"
    (tmp_path / "elsewhere" / "own.png").unlink()
    with pytest.raises(SourceError, match=r"no style picture 'art/own\.png'"):
        read_set(tmp_path / "elsewhere" / "evening.set")


def test_the_files_of_a_set_are_named_as_style_takes_them(evening: LookSet) -> None:
    for files in evening.styles:
        assert parsed_style(spec_of(files)) == list(files)


def test_looks_are_kept_on_free_keys_and_over_others_and_written_each_time(folder: Path) -> None:
    looks = ShowSet(folder / "new.set", folder)
    playlist = Styles("starry", "woodcut", str(folder / "art" / "own.png"))
    picture = np.full((180, 320, 3), 120, np.uint8)
    controls = Controls(style=2, other=0, strength=0.6, fade_seconds=2.0)
    assert looks.keep(controls, playlist, picture) == "kept on F1 in new.set"  # type: ignore[arg-type]
    assert looks.keep(Controls(), playlist, picture) == "kept on F2 in new.set"  # type: ignore[arg-type]
    assert looks.keep(Controls(strength=0.1), playlist, picture, "f1")  # type: ignore[arg-type]
    back = ShowSet(folder / "new.set", folder)
    assert [(cue.key, cue.strength, cue.style) for cue in back.looks.cues] == [("f1", 0.1, 0), ("f2", 1.0, 0)]
    assert back.looks.cues[1].other == 1     # the next style, where none was chosen
    assert len(back.looks.styles) == 3
    assert looks.kept == [str(folder / "new.set")]
    for _ in range(10):
        looks.keep(Controls(), playlist, picture)  # type: ignore[arg-type]
    assert "all keys hold looks" in looks.keep(Controls(), playlist, picture)  # type: ignore[arg-type]


def test_looks_follow_each_other_around_the_end(folder: Path, evening: LookSet) -> None:
    write_set(folder / "evening.set", evening)
    looks = ShowSet(folder / "evening.set", folder)
    assert looks.beside(1) == "f1"
    assert looks.beside(-1) == "f2"
    assert looks.called("f2") == looks.looks.cues[1]
    assert looks.beside(1) == "f1"
    assert looks.called("f7") is None
    assert ShowSet(None, folder).beside(1) is None


def test_without_a_name_the_first_look_makes_a_file_in_the_folder(folder: Path) -> None:
    looks = ShowSet(None, folder)
    looks.keep(Controls(), Styles("starry"), np.zeros((9, 16, 3), np.uint8))  # type: ignore[arg-type]
    [path] = folder.glob("allaprima-*.set")
    assert looks.kept == [str(path)]


def changed(values: dict[str, object], place: str, value: object) -> dict[str, object]:
    """The values with one of them changed, by its path."""
    copy = json.loads(json.dumps(values))
    *parts, last = [int(part) if part.isdecimal() else part for part in place.split("/")]
    inner = copy
    for part in parts:
        inner = inner[part]
    inner[last] = value
    return dict(copy)


@pytest.mark.parametrize(("place", "value"), [
    ("allaprima", "look"), ("version", 2), ("styles", {}), ("styles/0", []), ("styles/0/0", "starry"),
    ("styles/0/0/picture", 7), ("styles/0/0/picture", "\0"), ("styles/0/0/weight", -1), ("looks", [[]]),
    ("looks/0/key", "f13"), ("looks/0/key", "f2"), ("looks/0/style", 9), ("looks/0/other", -1),
    ("looks/0/strength", 2), ("looks/0/strength", None), ("looks/0/strength", True), ("looks/0/crossfader", "half"),
    ("looks/0/brush", 3), ("looks/0/fade_seconds", 1e9), ("looks/0/stability", float("nan")),
])
def test_a_file_that_is_no_set_is_one_sentence(folder: Path, evening: LookSet, place: str, value: object) -> None:
    write_set(folder / "evening.set", evening)
    values = json.loads((folder / "evening.set").read_text())
    (folder / "evening.set").write_text(json.dumps(changed(values, place, value)))
    with pytest.raises(SourceError, match=r"cannot read .*evening\.set") as failure:
        read_set(folder / "evening.set")
    assert failure.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{}", "no set", "[" * 9000, '{"allaprima": "set", "version": 1}'])
def test_text_that_is_no_set_is_one_sentence(folder: Path, text: str) -> None:
    (folder / "evening.set").write_text(text)
    with pytest.raises(SourceError, match="cannot read"):
        read_set(folder / "evening.set")


@pytest.mark.parametrize("thumbnail", ["", "????", "aGVsbG8=", "A" * 300_000, 7])
def test_a_set_goes_on_without_a_broken_thumbnail(folder: Path, evening: LookSet, thumbnail: object) -> None:
    write_set(folder / "evening.set", evening)
    values = json.loads((folder / "evening.set").read_text())
    (folder / "evening.set").write_text(json.dumps(changed(values, "looks/1/thumbnail", thumbnail)))
    assert read_set(folder / "evening.set").cues[1].thumbnail is None


def test_a_set_has_its_own_ending_and_a_folder_that_is_there(folder: Path, evening: LookSet) -> None:
    with pytest.raises(OptionError, match=r"evening\.json is not the name of a set"):
        ShowSet(folder / "evening.json", folder)
    with pytest.raises(SinkError, match="cannot write"):
        write_set(folder / "nowhere" / "evening.set", evening)
