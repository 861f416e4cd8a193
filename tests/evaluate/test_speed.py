"""Measurements of speed: that they measure what they say, not how fast this machine is."""

import json
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from allaprima.cli import bench
from allaprima.cli.bench import sides_of
from allaprima.cli.bench_measuring import Wanted, film_made_once, measure
from allaprima.cli.bench_tables import Speeds, as_data, line_of, lines_of
from allaprima.engines import engine_for
from allaprima.engines.adain import compact
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import Look
from allaprima.errors import OptionError
from allaprima.evaluate import speed
from allaprima.evaluate.roofline import LAYERS, dense_rate
from allaprima.evaluate.speed import (
    FilmSpeed,
    core_seconds_of,
    film_speed,
    kilo_macs,
    make_film,
    network_speed,
    noisy_picture,
    published_speed,
    read_through,
)
from allaprima.evaluate.stage_speed import STAGES, StageSpeed
from allaprima.evaluate.steadying_speed import (
    TURNS,
    SteadyingSpeed,
    added,
    blending_ms,
    is_held_steady,
    steadying_speed,
)
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.looks import brush
from allaprima.pipeline.stylizers.holding import Holding
from allaprima.runtimes import runtime_for
from allaprima.runtimes.cuda import CudaRuntime
from allaprima.runtimes.openvino import OpenVINORuntime


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))


def identity():
    engine = engine_for("none", runtime_for("cpu"))
    return engine, Look(engine.encode(noisy_picture(32, 32), "none"))


def test_a_network_is_measured_a_picture_and_not_a_batch():
    engine, look = identity()
    speed = network_speed(engine, look, 64, 32, batch=4, seconds=0)
    assert (speed.width, speed.height, speed.batch) == (64, 32, 4)
    assert speed.fps == pytest.approx(1e3 / speed.ms)
    assert speed.rate == 0  # the identity multiplies nothing


def test_rates_count_the_products_of_the_published_description():
    assert kilo_macs("balanced") == pytest.approx(23.5, abs=3)
    assert kilo_macs("reference") == 482.7


def test_a_made_film_has_its_frames_and_moves(tmp_path):
    with VideoSource(make_film(tmp_path / "made.mp4", 64, 48, 5)) as source:
        frames = [frame.image for frame in source]
    assert len(frames) == 5
    assert np.abs(frames[0].astype(int) - frames[4]).mean() > 2


def test_a_film_is_measured_end_to_end_with_each_of_its_stages(tmp_path):
    engine, look = identity()
    film = make_film(tmp_path / "made.mp4", 64, 48, 6)
    alone = network_speed(engine, look, 64, 48, seconds=0)
    speed = film_speed(film, engine, look, replace(alone, ms=1.0))
    assert speed.frames == 6
    assert speed.ms >= max(speed.paint_ms, 0)
    assert speed.bound_ms > 1.0
    assert speed.above_bound == pytest.approx(speed.ms / speed.bound_ms)


def test_the_published_loop_is_warmed_as_ours_is(tmp_path, monkeypatch):
    class Warming(IdentityEngine):
        calls = 0

        def stylize(self, images, looks, statistics=None):
            time.sleep(0 if self.calls else 0.6)  # as a first call compiles
            self.calls += 1
            return super().stylize(images, looks, statistics)

    engine = Warming()
    monkeypatch.setattr(speed, "engine_for", lambda *_: engine)
    found = published_speed(make_film(tmp_path / "made.mp4", 64, 48, 6), noisy_picture(32, 32), None, 3)
    assert (found.frames, engine.calls) == (3, 4)
    assert found.ms < 600 / 3


def test_core_seconds_count_work_and_not_waiting(tmp_path):
    assert core_seconds_of(lambda: time.sleep(0.2)) < 0.1
    film = make_film(tmp_path / "made.mp4", 320, 240, 12)
    assert core_seconds_of(lambda: read_through(film)) > 0


def test_dense_convolutions_have_a_rate():
    assert LAYERS > 1
    assert dense_rate(OpenVINORuntime("cpu"), seconds=0.1) > 0.1


