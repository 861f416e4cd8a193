"""Cryptomattes as masks: which object, material or asset a pixel shows, and how much of it, by names.

After the specification of Friedman and Jones (Psyop, version 1.2.0): pairs of channels hold an identity and its share
of the pixel, the largest first; an identity is the MurmurHash3 of a name, kept as a float32; a manifest tells names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError, SourceError
from allaprima.io.plates.channels import Channels, Place, channels_of
from allaprima.io.plates.plate import Window
from allaprima.parsing import parsed_json

_PREFIX = "cryptomatte/"
_PAIRS = (("r", "g"), ("b", "a")), (("red", "green"), ("blue", "alpha"))
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Cryptomatte:
    """A layer of a plate's cryptomattes: its name, and the identities by name where it tells them.

    ranks: pairs of the places of an identity and of its share.
    """

    name: str
    manifest: dict[str, int]
    ranks: tuple[tuple[Place, Place], ...]


def is_cryptomatte(name: str | None) -> bool:
    """Whether what is named of a plate is a cryptomatte's layer with names, ``CryptoObject:hero``."""
    return name is not None and ":" in name


def read_cryptomatte(path: Path, name: str, place: Window, max_pixels: int) -> NDArray[np.float32]:
    """The share (H, W) of each pixel of a window, 0 to 1, that ``CryptoObject:hero,cape*`` names.

    Raises OptionError for a layer that there is not, SourceError.
    """
    channels = channels_of(path, max_pixels)
    layer, wanted = _asked(channels, name)
    identities = np.array(sorted(_identities(layer, wanted)), np.uint32)
    mask = np.zeros((place.height, place.width), np.float32)
    read = channels.read([one for rank in layer.ranks for one in rank], place)
    for ids, shares in zip(read[::2], read[1::2], strict=True):
        np.add(mask, shares, out=mask, where=np.isin(ids.view(np.uint32), identities))
    return np.clip(np.nan_to_num(mask), 0, 1)


def check_cryptomatte(paths: Iterable[Path], name: str, max_pixels: int) -> None:
    """Raises OptionError for names that no manifest of a shot tells: an object may be missing from many frames."""
    unknown: set[str] | None = None
    known: list[str] = []
    for path in paths:
        layer, wanted = _asked(channels_of(path, max_pixels), name)
        if not layer.manifest:
            return
        known = list(layer.manifest)
        missing = {one for one in wanted if _number_of(one) is None
                   and not any(fnmatchcase(own, one) or own == one for own in known)}
        unknown = missing if unknown is None else unknown & missing
        if not unknown:
            return
    if unknown:
        lost = sorted(unknown)[0]
        near = get_close_matches(lost, known, 3, 0.4)
        raise OptionError(f"the cryptomatte {name.partition(':')[0]} knows no {lost!r}",
                          f"did you mean {' or '.join(near)}?" if near else f"it knows {', '.join(sorted(known)[:8])}")


def cryptomattes_of(channels: Channels) -> tuple[Cryptomatte, ...]:
    """The cryptomattes that the headers of a plate name."""
    found: dict[str, dict[str, str]] = {}
    for spec in channels.specs:
        for entry in spec.extra_attribs:
            if entry.name.startswith(_PREFIX) and entry.name.count("/") == 2:
                _, key, field = entry.name.split("/")
                found.setdefault(key, {}).setdefault(field, str(entry.value))
    return tuple(Cryptomatte(said["name"], _manifest(channels.path, said), _ranks(channels, said["name"]))
                 for said in found.values() if "name" in said)


def identity_of(name: str) -> int:
    """The 32 bits of the float32 that a name is known by."""
    return _as_float(murmur(name.encode("utf-8")))


