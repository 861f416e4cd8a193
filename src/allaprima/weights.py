"""Weights by name: where they lie, whose they are, and that they are what they claim to be.

A name that ends in ``.safetensors`` is a file of one's own, taken as it is: a compact network that ``allaprima train``
wrote. The others are of two kinds: *shipped* weights, trained by this project, described in ``weights/manifest.json``
and pinned to their files' sha256; and *fetched* ones, pretrained by others, downloaded on first use from a list of
sources, pinned to the sha256 of the published pickle, converted to safetensors and kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima import folders
from allaprima.bundled import bundled_folder
from allaprima.errors import WeightsError
from allaprima.fetching import FetchProgress
from allaprima.kernel_coding import Arrays, unpacked_tensors
from allaprima.nets.shape import Shape
from allaprima.nets.tensor_shapes import checked_shape, tensor_shapes
from allaprima.parsing import parsed_json

SUFFIX = ".safetensors"
STYLE_ENCODER, SLIM_VGG = "style-encoder", "slim-vgg19"  # what styles' codes are measured by
KERNELS = "-kernels"  # what the name of a network's kernels has beside the network's
STYLE_SIZE = 256  # that the compact networks' styles have, in pixels, when they are trained
LARGEST_HEADER = 10 << 20  # bytes that say what a file holds
OWN_HINT = "name weights of a compact network, as allaprima train writes them"

AS_PUBLISHED = "published"  # the kind of networks whose files are kept as they are

Tensors = dict[str, NDArray[np.float32]]
SCALES = ".scales"  # behind the name of a matrix in 8 bits: what each of its rows is multiplied by


@dataclass(frozen=True, slots=True)
class Weights:
    """What is known of one set of weights.

    sha256: of the safetensors file for shipped weights, of the published pickle for fetched ones.
    style_size: the shorter side, in pixels, that a style picture has at style scale 1; None where there is no style.
    shape: the sizes that a compact network is built with. gate: the strength from which its picture stands alone; below
    it the content itself is mixed in. ranges: the lowest and the highest input of its convolutions, by name.
    base: of kernels, the sha256 of the network that they belong to. codes: of kernels, the weights that measure the
    codes which they are mixed by.
    """

    name: str
    kind: str
    file: str
    sha256: str
    licence: str
    origin: str
    shipped: bool
    style_size: int | None = None
    shape: Shape | None = None
    gate: float = 1.0
    ranges: Mapping[str, tuple[float, float]] | None = None
    base: str | None = None
    codes: str = STYLE_ENCODER


FETCHED = {
    "vgg19": Weights("vgg19", "vgg19", "vgg19.safetensors",
                     "804ca2835ecf7539f0cd2a7ac3c18ce81e6f8468969ae7117ac0c148d286bb4a",
                     "MIT (port of AdaIN; VGG-19 by the Visual Geometry Group, CC BY 4.0)",
                     "Huang & Belongie 2017; Simonyan & Zisserman 2014", shipped=False, style_size=512),
    "decoder": Weights("decoder", "decoder", "decoder.safetensors",
                       "379ca41d59f3a37eed3599bbbc2560c19da5c458870a5ffd3a9dd41aa88f9472",
                       "MIT (port of AdaIN)", "pytorch-AdaIN, release v0.0.0", shipped=False),
    "people": Weights("people", AS_PUBLISHED, "selfie_segmentation.tflite",
                      "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
                      "Apache 2.0", "MediaPipe's selfie segmenter, for --keep people", shipped=False),
    "faces": Weights("faces", AS_PUBLISHED, "face_detection_full_range_sparse.tflite",
                     "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
                     "Apache 2.0", "MediaPipe's face detector of full range, for --keep faces", shipped=False),
}


def shipped_folder() -> Path:
    """The folder of shipped weights."""
    folder = bundled_folder("weights")
    if folder is None:
        raise WeightsError("this installation has no folder of weights", "reinstall allaprima")
    return folder


def cache_folder() -> Path:
    """The user's folder of fetched weights; ``ALLAPRIMA_CACHE`` names another cache than the system's."""
    return folders.cache_folder("weights")


def is_file(name: str) -> bool:
    """Whether the name is that of a file of one's own."""
    return name.endswith(SUFFIX)


