"""Lines of text that are shown together, for MP4 and MOV, which show one after the other only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lines:
    """Text and when it is shown, in ticks of its stream."""

    begins: int
    ends: int
    text: bytes


class OneAfterTheOther:
    """Cuts lines that overlap where one begins or ends, and shows together what is shown at the same time.

    Lines come in the order of their beginnings; one that comes too late begins where all before it are handed out.
    """

    def __init__(self) -> None:
        self._shown: list[Lines] = []
        self._until: int | None = None

    def add(self, lines: Lines) -> Iterator[Lines]:
        """What is certain once these lines have begun."""
        yield from self._cut(lines.begins)
        self._shown.append(lines)

    def rest(self) -> Iterator[Lines]:
        """What is still shown at the end."""
        yield from self._cut(max((lines.ends for lines in self._shown), default=0))

    def _cut(self, limit: int) -> Iterator[Lines]:
        """Everything before a time, cut at the beginnings and ends of the lines in it."""
        while self._shown:
            begins = min(lines.begins for lines in self._shown)
            begins = begins if self._until is None else max(begins, self._until)
            if begins >= limit:
                return
            changes = [time for lines in self._shown for time in (lines.begins, lines.ends) if time > begins]
            ends = min([limit, *changes])
            texts = [lines.text for lines in self._shown if lines.begins <= begins < lines.ends]
            if texts:
                yield Lines(begins, ends, b"\\N".join(texts))
            self._until = ends
            self._shown = [lines for lines in self._shown if lines.ends > ends]
