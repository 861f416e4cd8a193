"""A library of styles: names stand for them, likeness finds them, packs carry them, and hostile packs are refused."""

from __future__ import annotations

import io
import json
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from allaprima.bundled import bundled_fits, bundled_styles
from allaprima.engines import Style
from allaprima.engines.fitted import digest_of
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import CODE_LENGTH
from allaprima.engines.style_files import StyleFile, style_bytes
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.frames import Pixels
from allaprima.library import is_name, library_folder, library_style, library_styles
from allaprima.pipeline.library.entries import Entry, about_of, entry_of, remove, store, stored
from allaprima.pipeline.library.likeness import nearest_styles
from allaprima.pipeline.library.packs import KEY, packed, read_pack, write_pack
from allaprima.pipeline.live.cues import files_of, named
from allaprima.pipeline.looks.styles import load_style, parsed_style, read_code, write_style
from standin import SHA256, chance_fit, chance_style


class Measuring(IdentityEngine):
    """An engine whose codes are a picture's mean: near for pictures that are near in lightness."""

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        return Style(name, np.full(CODE_LENGTH, picture.mean() / 255, np.float32), (1, 1, 1, 1), "mean")


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLAPRIMA_LIBRARY", str(tmp_path / "library"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "library"


def picture(path: str, level: int) -> Path:
    Image.new("RGB", (48, 32), (level, level, level)).save(path)
    return Path(path)


def grey(name: str, level: int) -> Path:
    return store(entry_of(picture(f"{name}.png", level), Measuring()))


def test_a_picture_that_was_put_in_is_a_style_by_its_name(library: Path) -> None:
    entry = entry_of(picture("a.jpg", 90), Measuring(), name="wave", licence="CC0\x1b[2J", source="me")
    path = store(entry)
    assert path == library / "wave" / "wave.jpg" == library_style("wave")
    assert parsed_style("wave:0.5+starry") == [(path, 0.5), (bundled_styles()["starry"], 1.0)]
    assert path.read_bytes() == Path("a.jpg").read_bytes()
    assert about_of("wave") == {"licence": "CC0 [2J", "source": "me"}
    assert named(path, Path()) == "wave"
    assert files_of([{"picture": "wave", "weight": 1}], Path("elsewhere")) == ((path, 1),)
    Path("wave").write_bytes(Path("a.jpg").read_bytes())
    assert parsed_style("wave") == [(Path("wave"), 1.0)], "a file is named before all else"


def test_what_was_fitted_to_a_picture_paints_it_by_name() -> None:
    fit = chance_fit(1)
    write_style(Path("art.style"), StyleFile(chance_style("other", 5, fit)))
    store(entry_of(Path("art.style"), Measuring(), picture=picture("art.png", 40)))
    style = load_style("art", Measuring())
    assert style.name == "art"
    assert digest_of(style.fitted[0]) == digest_of(fit)
    assert not load_style("art.png", Measuring()).fitted, "the same picture elsewhere has no name"
    assert not load_style("art", Measuring(), scale=2.0).fitted


def test_a_style_without_a_picture_goes_in_alone_and_comes_out_the_same() -> None:
    style = chance_style("mix", 3)
    write_style(Path("mix.style"), style)
    assert store(entry_of(Path("mix.style"), Measuring())).suffix == ".style"
    np.testing.assert_array_equal(load_style("mix", Measuring()).code, style.code)
    remove("mix")
    assert library_styles() == {}
    with pytest.raises(OptionError, match="no style 'mix'"):
        remove("mix")


def test_a_name_that_is_taken_is_replaced_only_when_asked() -> None:
    grey("a", 10)
    other = entry_of(picture("b.png", 200), Measuring(), name="A")
    with pytest.raises(SinkError, match="has a style a already"):
        store(other)
    store(other, overwrite=True)
    assert list(library_styles()) == ["A"]
    assert [path.name for path in library_folder().iterdir()] == ["A"]


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "a\\b", "C:a", "a:2", "a+b", "a,b", "-a", ".a", "a.",
                                  "con", "NUL.txt", "5", "a\x00", "a\n", "a" * 65, "a b"])
def test_what_could_lead_elsewhere_or_be_a_blend_is_no_name(name: str) -> None:
    assert not is_name(name)
    assert library_style(name) is None
    with pytest.raises(OptionError, match="cannot be called"):
        store(Entry(name, b""))


@pytest.mark.parametrize("name", ["wave", "Wave-2", "a.b", "Ärger_1", "富士"])
def test_plain_names_are_taken(name: str) -> None:
    assert is_name(name)


def test_a_bundled_name_stays_the_bundled_style() -> None:
    with pytest.raises(OptionError, match="starry is a bundled style"):
        entry_of(picture("starry.png", 9), Measuring())


