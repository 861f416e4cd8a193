"""Plates come back from files bit for bit, with the whole header; what cannot be painted is refused from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813  its own documentation calls it so
import pytest

from allaprima.errors import OptionError, SourceError
from allaprima.io.plates.files import plate_bytes, read_headers, read_plate, same_plate
from allaprima.io.plates.plate import chosen_layers, layers_of
from made_plates import dpx, exr, header, light, parts_exr

LIMIT = 10 ** 7


def test_an_exr_comes_back_with_every_channel_and_its_header(tmp_path: Path) -> None:
    path = exr(tmp_path / "a.exr", light(), window=(-5, 7),
               chromaticities=(0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329))
    plate = read_plate(path, LIMIT)
    again = tmp_path / "again.exr"
    again.write_bytes(plate_bytes(plate, again))
    assert same_plate(plate, read_plate(again, LIMIT))
    assert header(again) == header(path)
    assert plate_bytes(plate, again) == again.read_bytes()


def test_every_half_float_comes_back(tmp_path: Path) -> None:
    bits = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    spec = oiio.ImageSpec(256, 256, 1, "half")
    spec.channelnames = ("Y",)
    file = oiio.ImageOutput.create(str(tmp_path / "all.exr"))
    file.open(str(tmp_path / "all.exr"), spec)
    file.write_image(bits.view(np.float16)[..., None])
    file.close()
    plate = read_plate(tmp_path / "all.exr", LIMIT)
    (layer,) = layers_of((plate.parts[0].spec,))
    again = tmp_path / "again.exr"
    again.write_bytes(plate_bytes(plate.painted(layer, plate.pixels(layer)), again))
    found = oiio.ImageInput.open(str(again)).read_image("half")
    assert np.array_equal(np.asarray(found).view(np.uint16)[..., 0], bits)


def test_a_dpx_of_ten_bits_comes_back(tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(0, 1024, (32, 48, 3)).astype(np.uint16)
    path = dpx(tmp_path / "a.dpx", codes)
    plate = read_plate(path, LIMIT)
    again = tmp_path / "folder" / "a.dpx"
    again.parent.mkdir()
    again.write_bytes(plate_bytes(plate, again))
    assert same_plate(plate, read_plate(again, LIMIT))
    assert header(again) == header(path)


def test_several_parts_come_back(tmp_path: Path) -> None:
    path = tmp_path / "parts.exr"
    rng = np.random.default_rng(0)
    parts_exr(path, ("beauty", ("R", "G", "B", "A"), rng.uniform(0, 1, (16, 24, 4))),
              ("depth", ("Z",), rng.uniform(0, 99, (16, 24, 1))))
    plate = read_plate(path, LIMIT)
    assert [layer.name for layer in layers_of(tuple(part.spec for part in plate.parts))] == ["beauty"]
    again = tmp_path / "again.exr"
    again.write_bytes(plate_bytes(plate, again))
    assert same_plate(plate, read_plate(again, LIMIT))


def test_layers_are_chosen_by_name(tmp_path: Path) -> None:
    spec = oiio.ImageSpec(8, 8, 7, "half")
    spec.channelnames = ("R", "G", "B", "diffuse.R", "diffuse.G", "diffuse.B", "Z")
    layers = layers_of((spec,))
    assert [layer.name for layer in layers] == ["", "diffuse"]
    assert chosen_layers(layers, ())[0].color == (0, 1, 2)
    assert chosen_layers(layers, ("Diffuse",))[0].color == (3, 4, 5)
    with pytest.raises(OptionError, match="no colour layer 'specular'"):
        chosen_layers(layers, ("specular",))


def test_names_that_are_no_colours_are_not_all(tmp_path: Path) -> None:
    """Blender's names: the main layer is Combined, and what a cryptomatte or a normal calls R, G and B is no colour."""
    spec = oiio.ImageSpec(8, 8, 15, "half")
    names = ("AO", "Combined", "CryptoObject00", "DiffDir", "Normal")
    spec.channelnames = tuple(f"ViewLayer.{name}.{channel}" for name in names for channel in "RGB")
    layers = layers_of((spec,))
    assert [one.name for one in chosen_layers(layers, ())] == ["ViewLayer.Combined"]
    assert [one.name for one in chosen_layers(layers, ("all",))] == [
        "ViewLayer.AO", "ViewLayer.Combined", "ViewLayer.DiffDir"]
    assert [one.name for one in chosen_layers(layers, ("diffdir", "all", "Normal"))] == [
        "ViewLayer.DiffDir", "ViewLayer.AO", "ViewLayer.Combined", "ViewLayer.Normal"]


def test_a_plate_cut_short_is_told(tmp_path: Path) -> None:
    path = exr(tmp_path / "a.exr", light())
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(SourceError, match=r"cannot read the plate .*a\.exr"):
        read_plate(path, LIMIT)
    path.write_bytes(b"")
    with pytest.raises(SourceError, match="empty"):
        read_plate(path, LIMIT)


def test_deep_pictures_are_refused(tmp_path: Path) -> None:
    spec = oiio.ImageSpec(4, 4, 2, "float")
    spec.channelnames, spec.deep = ("A", "Z"), True
    deep = oiio.DeepData()
    deep.init(16, 2, (oiio.TypeDesc("float"),) * 2, spec.channelnames)
    file = oiio.ImageOutput.create(str(tmp_path / "deep.exr"))
    assert file.open(str(tmp_path / "deep.exr"), spec), file.geterror()
    file.write_deep_image(deep)
    file.close()
    with pytest.raises(SourceError, match="deep picture"):
        read_plate(tmp_path / "deep.exr", LIMIT)


def test_a_large_plate_is_refused_from_its_header(tmp_path: Path) -> None:
    path = exr(tmp_path / "a.exr", light())
    with pytest.raises(SourceError, match="96x64 pixels, more than the 1000 allowed"):
        read_headers(path, 1000)