def murmur(data: bytes) -> int:
    """The MurmurHash3 of bytes for x86, 32 bits, seed 0 (Appleby 2011, public domain)."""
    value = 0
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        value ^= _scrambled(int.from_bytes(data[start:start + 4], "little"))
        value = (_rotated(value, 13) * 5 + 0xE6546B64) & _WORD
    if len(data) > whole:
        value ^= _scrambled(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = ((value ^ value >> 16) * 0x85EBCA6B) & _WORD
    value = ((value ^ value >> 13) * 0xC2B2AE35) & _WORD
    return value ^ value >> 16


def _scrambled(block: int) -> int:
    return _rotated((block * 0xCC9E2D51) & _WORD, 15) * 0x1B873593 & _WORD


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _WORD


def _as_float(value: int) -> int:
    """Bits with an exponent that is neither 0 nor 255: denormal numbers, infinities and NaN do not survive."""
    exponent = min(max(value >> 23 & 255, 1), 254)
    return value & 0x807FFFFF | exponent << 23


def _asked(channels: Channels, name: str) -> tuple[Cryptomatte, list[str]]:
    """The layer that is named, and the names in it, as Nuke's matte lists have them: ``hero, cape*, "a, b", <0.5>``."""
    wanted, _, names = name.partition(":")
    layers = cryptomattes_of(channels)
    own = [layer for layer in layers if layer.name.lower() == wanted.lower()]
    own = own or [layer for layer in layers if layer.name.rpartition(".")[2].lower() == wanted.lower()]
    if len(own) != 1 or not own[0].ranks:
        there = ", ".join(layer.name for layer in layers)
        raise OptionError(f"the plate {channels.path} has no cryptomatte {wanted!r}",
                          f"name {there}, as in {channels.path.name}:{layers[0].name}:NAME" if layers
                          else "a channel is named without a second colon")
    listed = [one.strip() for one in next(csv.reader([names], skipinitialspace=True), []) if one.strip()]
    if not listed:
        known = ", ".join(sorted(own[0].manifest)[:8]) or "no names of its own"
        raise OptionError(f"nothing of the cryptomatte {own[0].name} is named", f"it knows {known}")
    return own[0], listed


def _identities(layer: Cryptomatte, wanted: Iterable[str]) -> set[int]:
    found = set()
    for name in wanted:
        number = _number_of(name)
        if number is not None:
            found.add(number)
        elif name in layer.manifest:
            found.add(layer.manifest[name])
        else:
            found |= {identity for own, identity in layer.manifest.items() if fnmatchcase(own, name)}
            found.add(identity_of(name))  # manifests may lack names
    return found


def _number_of(name: str) -> int | None:
    """The identity that ``<0.123>`` gives as a number, None for a name."""
    if not (name.startswith("<") and name.endswith(">")):
        return None
    try:
        return int(np.float32(name[1:-1]).view(np.uint32))
    except ValueError:
        return None


def _manifest(path: Path, said: dict[str, str]) -> dict[str, int]:
    """The names' identities, in the header or in a file beside the plate; none where neither tells."""
    text = said.get("manifest", "")
    if not text and said.get("manif_file"):
        try:
            text = (path.parent / Path(said["manif_file"]).name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"cannot read the manifest {said['manif_file']} of the cryptomatte {said['name']}: "
                              f"{error}", f"lay it beside {path.name}") from error
    if not text:
        return {}
    try:
        entries = parsed_json(text)
        if not isinstance(entries, dict):
            raise ValueError("it is no list of names")
        return {str(name): _as_float(int(str(value), 16)) for name, value in entries.items()}
    except ValueError as error:
        raise SourceError(f"cannot read the manifest of the cryptomatte {said['name']} in {path}",
                          "write the plate again") from error


def _ranks(channels: Channels, name: str) -> tuple[tuple[Place, Place], ...]:
    found: list[tuple[Place, Place]] = []
    for level in range(100):
        before = len(found)
        for pair in (pair for pairs in _PAIRS for pair in pairs):
            identity, share = (channels.first_of(f"{name}{level:02d}.{channel}") for channel in pair)
            if identity is not None and share is not None:
                found.append((identity, share))
        if len(found) == before:
            break
    return tuple(found)
