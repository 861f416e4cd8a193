"""Cryptomattes: names become identities, identities are found in pairs of channels, shares add up to a mask."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import OptionError, SourceError
from allaprima.io.plates.channels import channels_of
from allaprima.io.plates.cryptomatte import cryptomattes_of, identity_of, murmur
from allaprima.io.plates.mattes import check_matte, read_matte
from allaprima.io.plates.plate import Window
from made_plates import channels_exr, cryptomatte_exr

LIMIT = 10 ** 7
PLACE = Window(0, 0, 40, 30)


def shares() -> dict[str, np.ndarray]:
    """A hero before a wall, whose edge is soft, with a cape of three quarters and a lamp that a namespace names."""
    hero = np.clip((np.arange(40) - 15) / 10, 0, 1)[None].repeat(30, axis=0) * 0.75
    cape = hero / 3
    lamp = np.zeros((30, 40))
    lamp[:5] = 1 - (hero + cape)[:5]
    return {"hero": hero, "hero_cape": cape, "set:/World/lamp": lamp, "wall": 1 - hero - cape - lamp}


@pytest.mark.parametrize(("text", "value"), [  # the published vectors of MurmurHash3_x86_32, seed 0
    (b"", 0), (b"test", 0xBA6BD213), (b"Hello, world!", 0xC0363E43),
    (b"The quick brown fox jumps over the lazy dog", 0x2E4FF723)])
def test_names_are_hashed_by_murmur_3(text: bytes, value: int) -> None:
    assert murmur(text) == value


@pytest.mark.parametrize(("name", "value"), [  # what the specification's own code is tested by
    ("hello", 6.0705627102400005616e-17), ("cube", -4.08461912519e+15), ("sphere", 2.79018604383e+15),
    ("plane", 3.66557617593e-11)])
def test_identities_are_those_of_other_programs(name: str, value: float) -> None:
    assert float(np.uint32(identity_of(name)).view(np.float32)) == pytest.approx(value, rel=1e-9)


def test_no_identity_is_infinite_or_no_number() -> None:
    found = np.array([identity_of(str(number)) for number in range(20_000)], np.uint32).view(np.float32)
    assert np.isfinite(found).all()
    assert (np.abs(found) >= np.finfo(np.float32).tiny).all()


@pytest.mark.parametrize(("asked", "names"), [
    ("hero", ["hero"]), ("hero,hero_cape", ["hero", "hero_cape"]), ("hero*", ["hero", "hero_cape"]),
    ("set:/World/lamp", ["set:/World/lamp"]), ('"wall", set:*', ["wall", "set:/World/lamp"]),
    ("<{}>", ["wall"])])
def test_names_become_masks(tmp_path: Path, asked: str, names: list[str]) -> None:
    path = cryptomatte_exr(tmp_path / "a.exr", "CryptoObject", shares())
    asked = asked.format(repr(float(np.uint32(identity_of("wall")).view(np.float32))))
    mask = read_matte(path, f"CryptoObject:{asked}", PLACE, LIMIT)
    assert np.abs(mask - sum(shares()[name] for name in names)).max() < 1e-6


def test_the_last_part_of_a_layers_name_will_do_and_windows_are_heeded(tmp_path: Path) -> None:
    path = cryptomatte_exr(tmp_path / "a.exr", "ViewLayer.CryptoObject", shares(), window=(-3, 2))
    mask = read_matte(path, "cryptoobject:hero", Window(0, 0, 20, 10), LIMIT)
    assert np.abs(mask[2:] - shares()["hero"][:8, 3:23]).max() < 1e-6
    assert (mask[:2] == 0).all()


def test_a_manifest_may_lie_beside_the_plate_or_be_missing(tmp_path: Path) -> None:
    manifest = {name: f"{identity_of(name):08x}" for name in shares()}
    path = cryptomatte_exr(tmp_path / "a.exr", "CryptoObject", shares(), manifest=None, manif_file="a.json")
    with pytest.raises(SourceError, match=r"cannot read the manifest a\.json"):
        read_matte(path, "CryptoObject:hero", PLACE, LIMIT)
    (tmp_path / "a.json").write_text(json.dumps(manifest))
    assert np.abs(read_matte(path, "CryptoObject:her?", PLACE, LIMIT) - shares()["hero"]).max() < 1e-6
    path = cryptomatte_exr(tmp_path / "b.exr", "CryptoObject", shares(), manifest=None)
    assert np.abs(read_matte(path, "CryptoObject:hero", PLACE, LIMIT) - shares()["hero"]).max() < 1e-6


def test_a_name_that_no_frame_knows_is_told_with_the_nearest(tmp_path: Path) -> None:
    first = cryptomatte_exr(tmp_path / "1.exr", "CryptoObject", shares())
    second = cryptomatte_exr(tmp_path / "2.exr", "CryptoObject", {"dog": np.ones((30, 40))})
    check_matte([first, second], "CryptoObject:dog", LIMIT)  # it comes in later
    with pytest.raises(OptionError, match="knows no 'heroo'") as told:
        check_matte([first], "CryptoObject:wall,heroo", LIMIT)
    assert told.value.hint == "did you mean hero or hero_cape?"
    with pytest.raises(OptionError, match="no cryptomatte 'CryptoMaterial'"):
        read_matte(first, "CryptoMaterial:hero", PLACE, LIMIT)
    with pytest.raises(OptionError, match="nothing of the cryptomatte"):
        read_matte(first, "CryptoObject:", PLACE, LIMIT)


def test_a_damaged_manifest_is_told(tmp_path: Path) -> None:
    path = cryptomatte_exr(tmp_path / "a.exr", "CryptoObject", shares(), manifest='["hero"]')
    with pytest.raises(SourceError, match="cannot read the manifest of the cryptomatte CryptoObject"):
        read_matte(path, "CryptoObject:hero", PLACE, LIMIT)
    assert cryptomattes_of(channels_of(channels_exr(tmp_path / "b.exr", {"Z": np.ones((3, 4))}), LIMIT)) == ()
