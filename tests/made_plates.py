"""Plates made for tests: OpenEXR and DPX with the headers that compositors' files have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813  its own documentation calls it so
from numpy.typing import NDArray

from allaprima.io.plates.cryptomatte import identity_of, murmur

CHANNELS = ("R", "G", "B", "A", "depth.Z", "id.id")
FORMATS = ("half", "half", "half", "half", "float", "uint")


def light(width: int = 96, height: int = 64, seed: int = 0) -> NDArray[np.float32]:
    """A scene (H, W, 3) of soft colours, with a sun of light 40."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 1, (5, 6, 3)).astype(np.float32)
    rows = np.linspace(0, 3.999, height)
    columns = np.linspace(0, 4.999, width)
    y, x = rows.astype(int), columns.astype(int)
    scene = coarse[y][:, x] * np.linspace(0.05, 1, width)[None, :, None]
    scene[4:12, 8:20] = 40
    return scene.astype(np.float32)


def exr(path: Path, color: NDArray[np.float32], *, alpha: NDArray[np.float32] | None = None, frame: int = 0,
        window: tuple[int, int] = (0, 0), **attributes: object) -> Path:
    """An OpenEXR of half floats with a float depth and an unsigned identity beside the colour, and a timecode."""
    height, width = color.shape[:2]
    spec = oiio.ImageSpec(width, height, len(CHANNELS), "float")
    spec.channelnames = CHANNELS
    spec.channelformats = tuple(oiio.TypeDesc(name) for name in FORMATS)
    spec.x, spec.y = window
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, width + 7, height + 5
    spec.attribute("smpte:TimeCode", oiio.TypeDesc("timecode"), (0x01000000 + frame, 0))
    spec.attribute("owner", "the second unit")
    spec.attribute("compression", "zip")
    spec.attribute("PixelAspectRatio", 2.0)
    for name, value in attributes.items():
        if name == "chromaticities":
            spec.attribute(name, oiio.TypeDesc("float[8]"), value)
        else:
            spec.attribute(name, value)
    ids = np.random.default_rng(1).integers(0, 2 ** 32, (height, width, 1)) / (2 ** 32 - 1)
    depth = np.full((height, width, 1), 12.5)
    alphas = np.ones((height, width, 1)) if alpha is None else alpha[..., None]
    return written(path, spec, np.concatenate((color, alphas, depth, ids), axis=2).astype(np.float64))


def dpx(path: Path, codes: NDArray[np.uint16], **attributes: object) -> Path:
    """A DPX of 10 bits, codes (H, W, 3) of 0 to 1023, as printing densities."""
    height, width = codes.shape[:2]
    spec = oiio.ImageSpec(width, height, 3, "uint16")
    spec.attribute("oiio:BitsPerSample", 10)
    spec.attribute("oiio:ColorSpace", "KodakLog")
    spec.attribute("smpte:TimeCode", oiio.TypeDesc("timecode"), (0x01020304, 0))
    spec.attribute("dpx:InputDevice", "camera A")
    for name, value in attributes.items():
        spec.attribute(name, value)
    wide = codes.astype(np.uint32)
    return written(path, spec, ((wide << 6) | (wide >> 4)).astype(np.uint16))


def channels_exr(path: Path, channels: Mapping[str, NDArray[np.generic]], *, window: tuple[int, int] = (0, 0),
                 **attributes: object) -> Path:
    """An OpenEXR of floats with those channels (H, W) by name."""
    height, width = next(iter(channels.values())).shape
    spec = oiio.ImageSpec(width, height, len(channels), "float")
    spec.channelnames = tuple(channels)
    spec.x, spec.y = window
    for name, value in attributes.items():
        spec.attribute(name, value)
    return written(path, spec, np.stack(list(channels.values()), axis=-1).astype(np.float32))


def cryptomatte_exr(path: Path, name: str, shares: Mapping[str, NDArray[np.generic]], *,
                    window: tuple[int, int] = (0, 0), manifest: str | None = "",
                    color: NDArray[np.float32] | None = None, **said: str) -> Path:
    """An OpenEXR with a cryptomatte of what each name has of each pixel (H, W), as the specification lays it out.

    manifest: None for none, "" for the names' own. said: further entries of its header. color: (H, W, 3) beside it.
    """
    ids = np.array([identity_of(one) for one in shares], np.uint32).view(np.float32)
    stack = np.stack(list(shares.values()))
    order = np.argsort(-stack, axis=0, kind="stable")
    channels = {} if color is None else {channel: color[..., place] for place, channel in enumerate("RGB")}
    for rank in range(-(-len(shares) // 2) * 2):
        share = np.take_along_axis(stack, order[rank:rank + 1], axis=0)[0] if rank < len(shares) else 0 * stack[0]
        own = ids[order[rank]] if rank < len(shares) else share.astype(np.float32)
        for channel, values in zip("RG" if rank % 2 == 0 else "BA", (np.where(share > 0, own, 0), share), strict=True):
            channels[f"{name}{rank // 2:02d}.{channel}"] = values
    entries = {"name": name, "hash": "MurmurHash3_32", "conversion": "uint32_to_float32", **said}
    if manifest is not None:
        entries["manifest"] = manifest or json.dumps({one: f"{identity_of(one):08x}" for one in shares})
    key = f"{murmur(name.encode()):08x}"[:7]
    return channels_exr(path, channels, window=window,
                        **{f"cryptomatte/{key}/{entry}": value for entry, value in entries.items()})


Layer = tuple[str, tuple[str, ...], NDArray[np.generic]]
"""A part's name, its channels, and their samples (H, W, C)."""


def parts_exr(path: Path, *layers: Layer, kind: str = "half") -> Path:
    """An OpenEXR of several parts."""
    specs = []
    for name, channels, samples in layers:
        spec = oiio.ImageSpec(samples.shape[1], samples.shape[0], len(channels), kind)
        spec.channelnames = channels
        spec.attribute("name", name)
        specs.append(spec)
    file = oiio.ImageOutput.create(str(path))
    assert file.open(str(path), tuple(specs)), file.geterror()
    for number, (_, _, samples) in enumerate(layers):
        assert number == 0 or file.open(str(path), specs[number], "AppendSubimage"), file.geterror()
        assert file.write_image(np.ascontiguousarray(samples, np.float32)), file.geterror()
    file.close()
    return path


def written(path: Path, spec: oiio.ImageSpec, samples: NDArray[np.generic]) -> Path:
    """The file of one part."""
    file = oiio.ImageOutput.create(str(path))
    assert file is not None, oiio.geterror()
    assert file.open(str(path), spec), file.geterror()
    assert file.write_image(np.ascontiguousarray(samples)), file.geterror()
    file.close()
    return path


def header(path: Path) -> dict[str, object]:
    """All attributes of a file's first header, windows and channels included."""
    file = oiio.ImageInput.open(str(path))
    spec = file.spec()
    found = {entry.name: entry.value for entry in spec.extra_attribs}
    found |= {name: getattr(spec, name) for name in (
        "x", "y", "width", "height", "full_x", "full_y", "full_width", "full_height", "nchannels")}
    found["channels"] = tuple(spec.channelnames)
    found["formats"] = tuple(map(str, spec.channelformats)) or (str(spec.format),)
    file.close()
    return found
