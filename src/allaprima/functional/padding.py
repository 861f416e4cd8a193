"""Where a picture lies inside the padded one that a network sees. Plain integers: no tensor library is needed."""

from __future__ import annotations

from dataclasses import dataclass

MULTIPLE = 8     # the compact networks halve the picture three times
MARGIN = 8       # training shows the loss the inside of crops, this far from their border
SMALLEST = 16    # reflection needs more pixels than it reflects; smaller pictures are edge-extended first


@dataclass(frozen=True, slots=True)
class Padding:
    """Pixels added on each side of a picture of ``height`` x ``width``, so that both become multiples of eight."""

    height: int
    width: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def padded_height(self) -> int:
        """Rows of the padded picture."""
        return self.top + self.height + self.bottom

    @property
    def padded_width(self) -> int:
        """Columns of the padded picture."""
        return self.left + self.width + self.right

    def inside(self, reduction: int) -> tuple[slice, slice]:
        """Rows and columns of a feature map at 1/``reduction`` that hold picture, the padding left out."""
        top, left = self.top // reduction, self.left // reduction
        return (slice(top, top + -(-self.height // reduction)), slice(left, left + -(-self.width // reduction)))


def padding_for(height: int, width: int, margin: int = MARGIN) -> Padding:
    """Padding of ``margin`` pixels around a picture, and what more its bottom and right need to reach a multiple."""
    return Padding(height, width, margin, margin + -height % MULTIPLE, margin, margin + -width % MULTIPLE)