def of_file(name: str) -> Weights:
    """What a file of one's own says of itself; raises WeightsError where it holds no compact network."""
    try:
        header = header_of(Path(name))
        words = header.get("__metadata__", {})
        if "kernels" in words:
            return kernels_of_file(name, parsed_json(str(words["kernels"])))
        shape = checked_shape(parsed_json(str(header["__metadata__"]["shape"])))
    except OSError as error:
        raise WeightsError(f"cannot paint with {name}: {error.strerror or error}", OWN_HINT) from error
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"cannot paint with {name}: it holds no compact network with its shape", OWN_HINT) from error
    for tensor, sizes in tensor_shapes(shape).items():
        said = header.get(tensor)
        if not isinstance(said, dict):
            raise WeightsError(f"cannot paint with {name}: it holds no {tensor}", OWN_HINT)
        if said.get("shape") != list(sizes) or said.get("dtype") not in ("F16", "F32"):
            raise WeightsError(f"cannot paint with {name}: its {tensor} does not fit the shape that it names", OWN_HINT)
    return Weights(name, "compact", name, sha256_of(Path(name)), "your own", "a file", shipped=False,
                   style_size=STYLE_SIZE, shape=shape)


def kernels_of_file(name: str, said: object) -> Weights:
    """What a file of kernels says of itself; what it holds is checked when it is put beside its network."""
    if not isinstance(said, dict):
        raise ValueError("it names no network")
    ranges = {str(layer): (float(low), float(high)) for layer, (low, high) in dict(said.get("ranges", {})).items()}
    return Weights(name, "kernels", name, sha256_of(Path(name)), "your own", "a file", shipped=False,
                   ranges=ranges, base=str(said.get("base")), codes=codes_in(name, said))


def codes_in(name: str, said: Mapping[str, object]) -> str:
    """The weights by which codes are measured, as a file of kernels names them; older ones name none."""
    codes = str(said.get("codes", STYLE_ENCODER))
    if codes not in (STYLE_ENCODER, SLIM_VGG):
        raise WeightsError(f"cannot paint with {name}: styles mix it by codes of {codes[:40]!r}, which this version "
                           "does not know", "install a newer version")
    return codes


def header_of(path: Path) -> dict[str, dict[str, object]]:
    """What a safetensors file says of itself and its tensors; raises OSError, and ValueError where it is none."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = parsed_json(file.read(length)) if 0 < length <= LARGEST_HEADER else None
    if not isinstance(header, dict):
        raise ValueError("it is no safetensors file")
    return header


def tensors_of(path: Path) -> Tensors:
    """The tensors of a file of one's own, which may go by any name; raises WeightsError where they are damaged."""
    from safetensors import SafetensorError

    try:
        tensors = {key: tensor.astype(np.float32) for key, tensor in stored_tensors(path).items()}
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"cannot paint with {path}: it is damaged ({error})", OWN_HINT) from error
    unfit = [key for key, tensor in tensors.items() if not np.isfinite(tensor).all()]
    if unfit:
        raise WeightsError(f"cannot paint with {path}: its {unfit[0]} holds values that are no numbers", OWN_HINT)
    return tensors


def stored_tensors(path: Path) -> Arrays:
    """The tensors of a file as they lie in it, those whose steps are coded decoded.

    Raises OSError, SafetensorError, and ValueError, KeyError or TypeError where the file is none or is damaged.
    """
    from safetensors.numpy import load

    words = header_of(path).get("__metadata__", {})
    return unpacked_tensors(cast(Arrays, load(path.read_bytes())), words)


@cache
def shipped() -> dict[str, Weights]:
    """The shipped weights by name, as their manifest describes them."""
    path = shipped_folder() / "manifest.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {name: Weights(name, entry["kind"], entry["file"], entry["sha256"], entry["licence"], entry["origin"],
                          shipped=True, style_size=entry.get("style_size"),
                          shape=Shape(**entry["shape"]) if "shape" in entry else None,
                          gate=entry.get("gate", 1.0), ranges=ranges_of(entry.get("ranges")), base=entry.get("base"),
                          codes=entry.get("codes", STYLE_ENCODER))
            for name, entry in entries.items()}


def ranges_of(listed: Mapping[str, list[float]] | None) -> dict[str, tuple[float, float]] | None:
    """Ranges by name, as a manifest lists them."""
    return None if listed is None else {name: (low, high) for name, (low, high) in listed.items()}


def known() -> dict[str, Weights]:
    """All weights by name, the shipped ones first."""
    return {**shipped(), **FETCHED}


