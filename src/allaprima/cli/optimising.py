"""What is shown of an optimisation, which takes minutes: its loss falling, how far it is, and the time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from allaprima.cli.failures import tell

if TYPE_CHECKING:
    from allaprima.engines import Engine
    from allaprima.engines.optimising import Step

OPTIMISER = "gatys"
TOLD_SECONDS = 5.0  # between lines: steps take from milliseconds to half a minute


@contextmanager
def optimising(stream: TextIO, name: str) -> Iterator[Callable[[Step], None]]:
    """What is to be told every step of a picture's optimisation: a bar in a terminal, a line now and then elsewhere."""
    if not stream.isatty():
        yield Lines(name)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Task as Bar
    from rich.text import Text

    class TimeLeft(TimeElapsedColumn):
        """By the whole time so far: the speed of the latest steps jumps with the size of the picture."""

        def render(self, task: Bar) -> Text:
            return Text(left_words(task.elapsed or 0.0, task.completed))

    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeLeft(),
                  console=Console(file=stream), transient=True) as bars:
        task = bars.add_task(f"{name}: looking at it", total=1.0)
        first: list[float] = []

        def watch(step: Step) -> None:
            first.append(step.loss)
            height, width = step.picture.shape[2:]
            bars.update(task, completed=step.done,
                        description=f"{name}: {width}x{height}, loss {step.loss:.3g}, from {first[0]:.3g}")

        yield watch


@contextmanager
def watched(engine: Engine, name: str) -> Iterator[None]:
    """A block in which an optimiser's steps are shown; no other engine takes long enough."""
    if engine.name != OPTIMISER:
        yield
        return
    from allaprima.engines.gatys import GatysEngine

    assert isinstance(engine, GatysEngine)
    with optimising(sys.stderr, name) as engine.watch:
        yield


class Lines:
    """Says now and then what the loss is made of, and the time left."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = self._told = time.monotonic()

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        if not step.last and now - self._told < TOLD_SECONDS:
            return
        self._told = now
        height, width = step.picture.shape[2:]
        terms = ", ".join(f"{name} {value:.3g}" for name, value in step.terms.items())
        left = "" if step.last else f"; {left_words(now - self._began, step.done)}"
        tell(f"{self._name}: step {step.number}, evaluation {step.evaluations} of about {step.count}, "
             f"{width}x{height}: loss {step.loss:.4g} ({terms}){left}")


def left_words(elapsed: float, done: float) -> str:
    """The time left, of work of which a share is done, as people say it; nothing where nothing is known yet."""
    if done <= 0:
        return ""
    seconds = elapsed * (1 - done) / done
    return f"about {seconds:.0f} s left" if seconds < 100 else f"about {seconds / 60:.0f} min left"
