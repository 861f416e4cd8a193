"""How each codec is asked to keep a picture: encoder, options, pixel formats, and the sizes it accepts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.config import Codec
from allaprima.errors import OptionError, SinkError
from allaprima.frames import ColorTags, StreamInfo
from allaprima.io.film.color_tags import CODE_OF_RANGE, tags_written
from allaprima.io.film.opening import opening_encoders
from allaprima.sizes import Size

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

_MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_LARGEST_CRF: dict[Codec, int] = {"h264": 51, "hevc": 51, "av1": 63, "prores": 51, "dnxhr": 51, "ffv1": 51,
                                 "h264-nvenc": 51, "hevc-nvenc": 51}
_DEFAULT_RATE = Fraction(25)
_X264_THREADS = 8
"""libx264 writes other bytes with another number of threads. So many everywhere make a film's packets the same on every
machine; the other encoders' are so by themselves. On two cores eight take the time and the bytes of three within 1 %
(it uses fewer for small pictures by itself), and on many cores they do not hold the rest up."""
_GLOBAL_HEADER = 1 << 22
_FRAME_DURATION = 1 << 8


@dataclass(frozen=True, slots=True)
class CodecChoice:
    """One codec: FFmpeg's encoder, its options, and pixel formats for 8 bits, deeper, and with alpha where it has it.

    suffixes: the containers that may hold it. whole_pixels: odd sizes are kept though the chroma is subsampled.
    quality: the option that takes the crf's number.
    """

    encoder: str
    options: tuple[tuple[str, str], ...]
    shallow: str
    deep: str
    suffixes: tuple[str, ...]
    has_crf: bool = True
    shallow_alpha: str | None = None
    deep_alpha: str | None = None
    whole_pixels: bool = False
    quality: str = "crf"


# NVIDIA's encoder: constant quality, which needs the bit rate out of the way. Experimental: not run by any GPU yet.
_NVENC = (("preset", "p5"), ("tune", "hq"), ("rc", "vbr"), ("b", "0"))
CODECS: dict[Codec, CodecChoice] = {
    # Encoding shares the cores with the network. Paint has much texture, and little motion that a search would find
    # exactly: "faster" with the shortest search, whole macroblocks between frames, one reference and no trellis keeps
    # it as well as "faster" itself, in as many bytes and less than half the time (tools/measure_encoding.py). The other
    # presets are those beyond which files hardly shrink.
    # Painted texture is what psychovisual optimisation and adaptive quantisation, on by default, keep best.
    "h264": CodecChoice("libx264", (("preset", "faster"), ("me_method", "dia"), ("subq", "1"), ("refs", "1"),
                                    ("partitions", "i8x8"), ("trellis", "0")), "yuv420p", "yuv420p10le",
                        (".mp4", ".m4v", ".mov", ".mkv")),
    "hevc": CodecChoice("libx265", (("preset", "medium"), ("x265-params", "log-level=error")), "yuv420p", "yuv420p10le",
                        (".mp4", ".m4v", ".mov", ".mkv")),
    "av1": CodecChoice("libsvtav1", (("preset", "6"),), "yuv420p", "yuv420p10le", (".mp4", ".mkv", ".webm")),
    "prores": CodecChoice("prores_ks", (("profile", "hq"),), "yuv422p10le", "yuv422p10le", (".mov", ".mkv"), False,
                          "yuva444p10le", "yuva444p10le"),
    # Of DNxHR the profile for 10 bits; sizes of any kind, unlike DNxHD's.
    "dnxhr": CodecChoice("dnxhd", (("profile", "dnxhr_hqx"),), "yuv422p10le", "yuv422p10le", (".mov", ".mkv"), False),
    "ffv1": CodecChoice("ffv1", (("level", "3"), ("g", "1"), ("slicecrc", "1")), "bgr0", "gbrp16le", (".mkv",), False,
                        "bgra", "gbrap16le", True),
    "h264-nvenc": CodecChoice("h264_nvenc", _NVENC, "yuv420p", "p010le", (".mp4", ".m4v", ".mov", ".mkv"),
                              quality="cq"),
    "hevc-nvenc": CodecChoice("hevc_nvenc", _NVENC, "yuv420p", "p010le", (".mp4", ".m4v", ".mov", ".mkv"),
                              quality="cq"),
}


_DNXHR_PROFILES = {"yuv422p": "dnxhr_hq", "yuv444p10le": "dnxhr_444", "gbrp10le": "dnxhr_444"}
EDITING: frozenset[Codec] = frozenset({"prores", "dnxhr"})
"""Codecs of editing, which come with plain samples of sound."""


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Everything that decides what an encoder writes; equal settings give bytes that can be joined.

    width, height: coded, at least the picture's; the picture's last row and column are repeated to fill them.
    """

    codec: Codec
    width: int
    height: int
    pix_fmt: str
    crf: int
    time_base: Fraction
    rate: Fraction
    sample_aspect_ratio: Fraction
    color: ColorTags

    def open(self) -> VideoCodecContext:
        """A new encoder, opened; raises ``SinkError`` where FFmpeg refuses the combination."""
        import av
        from av.video.codeccontext import VideoCodecContext

        choice = CODECS[self.codec]
        context = av.CodecContext.create(choice.encoder, "w")
        assert isinstance(context, VideoCodecContext)
        self.apply(context)
        try:
            with opening_encoders():
                context.open()
        except av.FFmpegError as error:
            remedy = ("without NVIDIA's driver, or on a GPU for servers, which has no encoder: --codec h264 or hevc"
                      if choice.encoder.endswith("_nvenc") else "choose another --codec or --size")
            raise SinkError(f"the {self.codec} encoder refuses {self.width}x{self.height} in {self.pix_fmt} "
                            f"({error.strerror})", remedy) from error
        return context

    def apply(self, context: VideoCodecContext) -> None:
        """Makes an unopened encoder one of these settings."""
        choice = CODECS[self.codec]
        context.width, context.height, context.pix_fmt = self.width, self.height, self.pix_fmt
        context.time_base, context.framerate = self.time_base, self.rate
        context.sample_aspect_ratio = self.sample_aspect_ratio
        context.colorspace, context.color_range = self.color.matrix_code, CODE_OF_RANGE[self.color.range]
        context.color_primaries, context.color_trc = self.color.primaries, self.color.transfer
        context.flags |= _GLOBAL_HEADER | _FRAME_DURATION
        context.options = dict(choice.options) | ({choice.quality: str(self.crf)} if choice.has_crf else {})
        if self.codec == "h264":
            context.thread_count = _X264_THREADS
            context.thread_type = "FRAME"  # slices, PyAV's choice, take 2 % more bytes and a third more time
            if _has_avx512():
                context.options = context.options | {"x264-params": "asm=avx2"}
        if self.codec in ("hevc", "hevc-nvenc"):
            context.codec_tag = "hvc1"  # what Apple's players ask for; hev1 they refuse
        if self.codec == "prores" and self.pix_fmt.startswith(("yuva444", "yuv444")):
            context.options = context.options | {"profile": "4444"}
        if self.codec == "dnxhr" and self.pix_fmt in _DNXHR_PROFILES:
            context.options = context.options | {"profile": _DNXHR_PROFILES[self.pix_fmt]}


