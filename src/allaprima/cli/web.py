"""``allaprima web``: the page that paints in a browser, as static files for any web server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.errors import SinkError


def write_web(folder: Annotated[Path, typer.Argument(help="A folder for the page's files.", show_default=False)],
              overwrite: given.Overwrite = False) -> None:
    """Write the page that paints in a browser: allaprima web OUT; any web server shows it, nothing is sent anywhere."""
    from allaprima.io.outputs import sink_error
    from allaprima.web.page import HEADERS, page_folder
    from allaprima.web.writing import FIRST, KEPT, write_page

    page_folder()
    try:
        prepare(folder, overwrite=overwrite)
        parts = write_page(folder)
    except OSError as error:
        raise sink_error(folder, error) from error
    tell(f"{folder / 'index.html'}")
    for part in parts:
        when = ("at the first visit" if part.name in FIRST else
                "after it, to be kept" if part.name in KEPT else "when it is used")
        tell(f"  {part.name:20} {part.bytes / 1e6:6.2f} MB  {when}")
    first = sum(part.bytes for part in parts if part.name in FIRST)
    tell(f"  {'a first visit':20} {first / 1e6:6.2f} MB")
    tell("serve it over https (or from localhost: browsers give cameras to nothing else), best with these headers, "
         "which let its network use several threads:")
    for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"):
        tell(f"  {name}: {HEADERS[name]}")


def prepare(folder: Path, *, overwrite: bool) -> None:
    """Makes the folder, or empties one that holds an earlier page; raises SinkError where it holds anything else."""
    if folder.is_file():
        raise SinkError(f"cannot write the page to {folder}: it is a file", "choose another folder")
    if folder.is_dir() and any(folder.iterdir()):
        if not overwrite:
            raise SinkError(f"cannot write the page to {folder}: it is not empty",
                            "add --overwrite to replace an earlier page, or choose another folder")
        if not (folder / "models" / "about.json").is_file():
            raise SinkError(f"cannot replace what is in {folder}: it is no page of ours", "choose another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
