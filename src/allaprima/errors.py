"""The exception tree: every failure that a user can meet has one place in it.

::

    AllaprimaError            something was attempted and did not work
    ├── OptionError           a value asked for cannot be used (exit code 2)
    ├── SourceError           a film, picture, sequence or camera cannot be read
    ├── SinkError             a result cannot be written
    ├── WeightsError          weights are missing, damaged or unreachable
    ├── DeviceError           a device cannot be used
    │   └── OutOfMemory       ... because its memory does not suffice
    ├── TrainingError         a training run cannot start or go on
    ├── Interrupted           a run was ended before it was done; what was finished is kept (exit code 130)
    └── MissingExtra          an optional package is not installed

A message says what was attempted and with which value; ``hint`` is the remedy, a sentence that names the next step.
Passwords in addresses that a message names are masked here, whoever wrote it.
"""

from allaprima.addresses import without_secrets


class AllaprimaError(Exception):
    """Something was attempted and did not work; the message says what and with which value."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(without_secrets(message))
        self.hint = None if hint is None else without_secrets(hint)


class OptionError(AllaprimaError):
    """A value asked for is out of range, unknown, or does not fit the others."""


class SourceError(AllaprimaError):
    """A film, picture, sequence or camera cannot be opened or read."""


class SinkError(AllaprimaError):
    """A result cannot be written; nothing stands under its final name."""


class WeightsError(AllaprimaError):
    """Weights are missing, damaged, or cannot be fetched."""


class DeviceError(AllaprimaError):
    """A device is absent or cannot run what was asked of it."""


class OutOfMemory(DeviceError):  # noqa: N818  the field's own name
    """A device's memory does not suffice for the work asked of it."""


class TrainingError(AllaprimaError):
    """A training run cannot start, or had to stop; the last good checkpoint is kept."""


class Interrupted(AllaprimaError):  # noqa: N818  not an error of anyone's
    """A run was ended before it was done; the message says what was finished and where it is.

    Raised where the caller asked for it; after Ctrl-C it is the cause of the KeyboardInterrupt.
    """


class MissingExtra(AllaprimaError):  # noqa: N818  says what is missing
    """An optional package is needed and not installed."""

    def __init__(self, package: str, extra: str, purpose: str, hint: str | None = None) -> None:
        super().__init__(f"{purpose} needs the package {package}, which is not installed",
                         hint or f"pip install 'allaprima[{extra}]'")
