"""Exported networks run by onnxruntime beside OpenVINO in fp32: what an export is held to before it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.encoding import UnitPicture
from allaprima.engines.export.exporting import Exported, ExportPrecision, Network
from allaprima.errors import AllaprimaError, MissingExtra
from allaprima.runtimes.calls import Encoder, Modulation, Row, Runtime

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

LEVELS = 255
MOST_LEVELS: dict[ExportPrecision, float] = {"fp32": 1, "fp16": 4}  # of 255, that one value may be off
MOST_MEAN = 1.5          # levels, in int8, over the whole picture
CODE_TOLERANCE = {"fp32": 1e-3, "fp16": 0.05}  # of the code's largest number


@dataclass(frozen=True, slots=True)
class Apart:
    """How far two pictures are apart, in code values of 255: the largest and the mean difference; the size."""

    width: int
    height: int
    largest: float
    mean: float


def session_of(exported: Exported) -> InferenceSession:
    """The file opened by onnxruntime on one thread; raises MissingExtra where that is not installed."""
    try:
        from onnxruntime import InferenceSession, SessionOptions
    except ImportError:
        raise MissingExtra("onnxruntime", "export", "checking an exported network") from None
    options = SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return InferenceSession(exported.content, options, providers=["CPUExecutionProvider"])


def check_network(exported: Exported, network: Network, look: Modulation, runtime: Runtime,
                  pictures: Sequence[UnitPicture], precision: ExportPrecision) -> list[Apart]:
    """How far the file's pictures are from OpenVINO's, for each of those (H, W, 3) in [0, 1].

    look: the modulation that is put in where the file takes one. runtime: in fp32. Raises AllaprimaError where they
    are further apart than the precision allows.
    """
    session, transfer = session_of(exported), runtime.compact(network.tensors, network.shape)
    names = [value.name for value in exported.inputs]
    found = []
    for picture in pictures:
        height, width = picture.shape[:2]
        expected, moments = transfer.measure(picture[None], network.modulation or look)
        rows: dict[str, Row] = {"scale": look.scale, "bias": look.bias, "mix": look.mix, "given_mean": moments.mean,
                                "given_variance": moments.variance, "momentum": np.full((1, 1), 0.5, np.float32)}
        inputs: dict[str, NDArray[np.float32]] = {"picture": np.ascontiguousarray(picture.transpose(2, 0, 1)[None])}
        inputs |= {name: row for name, row in rows.items() if name in names}
        painted = cast(NDArray[np.float32], session.run(["painted"], inputs)[0])[0].transpose(1, 2, 0)
        apart = np.abs(painted - expected[0]) * LEVELS
        found.append(Apart(width, height, float(apart.max()), float(apart.mean())))
    refuse_far(found, precision)
    return found


def refuse_far(found: Sequence[Apart], precision: ExportPrecision) -> None:
    """Raises AllaprimaError where pictures are further apart than the precision allows."""
    most = MOST_LEVELS.get(precision)
    for apart in found:
        if (apart.mean > MOST_MEAN) if most is None else (apart.largest > most):
            raise AllaprimaError(
                f"the exported network paints otherwise than ours: at {apart.width}x{apart.height} by up to "
                f"{apart.largest:.2f} of 255, {apart.mean:.3f} in the mean", "export it in fp32: --precision fp32")


def check_encoder(exported: Exported, encoder: Encoder, pictures: Sequence[UnitPicture],
                  precision: ExportPrecision) -> float:
    """How far the file's codes are from OpenVINO's, as a share of the largest number in these."""
    session, largest = session_of(exported), 0.0
    for picture in pictures:
        expected = encoder(picture)
        inputs: Mapping[str, NDArray[np.float32]] = {
            "picture": np.ascontiguousarray(picture.transpose(2, 0, 1)[None])}
        code = cast(Row, session.run(["code"], dict(inputs))[0])[0]
        largest = max(largest, float(np.abs(code - expected).max() / np.abs(expected).max()))
    if largest > CODE_TOLERANCE[precision]:
        raise AllaprimaError(f"the exported style encoder measures otherwise than ours: by {largest:.2%}",
                             "export it in fp32: --precision fp32")
    return largest
