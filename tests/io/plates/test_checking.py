"""What was written of a plate is compared with what was meant: samples, not only that there is a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813  its own documentation calls it so
import pytest

from allaprima.errors import SinkError
from allaprima.io.plates import files
from allaprima.io.plates.checking import difference_of
from allaprima.io.plates.files import plate_bytes, read_plate
from allaprima.io.plates.plate import Plate, layers_of
from made_plates import dpx, exr, light

LIMIT = 10 ** 7


def changed(plate: Plate, channel: int, factor: float) -> Plate:
    samples = plate.parts[0].samples.copy()
    samples[40, 50, channel] = samples[40, 50, channel] * factor + 1e-3
    return Plate((replace(plate.parts[0], samples=samples),), plate.format)


@pytest.mark.parametrize(("channel", "name"), [(1, "G"), (4, "depth.Z"), (5, "id.id")])
def test_one_other_sample_is_found(tmp_path: Path, channel: int, name: str) -> None:
    plate = read_plate(exr(tmp_path / "a.exr", light()), LIMIT)
    assert difference_of(plate, plate) is None
    assert difference_of(plate, changed(plate, channel, 1.01)) == f"other samples in the channel {name}"


def test_half_floats_are_compared_as_half_floats(tmp_path: Path) -> None:
    """What is painted has more bits than the file keeps."""
    plate = read_plate(exr(tmp_path / "a.exr", light()), LIMIT)
    (layer,) = layers_of((plate.parts[0].spec,))
    painted = plate.painted(layer, plate.pixels(layer) * np.float32(1.2345))
    written = tmp_path / "b.exr"
    written.write_bytes(plate_bytes(painted, written))
    assert difference_of(painted, read_plate(written, LIMIT)) is None
    assert difference_of(plate, read_plate(written, LIMIT)) == "other samples in the channel R"


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_codes_of_a_dpx_are_compared_to_the_last(tmp_path: Path, bits: int) -> None:
    path = dpx(tmp_path / "a.dpx", np.full((8, 9, 3), 300, np.uint16), **{"oiio:BitsPerSample": bits})
    plate = read_plate(path, LIMIT)
    (layer,) = layers_of((plate.parts[0].spec,))
    wanted = np.random.default_rng(0).uniform(0, 1, (8, 9, 3)).astype(np.float32)
    painted = plate.painted(layer, wanted)
    written = tmp_path / "b.dpx"
    written.write_bytes(plate_bytes(painted, written))
    again = read_plate(written, LIMIT)
    assert difference_of(painted, again) is None
    assert np.abs(again.pixels(layer) - wanted).max() <= 0.53 / (2 ** bits - 1)  # the nearest code, not the one below


@pytest.mark.parametrize("compression", ["dwaa", "b44", "pxr24"])
def test_a_compression_may_lose_what_it_loses_and_no_more(tmp_path: Path, compression: str) -> None:
    plate = read_plate(exr(tmp_path / "a.exr", light(), compression=compression), LIMIT)
    written = tmp_path / "b.exr"
    written.write_bytes(plate_bytes(plate, written))
    again = read_plate(written, LIMIT)
    assert difference_of(plate, again) is None
    swapped = again.parts[0].samples[..., [1, 2, 0, 3, 4, 5]]
    assert difference_of(plate, Plate((replace(again.parts[0], samples=swapped),), again.format)) is not None


def test_a_plate_that_reads_back_with_other_samples_is_not_written(tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    plate = read_plate(exr(tmp_path / "a.exr", light()), LIMIT)

    def spoilt(file: oiio.ImageOutput, part: files.Part) -> bool:
        samples = part.samples.copy()
        samples[3, 4, 2] += 0.25
        return bool(file.write_image(samples))

    monkeypatch.setattr(files, "_write_part", spoilt)
    with pytest.raises(SinkError, match="reads back with other samples in the channel B"):
        plate_bytes(plate, tmp_path / "b.exr")
