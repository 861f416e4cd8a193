"""What a visitor is told who asks for what cannot be: a status and a sentence."""

from __future__ import annotations

from allaprima.errors import AllaprimaError


class Refused(AllaprimaError):  # noqa: N818  it names what happens to the asker
    """Something asked for by a browser is refused, with that status of HTTP."""

    def __init__(self, status: int, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.status = status


def told(error: AllaprimaError) -> dict[str, str | None]:
    """An error as a browser is told of it."""
    return {"error": str(error), "hint": error.hint}