def test_what_was_measured_is_told_as_text_and_as_data():
    engine, look = identity()
    alone = replace(network_speed(engine, look, 64, 32, seconds=0), ms=10.0, fps=100.0, rate=25.0)
    steadied = SteadyingSpeed("none", 64, 32, 10.0, 11.5, 18.0, 22.0, 4.0, 0.15)
    stages = StageSpeed("none", 64, 32, 32, 6, dict(zip(STAGES, (1.0, 2.0, 30.0, 6.0, 4.0, 3.0, 20.0), strict=True)))
    speeds = Speeds([alone], [], [steadied], [stages], None, 1.5, 100.0)
    text = "\n".join(lines_of(speeds))
    assert "none 64x32" in text
    assert "25%" in text
    assert "1.50 s" in text
    assert "+15%" in text
    [told] = [line for line in text.splitlines() if "66.0" in line]  # of all stages, a tenth of the others steadying
    assert told.split()[2:] == ["32", "1.0", "2.0", "30.0", "6.0", "4.0", "3.0", "20.0", "66.0", "+10%"]
    film = FilmSpeed("none", "a.mp4", 64, 32, 6, 100.0, 10.0, 1.0, 2.0, 3.0, 4.0, 5.0, 2.0)
    [row] = [line for line in lines_of(speeds._replace(films=[film])) if "100.0" in line and "2.00" in line]
    assert "11.5  87.0  10.0  100.0" in " ".join(row.split()).replace(" ", "  ")
    assert as_data(speeds)["dense_rate"] == 100.0


def test_a_size_must_say_both_sides():
    assert sides_of("1280x720") == (1280, 720)
    with pytest.raises(OptionError, match="both sides"):
        sides_of("720")


