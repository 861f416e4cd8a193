"""The one place that turns errors into text and exit codes.

0; 1 failed; 2 misused; 130 interrupted with the output closed properly. Data goes to stdout, all else to stderr.
"""

from __future__ import annotations

import sys

import typer

from allaprima.errors import AllaprimaError, Interrupted, OptionError

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def tell(text: str) -> None:
    """Says something to the user, on stderr."""
    typer.echo(text, err=True)


def tell_failure(error: AllaprimaError, name: str | None = None) -> None:
    """Says what failed, on stderr, with the remedy as a hint; ``name`` is the item of several that it befell."""
    tell(f"error: {name}: {error}" if name and name not in str(error) else f"error: {error}")
    if error.hint:
        tell(f"hint: {error.hint}")


def exit_code_of(error: AllaprimaError) -> int:
    """The exit code that tells a script what kind of failure it was."""
    if isinstance(error, Interrupted):
        return INTERRUPTED
    return MISUSED if isinstance(error, OptionError) else FAILED


def run(app: typer.Typer) -> None:
    """Runs a program to its exit code; an error of ours becomes a sentence and a hint, never a traceback."""
    try:
        app()
    except AllaprimaError as error:
        tell_failure(error)
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        tell("interrupted")
        sys.exit(INTERRUPTED)
    except MemoryError:
        tell("error: the memory of this machine does not suffice")
        tell("hint: give a smaller --size, or close other programs")
        sys.exit(FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except OSError as error:  # a name that the system itself refuses: too long, in a folder that may not be entered
        tell(f"error: cannot use {error.filename}: {error.strerror or error}")
        sys.exit(FAILED)
