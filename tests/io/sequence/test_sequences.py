import hashlib
import json
import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.frames import Frame
from allaprima.io.sequence.sequences import SequenceSink, SequenceSource
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from icc_profiles import rgb_profile

RNG = np.random.default_rng(1)
SETTINGS = {"version": "1", "weights": "abc", "strength": 0.5, "style": ["a.jpg", 0.7]}


def shot(folder: Path, numbers: range | list[int], dtype: type = np.uint16, suffix: str = ".png") -> Path:
    """Make a shot of small noisy frames and return its pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        image = RNG.integers(0, np.iinfo(dtype).max, (18, 24, 3), dtype=dtype)
        write_image(folder / f"shot.{number:04d}{suffix}", Picture(image, icc_profile=rgb_profile()))
    return folder / f"shot.%04d{suffix}"


def sink_for(source: SequenceSource, output: Path, *, settings: dict[str, object] = SETTINGS, resume: bool = False,
             overwrite: bool = False) -> SequenceSink:
    return SequenceSink(output, source.numbers, number_of=source.number_of, settings=settings,  # type: ignore[arg-type]
                        input_of=source.path, icc_profile=source.icc_profile, resume=resume, overwrite=overwrite)


def inverted(frame: Frame) -> Frame:
    return Frame(np.iinfo(frame.image.dtype).max - frame.image, frame.alpha, frame.pts, frame.duration, frame.index)


def render(source: SequenceSource, sink: SequenceSink, stop_after: int | None = None) -> list[int]:
    """Render what is to do, as a pipeline would, and return the numbers rendered."""
    source.choose(sink.todo)
    rendered = []
    with source, sink:
        for frame in source:
            if len(rendered) == stop_after:
                break
            sink.write(inverted(frame))
            rendered.append(source.number_of(frame))
    return rendered


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".jsonl"}


def test_a_source_tells_numbers_times_and_values(tmp_path: Path) -> None:
    source = SequenceSource(shot(tmp_path, range(1001, 1005)))
    assert source.numbers == (1001, 1002, 1003, 1004)
    assert (source.info.width, source.info.height, source.info.frame_count) == (24, 18, 4)
    assert (source.info.frame_rate, source.info.time_base) == (Fraction(24), Fraction(1, 24))
    assert source.info.bit_depth == 16
    with source:
        frames = list(source)
    assert [frame.pts for frame in frames] == [0, 1, 2, 3]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    np.testing.assert_array_equal(frames[2].image, read_image(tmp_path / "shot.1003.png").image)
    with source:
        assert len(list(source)) == 4  # a second pass


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_frames_keep_depth_values_and_profile_from_end_to_end(tmp_path: Path, dtype: type, suffix: str) -> None:
    source = SequenceSource(shot(tmp_path / "in", range(1, 4), dtype, suffix))
    (tmp_path / "out").mkdir()
    sink = sink_for(source, tmp_path / f"out/out.%04d{suffix}")
    assert render(source, sink) == [1, 2, 3]
    for number in (1, 2, 3):
        before = read_image(source.path(number))
        after = read_image(tmp_path / f"out/out.{number:04d}{suffix}")
        assert after.image.dtype == dtype
        np.testing.assert_array_equal(after.image, np.iinfo(dtype).max - before.image)
        assert after.icc_profile == rgb_profile()


def test_alpha_goes_through(tmp_path: Path) -> None:
    alpha = RNG.integers(0, 65536, (18, 24), dtype=np.uint16)
    write_image(tmp_path / "in.1.png", Picture(np.zeros((18, 24, 3), np.uint16), alpha))
    source = SequenceSource(tmp_path / "in.%d.png")
    assert source.info.has_alpha
    render(source, sink_for(source, tmp_path / "out.%d.tif"))
    np.testing.assert_array_equal(read_image(tmp_path / "out.1.tif").alpha, alpha)


def test_float_frames_become_16_bit_pngs(tmp_path: Path) -> None:
    values = RNG.random((18, 24, 3), dtype=np.float32)
    write_image(tmp_path / "in.1.tif", Picture(values))
    source = SequenceSource(tmp_path / "in.%d.tif")
    sink = sink_for(source, tmp_path / "out.%d.png")
    for frame in source:
        sink.write(frame)
    np.testing.assert_allclose(read_image(tmp_path / "out.1.png").image / 65535, values, atol=1e-5)


def test_a_gap_is_an_error_that_names_the_missing_frames(tmp_path: Path) -> None:
    pattern = shot(tmp_path, [1, 2, 5, 6, 8])
    with pytest.raises(SourceError, match=r"3 of 8 .* missing: 3-4, 7") as caught:
        SequenceSource(pattern)
    assert "--allow-gaps" in str(caught.value.hint)
    source = SequenceSource(pattern, allow_gaps=True)
    assert [frame.pts for frame in source] == [0, 1, 4, 5, 7]
    with pytest.raises(SourceError, match="missing: 9-10"):
        SequenceSource(pattern, frames=range(8, 11))
    assert SequenceSource(pattern, frames=range(5, 7)).numbers == (5, 6)


def test_no_frame_at_all_says_which_there_are(tmp_path: Path) -> None:
    pattern = shot(tmp_path, range(1001, 1003))
    with pytest.raises(SourceError, match=r"no frames 1-3 .* there are 1001-1002"):
        SequenceSource(pattern, frames=range(1, 4), allow_gaps=True)
    with pytest.raises(SourceError, match="no frames"):
        SequenceSource(tmp_path / "other.%04d.png")
    with pytest.raises(SourceError, match="cannot list"):
        SequenceSource(tmp_path / "gone" / "other.%04d.png")


@pytest.mark.parametrize("odd", ["smaller", "shallower", "cut short"])
def test_a_frame_unlike_the_first_ends_the_run_and_is_named(tmp_path: Path, odd: str) -> None:
    pattern = shot(tmp_path, range(1, 4))
    path = tmp_path / "shot.0002.png"
    if odd == "cut short":
        path.write_bytes(path.read_bytes()[:300])
    else:
        Image.new("RGB", (24, 18) if odd == "shallower" else (8, 8)).save(path)
    with pytest.raises(SourceError, match=r"shot\.0002\.png"):
        list(SequenceSource(pattern))


def test_a_manifest_names_settings_and_hashes(tmp_path: Path) -> None:
    source = SequenceSource(shot(tmp_path, range(1, 3)))
    render(source, sink_for(source, tmp_path / "out.%03d.png"))
    header, *frames = map(json.loads, (tmp_path / "out.###.png.jsonl").read_text().splitlines())
    assert header["settings"] == SETTINGS
    assert [line["frame"] for line in frames] == [1, 2]
    for line in frames:
        for kind, name in (("input", "shot.{:04d}.png"), ("output", "out.{:03d}.png")):
            data = (tmp_path / name.format(line["frame"])).read_bytes()
            assert line[kind] == hashlib.sha256(data).hexdigest()


def test_existing_frames_are_refused_without_resume_or_overwrite(tmp_path: Path) -> None:
    source = SequenceSource(shot(tmp_path, range(1, 4)))
    (tmp_path / "out.0002.png").write_bytes(b"precious")
    with pytest.raises(SinkError, match=r"1 of 3 .* exist already: 2") as caught:
        sink_for(source, tmp_path / "out.%04d.png")
    assert "--resume" in str(caught.value.hint)
    with pytest.raises(SinkError, match="knows none"):
        sink_for(source, tmp_path / "out.%04d.png", resume=True)
    assert (tmp_path / "out.0002.png").read_bytes() == b"precious"
    sink = sink_for(source, tmp_path / "out.%04d.png", overwrite=True)
    assert render(source, sink) == [1, 2, 3]


def test_resume_renders_only_what_is_missing_or_damaged_and_ends_byte_identical(tmp_path: Path) -> None:
    pattern = shot(tmp_path / "in", range(1, 9))
    for name in ("whole", "broken"):
        (tmp_path / name).mkdir()
    source = SequenceSource(pattern)
    render(source, sink_for(source, tmp_path / "whole/out.%04d.png"))
    broken = tmp_path / "broken"
    source = SequenceSource(pattern)
    assert render(source, sink_for(source, broken / "out.%04d.png"), stop_after=6) == [1, 2, 3, 4, 5, 6]
    (broken / "out.0003.png").unlink()
    damaged = bytearray((broken / "out.0005.png").read_bytes())
    damaged[400] ^= 1
    (broken / "out.0005.png").write_bytes(damaged)
    good = (broken / "out.0004.png").stat().st_mtime_ns
    source = SequenceSource(pattern)
    assert render(source, sink_for(source, broken / "out.%04d.png", resume=True)) == [3, 5, 7, 8]
    assert (broken / "out.0004.png").stat().st_mtime_ns == good
    assert contents(broken) == contents(tmp_path / "whole")
    source = SequenceSource(pattern)
    assert sink_for(source, broken / "out.%04d.png", resume=True).todo == ()


def test_resume_renders_a_frame_whose_input_changed(tmp_path: Path) -> None:
    pattern = shot(tmp_path, range(1, 4))
    source = SequenceSource(pattern)
    render(source, sink_for(source, tmp_path / "out.%04d.png"))
    shot(tmp_path / "new", [2])
    (tmp_path / "new/shot.0002.png").replace(tmp_path / "shot.0002.png")
    source = SequenceSource(pattern)
    assert sink_for(source, tmp_path / "out.%04d.png", resume=True).todo == (2,)


def test_resume_refuses_changed_settings_and_says_which(tmp_path: Path) -> None:
    source = SequenceSource(shot(tmp_path, range(1, 4)))
    render(source, sink_for(source, tmp_path / "out.%04d.png"), stop_after=2)
    with pytest.raises(SinkError, match=r"frames 1-2 were rendered with strength 0.5, now 0.8") as caught:
        sink_for(source, tmp_path / "out.%04d.png", settings={**SETTINGS, "strength": 0.8}, resume=True)
    assert "--overwrite" in str(caught.value.hint)


def test_other_frames_of_the_shot_may_be_added_to_the_same_manifest(tmp_path: Path) -> None:
    pattern = shot(tmp_path, range(1, 7))
    for frames in (range(1, 4), range(4, 7)):
        source = SequenceSource(pattern, frames=frames)
        render(source, sink_for(source, tmp_path / "out.%04d.png"))
    source = SequenceSource(pattern)
    assert sink_for(source, tmp_path / "out.%04d.png", resume=True).todo == ()


def test_a_manifest_cut_off_in_a_line_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    pattern = shot(tmp_path, range(1, 5))
    source = SequenceSource(pattern)
    render(source, sink_for(source, tmp_path / "out.%04d.png"))
    manifest = tmp_path / "out.####.png.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-30])
    source = SequenceSource(pattern)
    assert render(source, sink_for(source, tmp_path / "out.%04d.png", resume=True)) == [4]
    source = SequenceSource(pattern)
    assert sink_for(source, tmp_path / "out.%04d.png", resume=True).todo == ()


def test_frames_that_are_good_are_passed_over_when_a_stage_starts_earlier(tmp_path: Path) -> None:
    pattern = shot(tmp_path, range(1, 6))
    source = SequenceSource(pattern)
    render(source, sink_for(source, tmp_path / "out.%04d.png"))
    (tmp_path / "out.0004.png").unlink()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("out.*.png")}
    source = SequenceSource(pattern)
    sink = sink_for(source, tmp_path / "out.%04d.png", resume=True)
    source.choose([2, 3, 4])
    for frame in source:
        sink.write(inverted(frame))
    assert (tmp_path / "out.0004.png").exists()
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_an_input_is_never_an_output_even_by_a_link(tmp_path: Path) -> None:
    pattern = shot(tmp_path, range(1, 4))
    source = SequenceSource(pattern)
    with pytest.raises(SinkError, match="input itself"):
        sink_for(source, pattern, overwrite=True)
    (tmp_path / "out.0003.png").symlink_to(tmp_path / "shot.0001.png")
    with pytest.raises(SinkError, match="input itself"):
        sink_for(source, tmp_path / "out.%04d.png", overwrite=True)


@pytest.mark.parametrize(("name", "error"), [
    ("out.%04d.jpg", OptionError), ("out.%04d.exr", OptionError), ("out.png", OptionError),
    ("gone/out.%04d.png", SinkError), ("x" * 250 + "%04d.png", SinkError)])
def test_an_output_that_cannot_be_is_refused_before_any_work(tmp_path: Path, name: str, error: type) -> None:
    source = SequenceSource(shot(tmp_path / "in", range(1, 3)))
    with pytest.raises(error):
        sink_for(source, tmp_path / name)


def render_into(pattern: Path, output: Path) -> None:
    source = SequenceSource(pattern)
    render(source, sink_for(source, output, resume=any(output.parent.glob("out.*.png"))))


def killed_while_rendering(pattern: Path, output: Path, frames_more: int, delay_seconds: float) -> bool:
    """Render in a process of its own, kill it after some frames; return whether it was still at work."""
    before = len(list(output.parent.glob("out.*.png")))
    code = "import sys; from pathlib import Path; import test_sequences as t; t.render_into(*map(Path, sys.argv[1:]))"
    path = os.pathsep.join(entry for entry in (str(Path(__file__).parent), *sys.path) if entry)
    environment = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen([sys.executable, "-c", code, pattern, output], env=environment) as child:
        while child.poll() is None and len(list(output.parent.glob("out.*.png"))) < before + frames_more:
            time.sleep(0.001)
        time.sleep(delay_seconds)
        child.kill()
    return child.returncode != 0


def test_after_kills_at_random_points_a_resumed_render_is_byte_identical(tmp_path: Path) -> None:
    pattern = shot(tmp_path / "in", range(1, 41))
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    render_into(pattern, tmp_path / "whole/out.%04d.png")
    output = tmp_path / "killed/out.%04d.png"
    rng = np.random.default_rng(2)
    for _ in range(4):
        assert killed_while_rendering(pattern, output, int(rng.integers(1, 5)), float(rng.uniform(0, 0.012)))
        for path in (tmp_path / "killed").glob("out.*.png"):
            read_image(path)  # a final name is absent or complete
    render_into(pattern, output)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_disk_that_fills_up_ends_the_run_and_resume_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", disk], capture_output=True,
                      check=False).returncode:
        pytest.skip("no right to mount a small tmpfs")
    try:
        source = SequenceSource(shot(tmp_path / "in", range(1, 16)))
        sink = sink_for(source, disk / "out.%04d.png")
        with pytest.raises(SinkError, match="disk is full"):
            render(source, sink)
        written = sorted(disk.glob("out.*.png"))
        assert 0 < len(written) < 15
        for path in written:
            read_image(path)
        assert not list(disk.glob(".*"))
        subprocess.run(["mount", "-o", "remount,size=10m", disk], check=True)
        source = SequenceSource(source.pattern.folder / "shot.%04d.png")
        rendered = render(source, sink_for(source, disk / "out.%04d.png", resume=True))
        assert 0 < len(rendered) < 15
        assert len(list(disk.glob("out.*.png"))) == 15
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_link_planted_by_a_temporary_name_is_not_followed(tmp_path: Path) -> None:
    source = SequenceSource(shot(tmp_path / "in", [1, 2]))
    (tmp_path / "out").mkdir()
    sink = sink_for(source, tmp_path / "out" / "out.%04d.png")
    precious = tmp_path / "precious"
    precious.write_bytes(b"somebody's")
    with sink:
        for frame in source:
            (tmp_path / "out" / f".out.{source.number_of(frame):04d}.png.part").symlink_to(precious)
            sink.write(frame)
    assert precious.read_bytes() == b"somebody's"
    assert [path.is_symlink() for path in (tmp_path / "out").glob("out*.png")] == [False, False]


def test_a_frame_is_on_the_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SequenceSource(shot(tmp_path / "in", [1]))
    (tmp_path / "out").mkdir()
    steps = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (steps.append("synced"), sync(file))[1])
    monkeypatch.setattr(os, "replace", lambda one, other: (steps.append("named"), replace(one, other))[1])
    render(source, sink_for(source, tmp_path / "out" / "out.%04d.png"))
    assert steps == ["synced", "named"]


def test_a_second_run_into_the_same_frames_is_refused_one_into_others_is_not(tmp_path: Path) -> None:
    pattern, output = shot(tmp_path / "in", range(1, 5)), tmp_path / "out" / "out.%04d.png"
    output.parent.mkdir()
    first, last = (SequenceSource(pattern, frames=frames) for frames in (range(1, 3), range(3, 5)))
    with sink_for(first, output) as sink:
        for options in ({}, {"resume": True}, {"overwrite": True}):
            with pytest.raises(SinkError, match="another run is writing"):
                sink_for(SequenceSource(pattern), output, **options)
        assert render(last, sink_for(last, output)) == [3, 4]
        for frame in first:
            sink.write(frame)
    assert not list(output.parent.glob(".*"))
