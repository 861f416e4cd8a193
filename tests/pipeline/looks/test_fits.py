"""What a fit has learnt, read from the file that training leaves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from allaprima import weights
from allaprima.errors import SourceError
from allaprima.pipeline.looks.fits import read_fit

NAME = "eighth.0.first.convolution.weight"


def written(path: Path, **said: str) -> Path:
    base, entry = weights.load("fast"), weights.named("fast")
    assert entry.shape is not None
    random = np.random.default_rng(0)
    tensors = {f"kernels.{NAME}": random.normal(size=base[NAME].shape).astype(np.float16),
               "kernels.to_half.bias": random.normal(size=base["to_half.bias"].shape).astype(np.float16),
               "row": random.normal(size=2 * entry.shape.channels()).astype(np.float32)}
    save_file(tensors, path, {"base": "fast", "base_sha256": entry.sha256, "brush": "400",
                              "ranges": json.dumps({"to_half": [-0.5, 0.5]}), **said})
    return path


def test_a_fit_comes_with_its_kernels_in_eight_bits(tmp_path: Path) -> None:
    fitted = read_fit(written(tmp_path / "fit.safetensors"))
    assert (fitted.base, fitted.brush, fitted.ranges) == ("fast", 400, {"to_half": (-0.5, 0.5)})
    assert fitted.kernels[NAME].values.dtype == np.int8
    assert fitted.kernels["to_half.bias"].values.dtype == np.float16


@pytest.mark.parametrize(("said", "words"), [
    ({"base": "unheard-of"}, "no weights are named"), ({"base_sha256": "0" * 64}, "another fast"),
    ({"brush": "broad"}, "cannot read the fit"), ({"ranges": "{"}, "cannot read the fit"),
    ({"base": "balanced", "base_sha256": weights.named("balanced").sha256}, "its kernels"),
])
def test_a_fit_of_no_network_that_is_here_is_refused(tmp_path: Path, said: dict[str, str], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read_fit(written(tmp_path / "fit.safetensors", **said))


def test_what_is_no_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fit.safetensors").write_bytes(b"not one")
    with pytest.raises(SourceError, match="cannot read the fit"):
        read_fit(tmp_path / "fit.safetensors")
