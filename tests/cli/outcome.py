"""What a command left behind."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str
