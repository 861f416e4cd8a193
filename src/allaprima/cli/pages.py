"""Pages and sheets written to files, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from allaprima.cli.failures import tell
from allaprima.errors import OptionError


def write_page(path: Path, page: str | bytes, overwrite: bool) -> None:
    """Writes an HTML page or a PNG, and says so."""
    from allaprima.io.outputs import written_file

    with written_file(path, overwrite=overwrite) as file:
        file.write(page.encode("utf-8", "replace") if isinstance(page, str) else page)
    tell(f"wrote {path}")


def check_page(path: Path, overwrite: bool, suffixes: tuple[str, ...] = (".html", ".png"),
               read: Iterable[Path] = ()) -> None:
    """Raises before any work is done where a sheet cannot or must not be written to ``path``; read: what is read."""
    check_pages([path], overwrite, suffixes, read)


def check_pages(paths: Iterable[Path | None], overwrite: bool, suffixes: tuple[str, ...] = (".html", ".png"),
                read: Iterable[Path] = ()) -> None:
    """The same for several, each to a place of its own."""
    from allaprima.io.outputs import Outputs

    outputs = Outputs(read, overwrite=overwrite)
    for path in paths:
        if path is None:
            continue
        if path.suffix.lower() not in suffixes:
            raise OptionError(f"{path} is no sheet that can be written", f"end its name in {' or '.join(suffixes)}")
        outputs.claim(path)


def write_sheet(path: Path, html: Callable[[], str], png: Callable[[], bytes], overwrite: bool) -> None:
    """Writes the sheet as HTML or PNG, as the suffix of ``path`` says."""
    write_page(path, html() if path.suffix.lower() == ".html" else png(), overwrite)
