"""Numbers with their nouns, as sentences for people have them."""

from __future__ import annotations


def counted(number: int, noun: str, many: str | None = None) -> str:
    """The number with its noun in the right form: "1 frame", "2 frames"; ``many`` where an s does not make it."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"
