"""A place for one value between two threads: a newer one takes the older one's place."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Newest(Generic[Value]):
    """Holds the newest value until it is taken; ``replaced`` counts those that nobody took."""

    def __init__(self) -> None:
        self.replaced = 0
        self._value: Value | None = None
        self._error: BaseException | None = None
        self._ended = False
        self._changed = threading.Condition()

    def put(self, value: Value) -> None:
        """Puts a value in, over the one that is there."""
        with self._changed:
            self.replaced += self._value is not None
            self._value = value
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Says that no more values come; an error is raised where the next value would have been taken."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    @property
    def ended(self) -> bool:
        """Whether no value is there and none will come; says nothing of how it ended."""
        with self._changed:
            return self._ended and self._value is None

    def is_over(self) -> bool:
        """Whether no value is there and none will come; raises the error that it ended with, where nobody met it yet.

        Who leaves off taking values asks this and not ``ended``: an error that comes after the last look would be lost.
        """
        with self._changed:
            if not self._ended or self._value is not None:
                return False
            self._raise_error()
            return True

    def drop(self) -> None:
        """Throws away a value that nobody took; raises the error that it ended with, where nobody met it yet."""
        with self._changed:
            self._value = None
            self._raise_error()

    def take(self, timeout_seconds: float) -> Value | None:
        """The newest value, taken out; None where none comes in that time, or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._value is not None or self._ended, timeout_seconds)
            value, self._value = self._value, None
            if value is None:
                self._raise_error()
            return value

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error
