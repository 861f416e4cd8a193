"""The one place that turns errors into text and exit codes.

0; 1 failed; 2 misused; 130 interrupted with the output closed properly. Data goes to stdout, all else to stderr.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

import typer

from allaprima.addresses import shown_address, without_secrets
from allaprima.errors import AllaprimaError, Interrupted, OptionError

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
DEBUG = "ALLAPRIMA_DEBUG"
"""Set to anything, this shows where in the program an unexpected error came from."""


def tell(text: str) -> None:
    """Says something to the user, on stderr; passwords in addresses are masked, whoever wrote the text."""
    typer.echo(without_secrets(text), err=True)


def tell_from_anywhere(text: str) -> None:
    """The same from a signal's handler, which may come in the middle of the program's own writing."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


def tell_failure(error: AllaprimaError, name: str | None = None) -> None:
    """Says what failed, on stderr, with the remedy as a hint; ``name`` is the item of several that it befell."""
    tell(f"error: {name}: {error}" if name and name not in str(error) else f"error: {error}")
    if error.hint:
        tell(f"hint: {error.hint}")


def told_of(interrupt: KeyboardInterrupt, otherwise: str) -> Interrupted:
    """What the work that Ctrl-C ended says of it, or the sentence, where it says nothing."""
    return interrupt.__cause__ if isinstance(interrupt.__cause__, Interrupted) else Interrupted(otherwise)


def exit_code_of(error: AllaprimaError) -> int:
    """The exit code that tells a script what kind of failure it was."""
    if isinstance(error, Interrupted):
        return INTERRUPTED
    return MISUSED if isinstance(error, OptionError) else FAILED


def run(app: typer.Typer) -> None:
    """Runs a program to its exit code; whatever is raised becomes a sentence and a hint, never a traceback."""
    from allaprima.io.interruptions import interruptions

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # a file's name comes out as the bytes that it is
    try:
        with interruptions(tell_from_anywhere):
            app()
    except AllaprimaError as error:
        shown_where(error)
        tell_failure(error)
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        tell("interrupted")
        sys.exit(INTERRUPTED)
    except MemoryError as error:
        shown_where(error)
        tell("error: the memory of this machine does not suffice")
        tell("hint: give a smaller --size, or close other programs")
        sys.exit(FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except OSError as error:  # a name that the system itself refuses: too long, in a folder that may not be entered
        shown_where(error)
        tell(f"error: cannot use {error.filename}: {error.strerror or error}" if error.filename
             else f"error: {attempted()} failed: {error}")
        sys.exit(FAILED)
    except Exception as error:  # what nobody foresaw: still one sentence
        shown_where(error)
        tell(f"error: {attempted()} failed: {sentence_of(error)}")
        tell(f"hint: this is a fault of the program; please report it with what {DEBUG}=1 shows")
        sys.exit(FAILED)


def attempted() -> str:
    """The command as it was given, as far as one line holds it."""
    program = Path(sys.argv[0]).stem.strip("_").replace("main", "allaprima")
    words = [program, *map(shown_address, sys.argv[1:])]
    text = " ".join(words).encode(errors="replace").decode().replace("\n", " ")
    return text if len(text) <= 160 else text[:157] + "..."


def sentence_of(error: Exception) -> str:
    """The kind of an error and the first line of what it says."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:300]}" if said else type(error).__name__


def shown_where(error: BaseException) -> None:
    """Shows the way an error took through the program, where that was asked for."""
    if os.environ.get(DEBUG):
        import traceback

        tell("".join(traceback.format_exception(error)).rstrip())