def test_the_command_prints_one_document_of_json(tmp_path):
    from allaprima.cli import main

    app = main.program("")
    app.command()(bench.measure_speed)
    film = make_film(tmp_path / "made.mp4", 64, 48, 4)
    done = CliRunner().invoke(app, [str(film), "-m", "none", "--size", "64x48", "--device", "torch", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["films"][0]["frames"] == 4
    assert document["networks"][0]["model"] == "none"
    [alone, whole] = [line for line in done.stderr.splitlines() if " ms" in line]
    assert re.match(r"none 64x48, network alone: [\d.]+ ms, [\d.]+ fps", alone)
    assert re.match(r"none 64x48, film end to end, off: [\d.]+ ms.*bound [\d.]+ ms", whole)


def test_a_run_that_is_ended_early_leaves_what_it_has_measured(tmp_path, monkeypatch):
    """As a table, and in a report that is whole after every measurement, whenever the process is killed."""
    from allaprima.cli import main

    measured_alone, killed = speed.network_speed, []

    def once(engine, look, width, height, **rest):
        if killed:
            killed.append(json.loads((tmp_path / "report.json").read_text()))
            raise KeyboardInterrupt
        killed.append(None)
        return measured_alone(engine, look, width, height, **rest)

    monkeypatch.setattr(speed, "network_speed", once)
    app = main.program("")
    app.command()(bench.measure_speed)
    done = CliRunner().invoke(app, ["-m", "none", "--size", "64x48", "--size", "96x64", "--part", "network",
                                    "--seconds", "0", "--device", "torch", "--report", str(tmp_path / "report.json")])
    assert done.exit_code != 0
    assert [(one["width"], one["height"]) for one in killed[1]["networks"]] == [(64, 48)]
    assert "none 64x48" in done.stdout
    assert "film, end to end" not in done.stdout
    assert "none 64x48, network alone" in done.stderr
    done = CliRunner().invoke(app, ["-m", "none", "--report", str(tmp_path / "report.json")])
    assert "exists already" in str(done.exception)
    done = CliRunner().invoke(app, ["--part", "networks"])
    assert "'networks'" in str(done.exception)


def test_parts_are_measured_in_the_order_of_their_worth_over_all_models(tmp_path, capsys):
    wanted = Wanted(["none", "fast"], [(64, 48)], "starry", "torch", "auto", frames=8, turns=1, seconds=0)
    heard = []
    speeds = measure(Speeds([], [], [], [], None, None, None), wanted, tmp_path,
                     lambda now: heard.append(sum(map(len, now[:4]))))
    assert heard == [1, 2, 3, 4, 5, 6, 6]
    told = [line.split(":")[0] for line in capsys.readouterr().err.splitlines() if ": " in line]
    assert told == [f"{model} 64x48, {what}" for what in ("network alone", "film end to end, off")
                    for model in ("none", "fast")] + [
                        "fast 64x48, held steady", "fast 64x48, core ms a frame at 48 lines"]
    assert line_of(speeds.stages[0]).endswith(f"sum {speeds.stages[0].total_ms:.1f}")


def test_a_large_film_is_measured_at_the_size_that_it_is_painted_at(tmp_path, monkeypatch):
    monkeypatch.setattr(brush, "brush_of", lambda look: 48)
    monkeypatch.setattr(speed, "SECONDS", 0.0)
    film = make_film(tmp_path / "made.mp4", 96, 72, 4)
    wanted = Wanted(["fast"], [(96, 72)], "starry", "torch", "auto", film, turns=1, parts=("network", "film"))
    speeds = measure(Speeds([], [], [], [], None, None, None), wanted, tmp_path, lambda now: None)
    assert [(one.width, one.height) for one in speeds.networks] == [(96, 72), (64, 48)]
    [whole] = speeds.films
    assert (whole.width, whole.height) == (96, 72)
    assert whole.bound_ms == pytest.approx(speeds.networks[1].ms + whole.codec_core_ms / speed.cores())


def test_a_network_on_a_gpu_is_timed_without_its_copies_too():
    engine = compact("fast", CudaRuntime("fp32", "cpu"))
    look = Look(engine.encode(noisy_picture(64, 64), "art"))
    found = network_speed(engine, look, 64, 48, batch=2, seconds=0)
    assert found.device_ms is not None
    assert 0 < found.device_ms < 10 * found.ms
    assert "GPU's own" in "\n".join(lines_of(Speeds([found], [], [], [], None, None, None)))
    identical, plain = identity()
    assert network_speed(identical, plain, 64, 48, seconds=0).device_ms is None


def test_every_model_paints_the_same_made_film(tmp_path):
    first = film_made_once(tmp_path, 64, 48, 3)
    made = first.read_bytes()
    assert film_made_once(tmp_path, 64, 48, 5) == first
    assert first.read_bytes() == made


class Lively(IdentityEngine):
    """Paints as the identity does, and is held steady as a network is; counts its pictures."""

    name = "lively"

    def __init__(self):
        self.pictures = 0

    def stylize(self, images, looks, statistics=None):
        self.pictures += len(images)
        return super().stylize(images, looks, statistics)


def test_the_cost_of_steadying_is_that_of_the_same_frames_with_and_without(tmp_path, monkeypatch):
    held = []
    hold = Holding.__call__

    def counted(self, frames, *rest):
        held.extend(frames)
        return hold(self, frames, *rest)

    monkeypatch.setattr(Holding, "__call__", counted)
    engine, film = Lively(), make_film(tmp_path / "made.mp4", 64, 48, 6)
    speed = steadying_speed(film, engine, Look(engine.encode(noisy_picture(32, 32), "none")), 64, 48)
    assert engine.pictures == 2 * len(held) == 2 * 6 * (TURNS + 1)
    assert speed.off_ms > 0
    assert speed.fast_core_ms > 0
    assert blending_ms(film, 320, 240) > 0


def test_the_identity_is_never_held_steady_and_has_no_cost_of_it(tmp_path):
    engine, look = identity()
    assert not is_held_steady(engine)
    with pytest.raises(OptionError, match="never held steady"):
        steadying_speed(make_film(tmp_path / "made.mp4", 64, 48, 2), engine, look, 64, 48)


def test_what_steadying_adds_is_told_by_runs_one_after_the_other_on_a_machine_that_changes_its_speed():
    assert added([100, 200, 100, 50], [115, 230, 300, 57.5]) == pytest.approx(0.15)
