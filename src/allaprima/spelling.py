"""What a word that nobody knows may have been meant for."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

LIKENESS = 0.7  # of difflib's ratio: stary is starry, art is not starry
LONGEST = 100   # characters: what is longer was not mistyped


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is nearest to a mistyped one; None where none is near."""
    if len(word) > LONGEST:
        return None
    by_folded = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold(), by_folded, 1, LIKENESS)
    return by_folded[found[0]] if found else None


def guess(word: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy: the word that was meant, put as a question, and the sentence that stands without it."""
    meant = nearest(word, known)
    return otherwise if meant is None else f"did you mean {meant}? else {otherwise}"


def names_in(folder: Path) -> list[str]:
    """The names in a folder; none where it cannot be listed."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (OSError, ValueError):
        return []
