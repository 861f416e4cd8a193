"""``allaprima export``: a network, the style encoder or a style as an ONNX file, checked before it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.cli.outputs import short
from allaprima.config import ModelOptions, StyleOptions
from allaprima.errors import OptionError
from allaprima.version import __version__

if TYPE_CHECKING:
    from allaprima.engines.encoding import UnitPicture
    from allaprima.engines.export.exporting import Carried, Exported, ExportPrecision, Network
    from allaprima.engines.export.protobuf import Value

ENCODER = "style-encoder"
NETWORKS = ("balanced", "fast")
CHECKED_SIZES = ((256, 192), (250, 190))  # whole eights, and sides that have to be padded

What = Annotated[str, typer.Argument(
    help="balanced, fast, weights of your own (.safetensors), style-encoder, or a style: a bundled one, a .style file, "
         "a picture.", show_default=False)]
Output = Annotated[Path | None, typer.Option(
    "-o", "--output", show_default=False, help="An .onnx file; default: named by what is exported.")]
Precision = Annotated[Literal["fp32", "fp16", "int8"], typer.Option(
    "--precision", help="What is computed in: fp32; fp16, half the file; int8, for processors.")]
Moments = Annotated[Literal["own", "given"], typer.Option(
    help="What pictures are normalised by: their own moments; or a mixture with those of frames before, which come in "
         "and go out.")]


def export_network(what: What, output: Output = None,
                   model: Annotated[str, typer.Option(
                       "--model", "-m", help="The network of a style: balanced or fast.")] = "balanced",
                   strength: given.Strength = StyleOptions.strength, precision: Precision = "fp32",
                   moments: Moments = "own", overwrite: given.Overwrite = False) -> None:
    """Export to ONNX: allaprima export balanced -o balanced.onnx; a style's name or file gives a network of its own."""
    from allaprima.io.outputs import check_output, written_file

    target = output or Path(f"{short(Path(what).stem)}.onnx")
    if target.suffix.lower() != ".onnx":
        raise OptionError(f"cannot write a network to {target}", "end the name in .onnx")
    StyleOptions(strength=strength)
    source = Path(what)
    check_output(target, [source] if source.is_file() else [], overwrite=overwrite)
    words = {"allaprima": __version__, "what": Path(what).name}
    exported, told = encoder_checked(model, precision, words) if what == ENCODER else network_checked(
        what, model, strength, precision, moments, words)
    with written_file(target, overwrite=overwrite) as file:
        file.write(exported.content)
    tell(f"{target} ({len(exported.content) / 1e6:.1f} MB, opset {exported.opset})")
    for kind, values in (("in", exported.inputs), ("out", exported.outputs)):
        tell(f"  {kind}:  {', '.join(shown(value) for value in values)}")
    tell(f"  {told}")


def network_checked(what: str, model: str, strength: float, precision: ExportPrecision, moments: Carried,
                    words: dict[str, str]) -> tuple[Exported, str]:
    """A network's file, and what the check found, in words."""
    from allaprima.cli.opening import open_engine
    from allaprima.engines.adain import AdaINEngine
    from allaprima.engines.export.checking import check_network
    from allaprima.engines.export.exporting import exported_network
    from allaprima.engines.looks import Look
    from allaprima.runtimes.openvino import OpenVINORuntime

    network = network_asked(what, model, strength)
    base = what if network.modulation is None else model
    exported = exported_network(network, precision, moments, words)
    engine = open_engine(base, ModelOptions.device, "fp32")
    assert isinstance(engine, AdaINEngine)
    seen = pictures()
    look = network.modulation or engine.modulation([Look(engine.encode(seen[0], "photograph"), 1.0)])
    found = check_network(exported, network, look, OpenVINORuntime("cpu", "fp32"), seen, precision)
    return exported, "from OpenVINO in fp32, of 255: " + "; ".join(
        f"at {apart.width}x{apart.height} at most {apart.largest:.2g}, {apart.mean:.2g} in the mean" for apart in found)


def network_asked(what: str, model: str, strength: float) -> Network:
    """The network that is to be exported: by name, or that of a style."""
    from allaprima import weights
    from allaprima.cli.opening import open_engine
    from allaprima.engines.export.exporting import network_of
    from allaprima.engines.looks import Look
    from allaprima.pipeline.looks.styles import load_style

    if what in NETWORKS or weights.is_file(what):
        return network_of(what)
    engine = open_engine(model, ModelOptions.device, "fp32")
    return network_of(model, Look(load_style(what, engine), strength))


def encoder_checked(model: str, precision: ExportPrecision, words: dict[str, str]) -> tuple[Exported, str]:
    """The style encoder's file, and what the check found, in words."""
    from allaprima import weights
    from allaprima.engines.export.checking import check_encoder
    from allaprima.engines.export.exporting import exported_encoder
    from allaprima.runtimes.openvino import OpenVINORuntime

    exported = exported_encoder(model, precision, words)
    encoder = OpenVINORuntime("cpu", "fp32").style_encoder(weights.load(ENCODER))
    apart = check_encoder(exported, encoder, pictures(), precision)
    return exported, f"from OpenVINO in fp32: codes at most {apart:.2e} of their largest number"


def pictures() -> list[UnitPicture]:
    """The bundled photograph at the sizes that exports are checked at, (H, W, 3) in [0, 1]."""
    import cv2
    import numpy as np

    from allaprima.cli.styles import photograph
    from allaprima.io.still.cutouts import read_shown
    from allaprima.io.still.picture import as_uint8

    image = as_uint8(read_shown(photograph()))
    return [np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
            for size in CHECKED_SIZES]


def shown(value: Value) -> str:
    """An input or output in words: its name, type and sizes."""
    return f"{value.name} {value.dtype} {' x '.join(str(side) for side in value.shape)}"
