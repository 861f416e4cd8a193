"""The bundled styles' fits: of networks that ship, whole, small, and good in 8 bits."""

from __future__ import annotations

from pathlib import Path

import pytest

from allaprima import weights
from allaprima.bundled import bundled_fits, bundled_styles
from allaprima.engines.fitted import checked
from allaprima.pipeline.looks.styles import read_style_file

FITS = bundled_fits()
MOST_BYTES = 40_000_000  # of all weights together


def test_all_weights_together_stay_small() -> None:
    folder = weights.shipped_folder()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < MOST_BYTES


@pytest.mark.parametrize(("name", "path"), FITS.items(), ids=list(FITS))
def test_a_fit_is_of_a_bundled_style_and_of_networks_that_ship(name: str, path: Path) -> None:
    saved = read_style_file(path)
    assert name in bundled_styles()
    assert saved.style.name == name
    assert saved.thumbnail is not None
    assert saved.style.fitted
    for fitted in saved.style.fitted:
        assert weights.named(fitted.base).sha256 == fitted.sha256
        assert checked(fitted, weights.load(fitted.base)) is None
        assert fitted.ranges.keys() >= (weights.named(fitted.base).ranges or {}).keys()
        assert fitted.brush == 400
        figures = saved.figures[fitted.base]
        assert isinstance(figures, dict)
        assert figures["ssim_of_int8"] >= 0.99