def _has_avx512() -> bool:
    """Whether libx264 would use AVX-512: its macroblock tree then gives other bytes at each run of the same frames.

    Measured on an AMD EPYC with the libx264 of PyAV 18.1; with AVX2, or without the tree, all runs agree.
    """
    features: dict[str, bool] = getattr(import_module("numpy._core._multiarray_umath"), "__cpu_features__", {})
    return features.get("AVX512F", False) and features.get("AVX2", False)


def settings_for(info: StreamInfo, size: tuple[int, int], codec: Codec, crf: int, pix_fmt: str) -> EncoderSettings:
    """The settings that keep what is known of a stream; raises ``OptionError`` for what the codec cannot do."""
    if codec not in CODECS:
        raise OptionError(f"unknown codec {codec!r}", f"choose one of {', '.join(CODECS)}")
    if not 0 <= crf <= _LARGEST_CRF[codec]:
        raise OptionError(f"crf {crf} is out of range for {codec}", f"give 0 (best) to {_LARGEST_CRF[codec]}")
    chosen = pix_fmt_for(codec, pix_fmt, bit_depth=info.bit_depth, alpha=info.has_alpha)
    width, height = coded_size(codec, chosen, *size)
    return EncoderSettings(codec, width, height, chosen, crf, info.time_base, info.frame_rate or _DEFAULT_RATE,
                           info.sample_aspect_ratio, tags_written(info.color, rgb_format=is_rgb(chosen)))


