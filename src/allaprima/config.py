"""What can be asked of a run: frozen options whose defaults the API and the command line share.

The dataclasses have no slots, so that a default can be read off the class: ``VideoOptions.crf``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from allaprima.errors import OptionError
from allaprima.parsing import parsed_fraction, shown
from allaprima.sizes import Detail, Size

Codec = Literal["h264", "hevc", "av1", "prores", "dnxhr", "ffv1", "h264-nvenc", "hevc-nvenc"]
HwAccel = Literal["none", "cuda"]
Audio = Literal["auto", "copy", "pcm", "none"]
Hdr = Literal["tonemap", "refuse", "keep"]
Deinterlace = Literal["auto", "off"]
Transfer = Literal["exposure", "invert", "log", "display"]
MotionDirection = Literal["auto", "backward", "forward"]
Temporal = Literal["off", "fast", "best"]
LiveTemporal = Literal["off", "fast"]
Lead = Literal["strength", "crossfader"]
PreserveColor = Literal["none", "luminance", "histogram", "coral"]
Subject = Literal["people", "faces"]
Background = Literal["keep", "style"]
MatchedColor = Literal["histogram", "coral"]
Precision = Literal["auto", "fp32", "fp16", "bf16", "int8"]


LARGEST_STRENGTH = 1.5  # chosen by looking: beyond it pictures fall apart


@dataclass(frozen=True)
class ModelOptions:
    """Which network paints, and where it runs.

    optimiser: how the model gatys goes about it, None for its own defaults; no other model has any.
    """

    model: str = "balanced"
    device: str = "auto"
    precision: Precision = "auto"
    optimiser: OptimiserOptions | None = None


def check_photoreal(share: float) -> None:
    """Raises OptionError for a share that is none."""
    if not 0 <= share <= 1:
        raise OptionError(f"photoreal {share:g} is out of range", "choose 0 (painted) to 1 (a photograph)")


@dataclass(frozen=True)
class StyleOptions:
    """How strongly and how finely a style is put on.

    strength: 0 leaves the content as it is, 1 is the whole style, and above it goes on the same way.
    style_scale: 1 shows the network the style at the size it was trained with; larger gives coarser strokes.
    photoreal: how far a photograph stays one, 0 to 1: at 1 only its light and colours change.
    """

    strength: float = 1.0
    style_scale: float = 1.0
    photoreal: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= LARGEST_STRENGTH:
            raise OptionError(f"strength {self.strength:g} is out of range",
                              f"choose a strength from 0 to {LARGEST_STRENGTH:g}")
        if not 0.05 <= self.style_scale <= 16:
            raise OptionError(f"style scale {self.style_scale:g} is out of range", "choose a scale from 0.05 to 16")
        check_photoreal(self.photoreal)


def parsed_seconds(text: str) -> Fraction:
    """The time that ``12.5``, ``1:02.5`` or ``1:00:02.5`` stands for, in seconds; raises OptionError otherwise."""
    try:
        parts = [parsed_fraction(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or any(part < 0 for part in parts):
        raise OptionError(f"time {shown(text)} is not a time",
                          "give seconds (12.5) or hours and minutes too (1:02:12.5)")
    seconds = Fraction(0)
    for part in parts:
        seconds = seconds * 60 + part
    return seconds


@dataclass(frozen=True)
class ColorManagement:
    """How plates are taken to a picture that a network is shown, and back.

    ocio: an OpenColorIO config; None for ``$OCIO``, else the built-in one. colorspace: of the input, None for what it
    says itself. output_colorspace: of the result, None for the input's. transfer: what goes back, see docs/film.md.
    layers: the colour layers that are painted, each for itself; none for the main one, ``("all",)`` for all.
    """

    ocio: Path | None = None
    colorspace: str | None = None
    output_colorspace: str | None = None
    transfer: Transfer = "exposure"
    layers: tuple[str, ...] = ()


def parsed_scale(text: str) -> tuple[float, float]:
    """The scales across and up that ``N`` or ``N,N`` stands for; raises OptionError for anything else."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or not all(math.isfinite(number) and number for number in numbers):
        raise OptionError(f"{shown(text)} is no scale for motion vectors", "give a number but 0, or two: 1,-1")
    return numbers[0], numbers[-1]


@dataclass(frozen=True)
class MotionVectors:
    """Motion that a renderer wrote into numbered plates.

    path: the plates and the layer, as ``shot.%04d.exr:motion``. direction: "backward" where vectors lead to the frame
    before, "forward" to the frame after, "auto" by the layer's name. scale: pixels that a 1 stands for across and up;
    below 0 where the axis is the other way round. offset: the number that stands for no motion. depth: plates and
    channel, by which what was hidden is told from what was there.
    """

    path: Path
    direction: MotionDirection = "auto"
    scale: tuple[float, float] = (1.0, 1.0)
    offset: float = 0.0
    depth: Path | None = None


