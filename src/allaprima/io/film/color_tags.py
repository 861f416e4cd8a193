"""What a stream says of its colours, and what is written of them: pixels and tags change together."""

from __future__ import annotations

from dataclasses import replace

from allaprima.errors import SourceError
from allaprima.frames import ColorTags, Matrix, Range

UNSPECIFIED = 2
MATRIX_OF_CODE: dict[int, Matrix] = {0: "rgb", 1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020"}
"""FCC (4) and SMPTE 240M (7) are written back as their nearest living relatives; they are read as they are."""
CODES_WRITTEN: dict[Matrix, tuple[int, ...]] = {"rgb": (0,), "bt601": (6, 5), "bt709": (1,), "bt2020": (9,)}
RANGE_OF_CODE: dict[int, Range] = {1: "limited", 2: "full"}
CODE_OF_RANGE: dict[Range, int] = {"limited": 1, "full": 2}
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
BT709_LIMITED = ColorTags("bt709", "limited", 1, 1, 1, tagged=True)


def tags_of(matrix: int, color_range: int, primaries: int, transfer: int, *, rgb: bool, full_range_format: bool,
            width: int, height: int) -> ColorTags:
    """The tags of a stream, from FFmpeg's numbers; what is untagged is read as players read it.

    Untagged YUV is BT.601 in standard definition and BT.709 in high, limited range unless the pixel format says full.
    A matrix that the converter does not know raises ``SourceError`` rather than giving wrong colours.
    """
    tagged = matrix != UNSPECIFIED or rgb
    if rgb:
        return ColorTags("rgb", "full", 0, primaries, transfer, tagged)
    if matrix == 0:
        raise SourceError("the stream's colours cannot be read: YUV pixels tagged with an RGB matrix",
                          "correct the tag, e.g. with a remux that sets the colour space, and try again")
    if tagged and matrix not in MATRIX_OF_CODE:
        raise SourceError(f"the stream's colour matrix (code {matrix} of ISO/IEC 23091-2) is not supported",
                          "convert the film to BT.601, BT.709 or BT.2020 first")
    name = MATRIX_OF_CODE[matrix] if tagged else assumed_matrix(width, height)
    found_range = RANGE_OF_CODE.get(color_range, "full" if full_range_format else "limited")
    return ColorTags(name, found_range, matrix, primaries, transfer, tagged)


def assumed_matrix(width: int, height: int) -> Matrix:
    """The matrix that players assume of untagged pictures of this size."""
    return "bt709" if max(width, height) >= 1280 or min(width, height) > 576 else "bt601"


def tags_written(tags: ColorTags, *, rgb_format: bool) -> ColorTags:
    """The tags an output carries so that they say what its pixels were converted with.

    RGB stays RGB where the pixel format is RGB, and becomes BT.709 limited otherwise. Untagged sources come out tagged
    with what they were read as; primaries and transfer are copied, unspecified ones stay so.
    """
    if rgb_format:
        return replace(tags, matrix="rgb", range="full", matrix_code=0, tagged=True)
    if tags.matrix == "rgb":
        return replace(tags, matrix="bt709", range="limited", matrix_code=1, tagged=True)
    codes = CODES_WRITTEN[tags.matrix]
    return replace(tags, matrix_code=tags.matrix_code if tags.matrix_code in codes else codes[0], tagged=True)
