"""What helps where a picture is larger than the limit of pixels: raising it, or only a smaller copy."""

from __future__ import annotations

from allaprima.runtimes.memory import free_bytes

_BYTES_A_PIXEL = 20  # at the worst moment of reading: 16 bits a channel with alpha, and copies made while decoding


def remedy_for(width: int, height: int) -> str:
    """The sentence to add: the option that allows so many pixels, where the memory for them is there."""
    needed, free = width * height * _BYTES_A_PIXEL, free_bytes()
    if free is not None and needed > free:
        return (f"reading it would take some {needed / 2**30:,.0f} GiB of memory, more than there is: "
                "make a smaller copy of it first")
    return f"if you trust it, --max-pixels {width * height} reads it"