@dataclass(frozen=True)
class ImageOptions:
    """How pictures are read, painted and written.

    detail: the network's working height, in pixels of the shorter side; None for full size, "brush" for the one that
    the style was fitted at, or 400.
    depth: bits a channel of the result; None: the input's. seamless: the result repeats without a seam.
    keep_metadata: what EXIF says of the picture, its place included, goes along; a colour profile always does.
    """

    size: Size | None = None
    overwrite: bool = False
    max_pixels: int = 250_000_000
    detail: Detail = "brush"
    depth: Literal[8, 16] | None = None
    seamless: bool = False
    management: ColorManagement = ColorManagement()
    keep_metadata: bool = True


@dataclass(frozen=True)
class SequenceOptions:
    """How numbered frames are read, painted and written.

    frames: the numbers wanted, all that there are where None. allow_gaps: numbers without a file are passed over.
    batch_size: frames painted at once; None for what suits the device.
    detail: the network's working height, in pixels of the shorter side; None for full size, "brush" for the one that
    the style was fitted at, or 400. motion: what a renderer wrote of it; found in the frames where None.
    """

    frames: range | None = None
    allow_gaps: bool = False
    size: Size | None = None
    batch_size: int | None = None
    overwrite: bool = False
    resume: bool = False
    max_pixels: int = 250_000_000
    detail: Detail = "brush"
    temporal: Temporal = "fast"
    stability: float = 0.8
    management: ColorManagement = ColorManagement()
    motion: MotionVectors | None = None


@dataclass(frozen=True)
class VideoOptions:
    """How films are read, painted and written.

    start, end: seconds from the film's beginning. crf: the encoder's quality scale, smaller is better.
    max_pixels: of one frame; larger ones are refused from the header. batch_size: frames painted at once; None for what
    suits the device. temporal: how the film is held steady: "off", "fast" in one pass, or "best", which looks at every
    shot first. stability: how firmly, 0 to 1.
    detail: the network's working height, in pixels of the shorter side; None for full size, "brush" for the one that
    the style was fitted at, or 400. audio: "copy" keeps sound as it is where the container holds it, "pcm" makes plain
    samples of it, "auto" does so beside the codecs of editing, prores and dnxhr. hwaccel: what decodes,
    where it can; the processor elsewhere. deinterlace: "auto" makes whole pictures of frames that say they are
    interlaced, "off" takes all as they are. management: of films whose colour space is named; their HDR is kept.
    """

    size: Size | None = None
    start: Fraction | None = None
    end: Fraction | None = None
    codec: Codec = "h264"
    crf: int = 18
    pix_fmt: str = "auto"
    audio: Audio = "auto"
    hdr: Hdr = "tonemap"
    strict: bool = False
    temporal: Temporal = "fast"
    stability: float = 0.8
    batch_size: int | None = None
    overwrite: bool = False
    resume: bool = False
    max_pixels: int = 100_000_000
    detail: Detail = "brush"
    hwaccel: HwAccel = "none"
    deinterlace: Deinterlace = "auto"
    management: ColorManagement = ColorManagement()

    def __post_init__(self) -> None:
        if self.hdr == "keep" and self.management.colorspace is None:
            raise OptionError("HDR that is kept needs its colour space", "name it by --colorspace, or leave out --hdr")
        if not 0 <= self.crf <= 63:
            raise OptionError(f"crf {self.crf} is out of range", "choose 0 (best, largest) to 51 (smallest)")
        if self.batch_size is not None and not 1 <= self.batch_size <= 64:
            raise OptionError(f"batch size {self.batch_size} is out of range", "choose 1 to 64 frames")
        if not 0 <= self.stability <= 1:
            raise OptionError(f"stability {self.stability:g} is out of range", "choose a stability from 0 to 1")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise OptionError(f"the end ({float(self.end):g} s) is not after the start ({float(self.start):g} s)",
                              "give an end later than the start")


Layers = tuple[tuple[str, float], ...]
"""Layers of VGG-19 and how much each weighs."""

STYLE_LAYERS: Layers = (("relu1_1", 1.0), ("relu2_1", 1.0), ("relu3_1", 1.0), ("relu4_1", 1.0), ("relu5_1", 1.0))
Distance = Literal["wasserstein", "gram", "both"]
COARSER_SHARE = 0.45  # of the evaluations at the full size: near the content the coarse is right from the start


