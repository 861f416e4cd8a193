"""Whether a run finds motion and holds steady by compiled loops, kept with it: OpenCV's form paints a little otherwise.

Whoever takes a run up, or works for a part of it, uses the form that it was begun in, whatever the process would use
for a run of its own: an interrupted film, or one painted in parts, is the uninterrupted one only then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from allaprima.errors import OptionError
from allaprima.loops.readiness import SWITCH, asked, compile_and_mark, mark_of_loops

ENTRY = "loops"
"""Among a run's settings; not there where the form is OpenCV's, as in all runs that were begun before there were any.
"""
COMPILED = "compiled"


def settings_of_form(by_loops: bool) -> dict[str, str]:
    """What the settings of a run say of its form."""
    return {ENTRY: COMPILED} if by_loops else {}


def recorded_form(settings: Mapping[str, object]) -> bool:
    """Whether a run of those settings was begun with compiled loops."""
    return settings.get(ENTRY) == COMPILED


@contextmanager
def kept_to(by_loops: bool, output: Path) -> Iterator[None]:
    """Within, this thread uses that form; where compiled loops are not compiled yet, it waits for that.

    output: of the run, for the error. Raises OptionError where they cannot be had.
    """
    if by_loops:
        require_loops(output)
    before = asked.set(by_loops)
    try:
        yield
    finally:
        asked.reset(before)


def form_of_thread() -> bool | None:
    """The form that this thread keeps to, for ``begin_thread`` of those that it starts."""
    return asked.get()


def begin_thread(by_loops: bool | None) -> None:
    """Has this thread keep to a form from now on; None for that of its process."""
    asked.set(by_loops)


def require_loops(output: Path) -> None:
    """Compiles the loops, or reads them where that was done; raises OptionError where they cannot be had."""
    mark = mark_of_loops()
    if mark is not None and compile_and_mark(mark):
        return
    if os.environ.get(SWITCH) == "off":
        lacking, remedy = f"{SWITCH}=off forbids", f"leave out {SWITCH}=off"
    elif mark is None:
        lacking, remedy = "numba, which is missing here, compiles", "pip install numba"
    else:
        lacking, remedy = "cannot be compiled here", "pip install --upgrade numba, or check the folder of the cache"
    raise OptionError(f"{output} was begun with compiled loops, which {lacking}", f"{remedy}, or begin it anew")
