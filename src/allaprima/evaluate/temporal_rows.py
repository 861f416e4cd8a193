"""What was measured of one painted clip: a row of the report, to be kept in a folder and found there again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import Temporal
from allaprima.evaluate.temporal import Frames, Steadiness
from allaprima.parsing import parsed_json
from allaprima.sheets import encode_png, fitted, grid

STRIP = 4                # consecutive frames shown
STRIP_WIDTH = 640        # a frame of 360 lines is shown whole
DIFFERENCE_GAIN = 4.0    # differences are shown that much stronger, around grey


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One clip painted by one model in one style, steadied in one way; strip: frames and differences, as a PNG."""

    take: str
    style: str
    model: str
    temporal: Temporal
    measured: Steadiness
    strip: bytes


def strip_of(frames: Frames) -> bytes:
    """Consecutive frames from the clip's middle on, over their differences, strengthened around grey: a PNG."""
    start = max(0, min(len(frames) // 2, len(frames) - STRIP))
    shown = [frames[index] for index in range(start, min(start + STRIP, len(frames)))]
    gaps = [np.clip(128 + DIFFERENCE_GAIN * (after.astype(np.float32) - before), 0, 255).astype(np.uint8)
            for before, after in pairwise(shown)]
    height = shown[0].shape[0]
    small = [[fitted(picture, STRIP_WIDTH, height) for picture in row] for row in (shown, gaps)]
    return encode_png(grid([small[0], [None, *small[1]]], gap=4))


@dataclass(frozen=True, slots=True)
class RowFolder:
    """Rows kept in a folder, a JSON file and a PNG each; those that were measured under other settings are no use."""

    path: Path
    settings: str

    def find(self, take: str, style: str, model: str, temporal: Temporal) -> Row | None:
        """The row, if it is there."""
        file = self._file(take, style, model, temporal)
        if not file.exists() or not file.with_suffix(".png").exists():
            return None
        try:
            saved = dict(parsed_json(file.read_bytes()))  # type: ignore[call-overload]  # a TypeError is caught
            if saved.pop("settings") != self.settings:
                return None
            return Row(take, style, model, temporal, read(saved), file.with_suffix(".png").read_bytes())
        except (ValueError, TypeError, LookupError):  # damaged, or no row of ours: it is measured again
            return None

    def keep(self, row: Row) -> None:
        """Writes a row: the picture first, so that a row that is found is whole."""
        self.path.mkdir(parents=True, exist_ok=True)
        file = self._file(row.take, row.style, row.model, row.temporal)
        file.with_suffix(".png").write_bytes(row.strip)
        values = asdict(row.measured) | {"settings": self.settings}
        values["spectrum"] = None if row.measured.spectrum is None else row.measured.spectrum.tolist()
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(values, indent=2), "utf-8")
        partial.replace(file)

    def _file(self, *names: str) -> Path:
        return self.path / ("+".join(name.replace("/", "_") for name in names) + ".json")


def read(saved: dict[str, object]) -> Steadiness:
    """What was measured, from its plain data."""
    spectrum = cast(Sequence[float] | None, saved["spectrum"])
    values: NDArray[np.float64] | None = None if spectrum is None else np.asarray(spectrum, np.float64)
    warping, excess = ({int(lag): error for lag, error in cast(dict[str, float], saved[name]).items()}
                       for name in ("warping", "excess"))
    left_behind, flicker, patch = (cast(float | None, saved[name]) for name in ("left_behind", "flicker", "patch"))
    return Steadiness(warping, excess, left_behind, flicker, values, cast(float, saved["style"]), patch)