@dataclass(frozen=True)
class OptimiserOptions:
    """How the model ``gatys`` optimises a picture.

    steps: evaluations of the loss at the full size, each coarser one gets 0.45 times as many; None: 55 on a CPU, 350 on
    a GPU. Adam takes one a step, L-BFGS now and then some more.
    content, style: layers with weights; the style's are shares. distance: "both" is the mean of the two.
    variation: weight of total variation. smallest: longer side, in pixels, of the first size; each later one is larger
    by the square root of two. patience: steps without a gain of half a percent after which a size is left. rate: of
    Adam. photoreal: whether the unknowns are changes of light and colour in place of pixels.
    """

    steps: int | None = None
    content_weight: float = 0.1
    style_weight: float = 1.0
    variation: float = 0.5
    content: Layers = (("relu4_2", 1.0),)
    style: Layers = STYLE_LAYERS
    distance: Distance = "both"
    start: Literal["content", "noise"] = "content"
    optimiser: Literal["adam", "lbfgs"] = "lbfgs"
    smallest: int = 128
    rate: float = 0.02
    patience: int = 40
    seed: int = 0
    seamless: bool = False
    photoreal: bool = False

    def __post_init__(self) -> None:
        if self.photoreal and (self.optimiser == "adam" or self.start == "noise" or self.seamless):
            raise OptionError("a photograph that stays one begins with the content, goes by L-BFGS and has its seams",
                              "leave out --photoreal, or --optimiser adam, --init noise and --seamless")
        if self.steps is not None and not 1 <= self.steps <= 100_000:
            raise OptionError(f"{self.steps} steps are out of range", "choose 1 to 100000")
        for name in ("content_weight", "style_weight", "variation"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise OptionError(f"{name.replace('_', ' ')} {getattr(self, name):g} is out of range",
                                  "choose a weight of 0 or more")
        if any(weight < 0 for _, weight in (*self.content, *self.style)) or sum(w for _, w in self.style) <= 0:
            raise OptionError(f"layers cannot weigh {self.style}", "give weights above 0")


def parsed_layers(text: str) -> Layers:
    """The layers and weights that ``relu1_1:16,relu2_1:8`` stands for; a weight left out is 1."""
    layers = []
    for part in text.split(","):
        name, colon, number = part.strip().partition(":")
        try:
            weight = float(number) if colon else 1.0
        except ValueError:
            weight = -1.0
        known = re.fullmatch(r"relu([1-2]_[1-2]|[3-5]_[1-4])", name)
        if known is None or not 0 <= weight < float("inf"):
            raise OptionError(f"{part.strip()!r} is not a layer and a weight",
                              "give layers as relu1_1:16,relu2_1:8; they run from relu1_1 to relu5_4")
        layers.append((name, weight))
    return tuple(layers)


PATIENCE_ON_STAGE_SECONDS = 3600.0  # a long interval with the camera unplugged
PATIENCE_ALONE_SECONDS = 5.0        # nobody is there to plug it in; with detection and one try, under ten
LIVE_SIZE = Size(shorter=360)


@dataclass(frozen=True)
class LiveOptions:
    """How a camera is painted live.

    size: of the picture shown; its height is the tallest working height. fps: asked of the camera, and held by the
    ladder. brush: lines that are painted at most; None for as many as are shown. hold_rate: without ``fps``, the
    camera's own rate is held, up to 30 a second. max_latency_ms: from capture to display, held too. duration: seconds,
    None without end. patience_seconds: how long a lost camera is waited for. listen: a sound input's name, or a file,
    that leads strength or crossfader (``lead``); None for silence. ndi: the name of a source on the network that shows
    it too.
    """

    size: Size = LIVE_SIZE
    fps: float | None = None
    max_latency_ms: float = 100.0
    mirror: bool = False
    fullscreen: bool = False
    headless: bool = False
    virtual_camera: bool = False
    duration: Fraction | None = None
    temporal: LiveTemporal = "fast"
    stability: float = 0.8
    hold_rate: bool = False
    brush: int | None = None
    patience_seconds: float = PATIENCE_ON_STAGE_SECONDS
    control_window: bool = True
    listen: str | None = None
    lead: Lead = "strength"
    ndi: str | None = None

    def __post_init__(self) -> None:
        if not self.patience_seconds >= 0:
            raise OptionError(f"a patience of {self.patience_seconds:g} s is out of range", "choose 0 or more, or inf")
        if self.fps is not None and not 0.1 <= self.fps <= 1000:
            raise OptionError(f"a rate of {self.fps:g} frames a second is out of range", "choose 1 to 240")
        if not 1 <= self.max_latency_ms <= 60_000:
            raise OptionError(f"a latency of {self.max_latency_ms:g} ms is out of range", "choose 20 to 1000")
        if not 0 <= self.stability <= 1:
            raise OptionError(f"stability {self.stability:g} is out of range", "choose 0 (lively) to 1 (steady)")