def muxer_for(path: Path, codec: Codec) -> str:
    """FFmpeg's name for the container that a file name asks for; ``OptionError`` where it cannot hold the codec."""
    if codec not in CODECS:
        raise OptionError(f"unknown codec {codec!r}", f"choose one of {', '.join(CODECS)}")
    suffixes = CODECS[codec].suffixes
    if path.suffix.lower() not in suffixes:
        raise OptionError(f"{codec} cannot be written to {path.name!r}", f"end the name in {' or '.join(suffixes)}")
    return _MUXERS[path.suffix.lower()]


def pix_fmt_for(codec: Codec, wanted: str, *, bit_depth: int, alpha: bool) -> str:
    """The pixel format to encode in: ``wanted``, or for "auto" the one that keeps the source's depth and alpha."""
    from av.codec.codec import Codec as FFmpegCodec

    choice = CODECS[codec]
    if wanted == "auto":
        with_alpha = choice.deep_alpha if bit_depth > 8 else choice.shallow_alpha
        if alpha and with_alpha is not None:
            return with_alpha
        return choice.deep if bit_depth > 8 else choice.shallow
    formats = [known.name for known in FFmpegCodec(choice.encoder, "w").video_formats or ()]
    if wanted not in formats:
        raise OptionError(f"{codec} cannot be written as {wanted!r}", f"it takes: auto, {', '.join(formats)}")
    return wanted


def coded_size(codec: Codec, pix_fmt: str, width: int, height: int) -> tuple[int, int]:
    """The size to encode a picture in: its own, or the next one that the codec can declare."""
    across, down = steps_of(codec, pix_fmt)
    return -(-width // across) * across, -(-height // down) * down


def steps_of(codec: Codec, pix_fmt: str) -> tuple[int, int]:
    """What width and height have to be multiples of: two where the chroma is subsampled.

    In 4:2:0 H.264 and HEVC count cropping in whole chroma samples, so that an odd size cannot even be declared.
    """
    from av.video.format import VideoFormat

    if CODECS[codec].whole_pixels:
        return 1, 1
    kind = VideoFormat(pix_fmt, 64, 64)
    return 64 // kind.chroma_width(64), 64 // kind.chroma_height(64)


def size_for(info: StreamInfo, size: Size | None, codec: Codec, pix_fmt: str) -> tuple[int, int]:
    """The size to paint a film at: as it is, or as asked, its sides rounded to what the codec can hold."""
    if size is None or codec not in CODECS:  # an unknown codec is refused by name where it is opened
        return info.width, info.height
    chosen = pix_fmt_for(codec, pix_fmt, bit_depth=info.bit_depth, alpha=info.has_alpha)
    return size.of(info.width, info.height, steps_of(codec, chosen))


def keeps_alpha(pix_fmt: str) -> bool:
    """Whether a pixel format has an alpha plane."""
    from av.video.format import VideoFormat

    return any(part.is_alpha for part in VideoFormat(pix_fmt, 64, 64).components)


def is_rgb(pix_fmt: str) -> bool:
    """Whether a pixel format holds RGB rather than luma and chroma."""
    from av.video.format import VideoFormat

    return VideoFormat(pix_fmt, 64, 64).is_rgb