def test_the_nearest_come_first_and_between_two_comes_their_middle() -> None:
    for name, level in (("black", 0), ("dark", 60), ("middle", 120), ("light", 200), ("white", 250)):
        grey(name, level)

    def found(*levels: int) -> list[str]:
        wanted = [np.full(CODE_LENGTH, level / 255, np.float32) for level in levels]
        return [one.name for one in nearest_styles(wanted, 100) if one.name in library_styles()]

    assert found(10)[:2] == ["black", "dark"]
    assert found(250)[:2] == ["white", "light"]
    assert found(0, 250)[0] not in ("black", "white")
    assert found(0, 250)[-1] in ("black", "white")
    assert nearest_styles([np.zeros(CODE_LENGTH, np.float32)], 100, without=["black"])[0].name != "black"
    assert nearest_styles([np.zeros(CODE_LENGTH, np.float32)], 1)[0].distance == pytest.approx(0, abs=1e-6)


def test_a_bundled_style_is_most_like_itself() -> None:
    code = read_code(bundled_fits()["delft"])
    assert nearest_styles([code], 1)[0].name == "delft"


def test_a_pack_carries_all_of_its_styles_to_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_style(Path("art.style"), StyleFile(chance_style("art", 5, chance_fit(1))))
    store(entry_of(Path("art.style"), Measuring(), picture=picture("art.jpg", 40), licence="CC0", source="me"))
    grey("b", 70)
    before = [astuple(stored(name)) for name in ("art", "b")]
    write_pack(Path("two.stylepack"), ["art", "b"])
    monkeypatch.setenv("ALLAPRIMA_LIBRARY", str(tmp_path / "other"))
    for entry in read_pack(Path("two.stylepack")):
        store(entry)
    assert [astuple(stored(name)) for name in ("art", "b")] == before
    assert load_style("art", Measuring()).fitted[0].sha256 == SHA256


def jpeg(width: int = 8) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, 8)).save(content, "JPEG")
    return content.getvalue()


def tensors(**parts: bytes) -> dict[str, np.ndarray]:
    return {name.replace("_", "."): np.frombuffer(content, np.uint8) for name, content in parts.items()}


def said(*names: object) -> dict[str, str]:
    return {KEY: json.dumps({"kind": "style pack", "version": 1, "styles": [{"name": name} for name in names]})}


GOOD = style_bytes(StyleFile(chance_style("a", 1)))
BOMB = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60000).to_bytes(4) * 2 + b"\x08\x02\x00\x00\x00" + b"\x98\xd9\x96\xf3"


@pytest.mark.parametrize(("content", "words"), [
    (b"", "no pack"),
    (b"PK\x03\x04" + b"0" * 100, "larger than a pack|no pack"),
    ((1 << 40).to_bytes(8, "little") + b"{}", "larger than a pack"),
    (save(tensors(_0_style=GOOD)), "no pack"),
    (save(tensors(a=b"1"), {KEY: "[" * 5000}), "no pack"),
    (save(tensors(a=b"1"), {KEY: json.dumps({"kind": "style pack", "version": 1, "styles": []})}), "holds no styles"),
    (save(tensors(a=b"1"), said(*[f"a{number}" for number in range(1001)])), "more than 1000"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8)}, said("../../evil")), "cannot be called"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8)}, said("/etc/passwd")), "cannot be called"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8)}, said("starry")), "cannot be called"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8)}, said(7)), "cannot be called"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8)}, said("a", "A")), "same name"),
    (save({"1.style": np.frombuffer(GOOD, np.uint8)}, said("a")), "is missing"),
    (save({"0.style": np.zeros((2, 2), np.uint8)}, said("a")), "larger than it may be"),
    (save({"0.style": np.zeros(9, np.float32)}, said("a")), "is no bytes"),
    (save({"0.style": np.frombuffer(b"import os; os.remove('x')", np.uint8)}, said("a")), "is missing"),
    (save({"0.style": np.frombuffer(GOOD[:-40], np.uint8)}, said("a")), "no style file"),
    (save({"0.style": np.zeros((17 << 20), np.uint8)}, said("a")), "larger than it may be"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8), "0.picture": np.frombuffer(b"#!/bin/sh", np.uint8)}, said("a")),
     "no JPEG, PNG or WebP"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8), "0.picture": np.frombuffer(jpeg()[:200], np.uint8)}, said("a")),
     "cannot read the picture a"),
    (save({"0.style": np.frombuffer(GOOD, np.uint8), "0.picture": np.frombuffer(BOMB, np.uint8)}, said("a")),
     "cannot read the picture a"),
])
def test_a_hostile_pack_is_refused_in_a_sentence_and_leaves_nothing(library: Path, content: bytes, words: str) -> None:
    Path("evil.stylepack").write_bytes(content)
    with pytest.raises(SourceError, match=words) as refusal:
        read_pack(Path("evil.stylepack"))
    assert "\n" not in str(refusal.value)
    assert not library.exists()


def test_a_pack_of_more_than_it_may_hold_is_not_written() -> None:
    with pytest.raises(OptionError, match="1001 styles are too much"):
        packed([Entry(f"a{number}", b"1") for number in range(1001)])
    with pytest.raises(OptionError, match="cannot write a pack"):
        write_pack(Path("a.zip"), ["a"])
