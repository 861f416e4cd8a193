"""Plates on the command line: painted, and otherwise what they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from allaprima.colorspaces.transfer import transferred_by
from allaprima.colorspaces.views import opened_config
from allaprima.config import ColorManagement
from allaprima.evaluate.temporal import exact_take, warping_error
from allaprima.io.plates.files import read_plate, same_plate
from allaprima.io.still.reading import read_image
from allaprima.pipeline.jobs.film_colors import codes
from cli.outcome import Outcome
from made_plates import channels_exr, cryptomatte_exr, dpx, exr, header, light, parts_exr
from temporal_scenes import clips

Command = Callable[..., Outcome]
FAST = ("--model", "fast", "--style", "mosaic")


def samples(path: Path) -> np.ndarray:
    return read_plate(path, 10 ** 7).parts[0].samples


def test_strength_0_gives_the_plate_itself(command: Command, tmp_path: Path) -> None:
    plate = exr(tmp_path / "in.exr", light(), window=(-5, 7))
    assert command("stylize-image", plate, *FAST, "--strength", "0", "-o", tmp_path / "out.exr").code == 0
    assert same_plate(read_plate(plate, 10 ** 7), read_plate(tmp_path / "out.exr", 10 ** 7))
    before, after = header(plate), header(tmp_path / "out.exr")
    assert {name: value for name, value in after.items() if not name.startswith("allaprima:")} == before
    assert after["allaprima:style"] == "mosaic"


def test_strength_0_gives_the_plates_themselves_from_a_smaller_working_height(command: Command, tmp_path: Path) -> None:
    for frame in range(2):
        exr(tmp_path / f"shot.{1001 + frame}.exr", light(144, 96, seed=frame), frame=frame)
    told = command("stylize-video", tmp_path / "shot.####.exr", *FAST, "--strength", "0", "--detail", "64", "-o",
                   tmp_path / "out.####.exr")
    assert told.code == 0, told.err
    for number in (1001, 1002):
        assert same_plate(*(read_plate(tmp_path / f"{name}.{number}.exr", 10 ** 7) for name in ("shot", "out")))


def test_a_painted_plate_keeps_its_other_channels_and_its_light(command: Command, tmp_path: Path) -> None:
    plate = exr(tmp_path / "in.exr", light())
    told = command("stylize-image", plate, *FAST, "-o", tmp_path / "out.exr")
    before, after = samples(plate), samples(tmp_path / "out.exr")
    assert "Linear Rec.709" in told.err
    assert np.array_equal(before[..., 3:], after[..., 3:])
    assert np.abs(before - after)[..., :3].mean() > 0.05
    assert np.isfinite(after).all()
    assert after[4:12, 8:20, :3].max() > 1


def test_a_sequence_of_plates_goes_on_where_it_was_ended(command: Command, tmp_path: Path) -> None:
    for frame in range(3):
        exr(tmp_path / f"shot.{1001 + frame}.exr", light(seed=frame), window=(frame, -frame), frame=frame)
    (tmp_path / "whole").mkdir()
    asked = ("stylize-video", tmp_path / "shot.%04d.exr", *FAST, "-o", tmp_path / "whole/out.%04d.exr")
    assert command(*asked).code == 0
    whole = [path.read_bytes() for path in sorted((tmp_path / "whole").glob("*.exr"))]
    (tmp_path / "whole" / "out.1002.exr").write_bytes(b"damaged")
    assert command(*asked, "--resume").code == 0
    assert [path.read_bytes() for path in sorted((tmp_path / "whole").glob("*.exr"))] == whole
    assert header(tmp_path / "whole" / "out.1003.exr")["x"] == 2
    assert header(tmp_path / "whole" / "out.1003.exr")["smpte:TimeCode"] == (0x01000002, 0)


def test_densities_come_back_as_densities(command: Command, tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(95, 800, (64, 96, 3)).astype(np.uint16)
    plate = dpx(tmp_path / "in.dpx", codes)
    assert command("stylize-image", plate, *FAST, "--strength", "0", "-o", tmp_path / "out.dpx").code == 0
    assert same_plate(read_plate(plate, 10 ** 7), read_plate(tmp_path / "out.dpx", 10 ** 7))
    assert command("stylize-image", plate, *FAST, "-o", tmp_path / "painted.dpx").code == 0
    painted = samples(tmp_path / "painted.dpx")
    assert painted.dtype == np.uint16
    assert not np.array_equal(painted, samples(plate))


def test_a_plate_is_written_as_a_picture_as_it_is_seen(command: Command, tmp_path: Path) -> None:
    plate = exr(tmp_path / "in.exr", light())
    assert command("stylize-image", plate, *FAST, "-o", tmp_path / "out.png").code == 0
    assert read_image(tmp_path / "out.png").image.dtype == np.uint16


def test_a_plate_is_a_style(command: Command, tmp_path: Path) -> None:
    style = exr(tmp_path / "style.exr", light(seed=3))
    photo = exr(tmp_path / "in.exr", light())
    assert command("stylize-image", photo, "--model", "fast", "--style", style, "-o", tmp_path / "out.exr").code == 0
    assert (tmp_path / "out.exr").exists()


def test_a_channel_of_the_plates_is_a_mask(command: Command, tmp_path: Path) -> None:
    """What a matte does not cover keeps every bit, wherever the data windows lie."""
    matte = np.zeros((96, 144), np.float32)
    matte[:, 72:] = 1
    for frame in range(2):
        exr(tmp_path / f"shot.{1001 + frame}.exr", light(144, 96, seed=1),
            window=(3 * frame, 0))
        exr(tmp_path / f"matte.{1001 + frame}.exr", np.repeat(matte[..., None], 3, axis=2), window=(3 * frame, 0))
    asked = ("stylize-video", tmp_path / "shot.%04d.exr", *FAST, "--detail", "64", "--mask",
             tmp_path / "matte.%04d.exr:G", "-o", tmp_path / "out.%04d.exr")
    told = command(*asked)
    assert told.code == 0, told.err
    for number in (1001, 1002):
        before, after = samples(tmp_path / f"shot.{number}.exr"), samples(tmp_path / f"out.{number}.exr")
        assert np.array_equal(before[:, :72], after[:, :72])
        assert np.abs(before - after)[:, 80:, :3].mean() > 0.02
    told = command(*asked[:-3], tmp_path / "matte.%04d.exr:matte.X", "--overwrite", *asked[-2:])
    assert told.code != 0
    assert "no channel matte.X" in told.err


def test_an_object_of_a_cryptomatte_is_a_mask(command: Command, tmp_path: Path) -> None:
    """What the object does not cover keeps every bit, the cryptomatte itself above all."""
    hero = np.zeros((64, 96))
    hero[:, 48:] = 1
    plate = cryptomatte_exr(tmp_path / "in.exr", "CryptoObject", {"hero": hero, "wall": 1 - hero}, color=light())
    asked = ("stylize-image", plate, *FAST, "-o", tmp_path / "out.exr", "--mask")
    told = command(*asked, f"{plate}:CryptoObject:hero")
    assert told.code == 0, told.err
    before, after = samples(plate), samples(tmp_path / "out.exr")
    assert np.array_equal(before[:, :48], after[:, :48])
    assert np.array_equal(before[..., 3:], after[..., 3:])
    assert np.abs(before - after)[:, 56:, :3].mean() > 0.02
    told = command(*asked, f"{plate}:CryptoObject:her", "--overwrite")
    assert told.code == 2
    assert "did you mean hero?" in told.err


@pytest.mark.parametrize(("arguments", "said"), [
    (("--colorspace", "ACEScgg"), "no colour space 'ACEScgg'"),
    (("--layer", "diffuse"), "no colour layer 'diffuse'"),
    (("--size", "32"), "a plate keeps its size"),
])
def test_what_cannot_be_is_told(command: Command, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    plate = exr(tmp_path / "in.exr", light())
    told = command("stylize-image", plate, *FAST, *arguments, "-o", tmp_path / "out.exr")
    assert told.code != 0
    assert said in told.err
    assert not (tmp_path / "out.exr").exists()


def layered(path: Path, seed: int) -> Path:
    """A render: beauty, diffuse and specular in parts of their own, and a depth."""
    scene = light(seed=seed)
    return parts_exr(path, ("rgba", ("R", "G", "B"), scene),
                     ("diffuse", ("diffuse.R", "diffuse.G", "diffuse.B"), scene * 0.75),
                     ("specular", ("R", "G", "B"), scene * 0.25), ("depth", ("Z",), np.full((64, 96, 1), 7.5)))


def test_several_layers_are_painted_each_for_itself_and_the_others_pass_through(command: Command,
                                                                               tmp_path: Path) -> None:
    for frame in range(3):
        layered(tmp_path / f"shot.{1001 + frame}.exr", frame // 2)
    asked = ("stylize-video", tmp_path / "shot.####.exr", *FAST)
    told = command(*asked, "--layer", "rgba", "--layer", "diffuse", "-o", tmp_path / "both.####.exr")
    assert told.code == 0, told.err
    assert "painted layers: rgba, diffuse" in told.err
    for layer in ("rgba", "diffuse"):
        assert command(*asked, "--layer", layer, "-o", tmp_path / f"{layer}.####.exr").code == 0
    for number in (1001, 1002, 1003):
        before, both, rgba, diffuse = (read_plate(tmp_path / f"{name}.{number}.exr", 10 ** 7).parts
                                       for name in ("shot", "both", "rgba", "diffuse"))
        assert [part.name for part in both] == ["rgba", "diffuse", "specular", "depth"]
        assert np.array_equal(both[0].samples, rgba[0].samples)
        assert np.array_equal(both[1].samples, diffuse[1].samples)
        assert np.abs(both[1].samples - before[1].samples).mean() > 0.02
        assert np.array_equal(both[2].samples, before[2].samples)
        assert np.array_equal(both[3].samples, before[3].samples)


def test_all_layers_of_a_still_plate(command: Command, tmp_path: Path) -> None:
    plate = layered(tmp_path / "in.exr", 0)
    asked = ("stylize-image", plate, *FAST, "--layer", "all", "-o")
    assert command(*asked, tmp_path / "same.exr", "--strength", "0").code == 0
    assert same_plate(read_plate(plate, 10 ** 7), read_plate(tmp_path / "same.exr", 10 ** 7))
    assert command(*asked, tmp_path / "out.exr").code == 0
    before, after = (read_plate(one, 10 ** 7).parts for one in (plate, tmp_path / "out.exr"))
    assert [bool(np.any(one.samples != two.samples)) for one, two in zip(before, after, strict=True)] == [
        True, True, True, False]
    told = command(*asked, tmp_path / "out.png")
    assert told.code == 2
    assert "it holds one picture, and 3 layers are painted" in told.err


def test_the_report_names_the_colours(command: Command, tmp_path: Path) -> None:
    plate = exr(tmp_path / "in.exr", light())
    told = command("stylize-image", plate, *FAST, "--colorspace", "ACEScg", "--json", "-o", tmp_path / "out.exr")
    assert "ACEScg (by --colorspace)" in json.dumps(json.loads(told.out))


def log_film(path: Path) -> Path:
    """A film of 12 bits in a camera's log, by a codec without loss."""
    import av

    rng = np.random.default_rng(0)
    coarse = rng.uniform(0.1, 0.7, (9, 12, 3)).repeat(16, axis=0).repeat(16, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 192, 144, "gbrp12le"
        for shift in range(3):
            codes = np.rint(np.roll(coarse, shift, axis=1) * 65535).astype(np.uint16)
            frame = av.VideoFrame.from_ndarray(codes, format="rgb48le").reformat(format="gbrp12le")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def film_frames(path: Path) -> list[np.ndarray]:
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb48le") for frame in container.decode(video=0)]


def test_a_film_in_a_cameras_log_comes_back_in_it(command: Command, tmp_path: Path) -> None:
    film = log_film(tmp_path / "in.mkv")
    asked = ("stylize-video", film, *FAST, "--colorspace", "ARRI LogC4", "--codec", "ffv1")
    told = command(*asked, "--strength", "0", "-o", tmp_path / "same.mkv")
    assert told.code == 0, told.err
    assert "ARRI LogC4 (by --colorspace)" in told.err
    before, same = film_frames(film), film_frames(tmp_path / "same.mkv")
    assert max(np.abs(one.astype(int) - two).max() for one, two in zip(before, same, strict=True)) <= 16  # of 65535
    assert command(*asked, "-o", tmp_path / "painted.mkv").code == 0
    painted = film_frames(tmp_path / "painted.mkv")
    assert np.abs(painted[1].astype(int) - before[1]).mean() > 1000
    told = command(*asked[:-4], "--transfer", "log", "-o", tmp_path / "half.mkv")
    assert told.code == 2
    assert "--transfer needs the film's colour space" in told.err


def test_colours_of_a_film_in_log_are_matched_as_they_are_seen(command: Command, tmp_path: Path) -> None:
    """A style takes the colours of what the network is shown, not of the camera's codes, which are grey and dark."""
    film = log_film(tmp_path / "in.mkv")
    assert command("stylize-video", film, *FAST, "--colorspace", "ARRI LogC4", "--codec", "ffv1", "--preserve-color",
                   "histogram", "-o", tmp_path / "out.mkv").code == 0
    config = opened_config(None)
    color = ColorManagement(colorspace="ARRI LogC4")
    way = transferred_by(color, config, config.asked("ARRI LogC4"))
    seen, painted = (way.shown(codes(film_frames(one)[1]), None).mean(axis=(0, 1)) / 65535
                     for one in (film, tmp_path / "out.mkv"))
    assert np.abs(seen - painted).mean() < 0.17  # 0.12; by the codes it would be 0.26


def test_a_renderers_motion_takes_the_place_of_flow(command: Command, tmp_path: Path) -> None:
    """Of a disc that is lost from view between two frames, flow finds nothing, and a renderer knows all."""
    clip = clips(96, 144, 4)["parallax"]
    for index, picture in enumerate(clip.frames):
        field = clip.flow(index, max(0, index - 1))[0]
        color = (picture / 255.0) ** 2.2
        channels = {name: color[..., place] for place, name in enumerate("RGB")}
        channels_exr(tmp_path / f"shot.{1001 + index}.exr", channels | {
            "motion.u": field[..., 0] / 2, "motion.v": field[..., 1] / 2})
    asked = ("stylize-video", tmp_path / "shot.%04d.exr", *FAST)
    moved = ("--motion", tmp_path / "shot.%04d.exr:motion", "--motion-scale", "2,-2")
    told = command(*asked, *moved, "-o", tmp_path / "given.%04d.exr")
    assert told.code == 0, told.err
    assert "motion: motion of shot.####.exr, backward" in told.err
    assert command(*asked, "-o", tmp_path / "own.%04d.exr").code == 0
    error = {}
    for name in ("given", "own"):
        frames = [np.clip(samples(tmp_path / f"{name}.{1001 + index}.exr")[..., :3], 0, 1) ** (1 / 2.2) * 255
                  for index in range(4)]
        error[name] = warping_error([np.rint(frame).astype(np.uint8) for frame in frames], exact_take(clip), 1)
    assert error["given"] <= 1.001 * error["own"]
    assert error["given"] != error["own"]
    told = command(*asked, *moved, "--resume", "--motion-scale", "2", "-o", tmp_path / "given.%04d.exr")
    assert "were rendered with motion" in told.err
    told = command(*asked, "--motion-scale", "2", "-o", tmp_path / "b.%04d.exr")
    assert "name them by --motion" in told.err