def kernels_of(name: str) -> str | None:
    """The weights that hold the kernels which styles mix for that network: by name, or the file beside its own."""
    if is_file(name):
        beside = name.removesuffix(SUFFIX) + KERNELS + SUFFIX
        return beside if Path(beside).is_file() else None
    return name + KERNELS if name + KERNELS in shipped() else None


def named(name: str) -> Weights:
    """The weights of that name; raises WeightsError with the names that there are."""
    if is_file(name):
        return of_file(name)
    try:
        return known()[name]
    except KeyError:
        raise WeightsError(f"no weights are named {name!r}", f"known names: {', '.join(known())}") from None


def path_of(name: str) -> Path:
    """Where the weights of that name lie, or would lie once fetched."""
    if is_file(name):
        return Path(name)
    weights = named(name)
    return (shipped_folder() if weights.shipped else cache_folder()) / weights.file


def load(name: str, progress: FetchProgress | None = None) -> Tensors:
    """The tensors of those weights in float32, verified; fetched first where they are not at hand."""
    if is_file(name):
        return tensors_of(Path(name))
    if not named(name).shipped and not path_of(name).is_file():
        pull(name, progress)
    verify(name)
    return widened(stored_tensors(path_of(name)))


def widened(tensors: Mapping[str, NDArray[np.generic]]) -> Tensors:
    """A file's tensors in float32; those in 8 bits multiplied by their rows' scales, which are left out."""
    wide = {name: np.asarray(tensor, np.float32) for name, tensor in tensors.items()}
    return {name: tensor if (scales := wide.get(name + SCALES)) is None else tensor * scales.reshape(
        -1, *[1] * (tensor.ndim - 1)) for name, tensor in wide.items() if not name.endswith(SCALES)}


def file_of(name: str, progress: FetchProgress | None = None) -> Path:
    """The file of weights that are kept as they are published, verified; fetched first where it is not at hand."""
    if not path_of(name).is_file():
        pull(name, progress)
    verify(name)
    return path_of(name)


def verify(name: str) -> None:
    """Raises WeightsError unless the file of those weights is there and whole."""
    weights, path = named(name), path_of(name)
    if not path.is_file():
        raise WeightsError(f"the weights {name!r} are not at {path}",
                           "reinstall allaprima" if weights.shipped else f"allaprima weights pull {name}")
    expected = weights.sha256 if weights.shipped else recorded_sha256(path)
    if sha256_of(path) != expected:
        raise WeightsError(f"the weights {name!r} in {path} are damaged: their sha256 is not {expected[:12]}...",
                           "reinstall allaprima" if weights.shipped else f"allaprima weights pull {name}")


def pull(name: str, progress: FetchProgress | None = None) -> Path:
    """Fetches those weights into the user's cache, verifies and converts them; gives back where they lie."""
    weights, path = named(name), path_of(name)
    if weights.shipped:
        return path
    from allaprima.fetching import fetch

    published = fetch(name, weights.sha256, progress)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        convert(name, published, partial)
        digest = sha256_of(partial)
        record_of(path).write_text(json.dumps({"sha256": digest, "published_sha256": weights.sha256}) + "\n",
                                   encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def convert(name: str, published: bytes, path: Path) -> None:
    """Writes the published pickle's tensors, verified before by their hash, as safetensors in fp32 under our names.

    Networks that are kept as they are published are written so.
    """
    if named(name).kind == AS_PUBLISHED:
        path.write_bytes(published)
        return
    import io

    import torch
    from safetensors.torch import save_file

    from allaprima.nets.decoder import Decoder
    from allaprima.nets.vgg import VGG19

    tensors = torch.load(io.BytesIO(published), weights_only=True, map_location="cpu")
    with torch.device("meta"):
        network = VGG19() if name == "vgg19" else Decoder()
    # Both list their convolutions in the order of the data's way, so that names pair off one to one.
    pairs = zip(network.state_dict(), tensors.values(), strict=True)
    save_file({key: tensor.float().contiguous() for key, tensor in pairs}, path)


def record_of(path: Path) -> Path:
    """The small file beside fetched weights that records their hash."""
    return path.with_suffix(".json")


def recorded_sha256(path: Path) -> str:
    """The hash that fetched weights had when they were converted; raises WeightsError where none was recorded."""
    try:
        record = dict(parsed_json(record_of(path).read_bytes()))  # type: ignore[call-overload]  # a TypeError is caught
        return str(record["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"the hash recorded beside {path} cannot be read",
                           f"allaprima weights pull {path.stem}") from error


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
