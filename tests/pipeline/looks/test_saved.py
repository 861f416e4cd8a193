"""A kept look paints with what it was kept with, and opens nothing that its user did not name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allaprima.engines import Statistics, Style
from allaprima.engines.adain import AdaINEngine
from allaprima.engines.look_files import SavedLook
from allaprima.engines.looks import CODE_LENGTH
from allaprima.errors import OptionError, SourceError
from allaprima.pipeline.looks.saved import fitting, model_of, read_look, write_look
from allaprima.runtimes.calls import Modulation, Moments

STYLE = Style("art", np.ones(CODE_LENGTH, np.float32), (4, 4, 4, 4), "an encoder")


def statistics_of(channels: int) -> Statistics:
    return Statistics(Moments(np.zeros((1, channels), np.float32), np.ones((1, channels), np.float32)))


LOOK = SavedLook(((STYLE, 1.0),), 1.0, False, 360, 0.8, {"model": "balanced"}, statistics_of(7))


class Network:
    """Stands where a network would; only the number of its channels is asked for."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


def engine_of(channels: int) -> AdaINEngine:
    row = np.zeros((1, channels), np.float32)
    return AdaINEngine("balanced", Network(), Network(), "hash", 256,  # type: ignore[arg-type]
                       lambda look: Modulation(row, row, row[:, :1], row[:, :1]), {"model": "balanced"})


def test_statistics_of_another_network_are_refused(tmp_path: Path) -> None:
    assert fitting(LOOK.statistics, LOOK.look, engine_of(7)) is LOOK.statistics
    for channels in (6, 8, 14):
        with pytest.raises(SourceError, match=f"are of 7 channels, the model balanced has {channels}"):
            fitting(LOOK.statistics, LOOK.look, engine_of(channels))


def test_weights_that_only_the_look_names_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "kept.look"
    write_look(path, replace(LOOK, engine={"model": str(tmp_path / "trap.safetensors")}))
    kept = read_look(path)
    with pytest.raises(OptionError, match=r"opened only where you name them") as caught:
        model_of(kept, path, None, "balanced")
    assert "--model" in str(caught.value.hint)
    assert model_of(kept, path, "fast", "balanced") == "fast"
    assert model_of(LOOK, path, None, "fast") == "balanced"
