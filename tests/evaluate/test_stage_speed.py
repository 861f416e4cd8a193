"""Every stage of a film is told, and every layer of a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from allaprima.engines import Look
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import OptionError
from allaprima.evaluate.layer_speed import layer_speed
from allaprima.evaluate.speed import make_film
from allaprima.evaluate.stage_speed import STAGES, stage_speed
from allaprima.runtimes.openvino import OpenVINORuntime
from standin import quick_engine
from temporal_scenes import clips


def test_all_stages_of_a_film_are_told_and_large_ones_are_painted_small(tmp_path: Path) -> None:
    engine = quick_engine(OpenVINORuntime("cpu", "int8", 1))
    look = Look(engine.encode(clips(64, 96, 2)["pan"].frames[0], "art"))
    for width, height, lines in ((96, 64, 64), (480, 440, 400)):
        found = stage_speed(make_film(tmp_path / f"{width}.mp4", width, height, 6), engine, look, width, height)
        assert tuple(found.core_ms) == STAGES
        assert found.lines == lines
        assert found.frames == 6
        assert found.core_ms["network"] > 0
        assert (found.core_ms["upsampling"] > 0.1) == (lines < height)
        assert found.total_ms == sum(found.core_ms.values())


def test_layers_of_a_network_are_told_with_their_products() -> None:
    engine = quick_engine(OpenVINORuntime("cpu", "int8", 1))
    look = Look(engine.encode(clips(64, 96, 2)["pan"].frames[0], "art"))
    found = layer_speed(engine, look, 96, 64)
    assert abs(sum(layer.ms for layer in found.layers) - found.ms) < 1e-6
    assert 0 < found.convolutions_ms < found.ms
    assert any(layer.rate > 0 for layer in found.layers)
    with pytest.raises(OptionError, match="none"):
        layer_speed(IdentityEngine(), look, 96, 64)
