"""Progress on stderr: bars in a terminal, silence elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def fetching(stream: TextIO) -> Iterator[Callable[[int, int | None], None]]:
    """A callback for bytes fetched; the bar appears with the first of them."""
    if not stream.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    bars = Progress(TextColumn("fetching weights"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
                    console=Console(file=stream), transient=True)
    task = bars.add_task("", total=None, start=True)

    def progress(done: int, total: int | None) -> None:
        if not bars.live.is_started:
            bars.start()
        bars.update(task, completed=done, total=total)

    try:
        yield progress
    finally:
        bars.stop()


@contextmanager
def painting(stream: TextIO, name: str) -> Iterator[tuple[Callable[[int | None], None], Callable[[int], None]]]:
    """Two callbacks for a film: how many frames will come, and how many more are painted."""
    if not stream.isatty():
        yield (lambda total: None), (lambda count: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Task as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Bar) -> Text:
            return Text(f"{task.speed:.1f} fps" if task.speed else "")

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(),
                  console=Console(file=stream), transient=True) as bars:
        task = bars.add_task(name, total=None)
        yield (lambda total: bars.update(task, total=total)), (lambda count: bars.advance(task, count))
