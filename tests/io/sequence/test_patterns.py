from pathlib import Path

import pytest

from allaprima.errors import OptionError
from allaprima.io.sequence.patterns import gaps, is_pattern, parsed_frames, parsed_pattern, spans


@pytest.mark.parametrize(("name", "number", "file"), [
    ("shot.%04d.png", 7, "shot.0007.png"), ("shot.%04d.png", 123456, "shot.123456.png"), ("%d.tif", 12, "12.tif"),
    ("100%%_%03d.png", 5, "100%_005.png"), ("s.####.exr", 7, "s.0007.exr"), ("s.[0001-0009].exr", 7, "s.0007.exr"),
    ("s.[1-9].exr", 7, "s.7.exr"), ("a b [1].%02d.x.png", 1, "a b [1].01.x.png")])
def test_a_pattern_names_each_number_and_finds_it_again(tmp_path: Path, name: str, number: int, file: str) -> None:
    pattern = parsed_pattern(tmp_path / name)
    assert pattern.path(number) == tmp_path / file
    (tmp_path / file).touch()
    assert pattern.numbers() == (number,)
    assert str(pattern).endswith(name.replace("%%", "%")) or "%" not in name


def test_only_files_of_the_pattern_itself_are_found_and_sorted_as_numbers(tmp_path: Path) -> None:
    for name in ("s.10.png", "s.9.png", "s.09.png", "s.x.png", "s.11.png.bak", "xs.12.png", "s.13.PNG"):
        (tmp_path / name).touch()
    assert parsed_pattern(tmp_path / "s.%d.png").numbers() == (9, 10)
    assert parsed_pattern(tmp_path / "s.%02d.png").numbers() == (9, 10)


@pytest.mark.parametrize("name", ["plain.png", "%d.%d.png", "%s.png", "100%.png", "%%d.png", "%099d.png"])
def test_a_name_without_one_place_for_the_number_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="number"):
        parsed_pattern(Path(name))


def test_a_file_whose_name_looks_like_a_pattern_is_taken_as_a_file(tmp_path: Path) -> None:
    assert is_pattern(tmp_path / "100%d.png")
    (tmp_path / "100%d.png").touch()
    assert not is_pattern(tmp_path / "100%d.png")
    assert not is_pattern(tmp_path / "100%%d.png")
    assert not is_pattern(tmp_path / "plain.png")


def test_frames_are_a_span_with_both_ends() -> None:
    assert parsed_frames("1001-1100") == range(1001, 1101)
    assert parsed_frames("7") == range(7, 8)
    assert parsed_frames("1001-1007x3") == range(1001, 1008, 3)
    for wrong in ("", "a", "5-3", "-4", "1-2-3", "1,2", "1-9x0", "7x2"):
        with pytest.raises(OptionError, match="span"):
            parsed_frames(wrong)


def test_a_name_may_ask_for_its_numbers_itself(tmp_path: Path) -> None:
    for number in (1001, 1002, 1003, 1004):
        (tmp_path / f"s.{number}.exr").touch()
    assert parsed_pattern(tmp_path / "s.[1002-1004].exr").numbers() == (1002, 1003, 1004)
    assert parsed_pattern(tmp_path / "s.[1001-1004x3].exr").numbers() == (1001, 1004)
    assert is_pattern(tmp_path / "s.####.exr")
    assert gaps((1001,), range(1001, 1006, 2)) == "1003, 1005"


def test_numbers_are_shown_as_people_write_them() -> None:
    assert spans([3, 1, 2, 7, 9, 10]) == "1-3, 7, 9-10"
    assert spans(range(0, 40, 2)) == "0, 2, 4, 6, 8, 10, 12, 14 and 12 more"
    assert gaps((2, 3, 6), range(1, 9)) == "1, 4-5, 7-8"
    assert gaps((1, 2), range(1, 3)) == ""
    assert gaps((1, 10**15), range(1, 10**15 + 1)) == "2-999999999999999"
