"""Which config is taken, and which colour space a file is in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allaprima.colorspaces.configs import BUILT_IN, CINEON, ColorConfig, Tagged
from allaprima.colorspaces.views import opened_config, views_of
from allaprima.errors import OptionError

ACESCG = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)


def test_tags_tell_the_colour_space() -> None:
    config = opened_config(None)
    plate = Path("shot.exr")
    assert config.space_of(plate, Tagged(chromaticities=ACESCG, linear=True)).name == "ACEScg"
    assert config.space_of(plate, Tagged(name="ARRI LogC4")).name == "ARRI LogC4"
    assert config.space_of(plate, Tagged(linear=True)).name == "Linear Rec.709 (sRGB)"
    assert config.space_of(Path("shot.dpx"), Tagged(log=True)).name == CINEON


def test_printing_densities_are_kodaks() -> None:
    config = opened_config(None)
    views = views_of(config, config.asked(CINEON))
    codes = np.array([[[95, 95, 95], [685, 685, 685], [470, 470, 470]]], np.float32) / 1023
    light = views.light(codes)[0, :, 1]
    assert light == pytest.approx([0, 1, 0.183], abs=0.005)


def test_a_wrong_name_is_guessed() -> None:
    with pytest.raises(OptionError, match="no colour space 'ACEScgg'") as told:
        opened_config(None).asked("ACEScgg")
    assert "ACEScg" in str(told.value.hint)


def test_a_file_that_is_no_config_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.ocio").write_text("ocio_profile_version: [\n")
    with pytest.raises(OptionError, match=r"cannot use the OCIO config .*config\.ocio"):
        ColorConfig(tmp_path / "config.ocio")


def test_the_environment_names_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.ocio"
    own.write_text(ColorConfig().config.serialize())
    monkeypatch.setenv("OCIO", str(own))
    assert ColorConfig().name == str(own)
    monkeypatch.delenv("OCIO")
    assert ColorConfig().name == BUILT_IN
