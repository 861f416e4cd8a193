"""``allaprima serve``: the program in a browser, of this machine or, with a token, of others."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.config import LiveOptions, StyleOptions
from allaprima.errors import Interrupted, MissingExtra, OptionError, SinkError, SourceError
from allaprima.sizes import Size, parsed_size

if TYPE_CHECKING:
    from allaprima.engines import Engine
    from allaprima.serve.limits import Limits
    from allaprima.serve.sockets import Perform, Show

HOST, PORT = "127.0.0.1", 8000
MIB = 1 << 20
LAST_WRITTEN = "files.json"  # of the page


def serve(
        host: Annotated[str, typer.Option(
            "--host", help="Whom to answer: 127.0.0.1 this machine alone, 0.0.0.0 all; others need --token.")] = HOST,
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 for any that is free.")] = PORT,
        token: Annotated[str | None, typer.Option(
            "--token", show_default=False, help="A word that visitors must show, printed as a link; new makes one up.",
            )] = None,
        folder: Annotated[Path | None, typer.Option(
            "--folder", show_default="the user's data folder", help="Where uploads, jobs and results lie.")] = None,
        max_upload: Annotated[int, typer.Option("--max-upload", min=1, help="MiB that a film may have.")] = 4096,
        max_minutes: Annotated[float, typer.Option("--max-minutes", help="Minutes that a film may run.")] = 60.0,
        max_size: Annotated[str, typer.Option(
            "--max-size", help="Pixels that a frame may have, as both sides.")] = "8192x4320",
        page: Annotated[bool, typer.Option(
            "--page/--no-page", help="The page that paints in the browser alone too, or the studio only.")] = True,
        version: given.Version = False) -> None:
    """Serve films, fits and live painting to a browser: allaprima serve, then open the link that it prints."""
    try:
        from allaprima.serve.application import Programs, application
        from allaprima.serve.server import bound, checked_token, server_for
    except ImportError as error:
        raise MissingExtra(error.name or "starlette", "serve", "serving") from error
    from allaprima.cli.serving import job_command, probe_command
    from allaprima.serve.guard import Door
    from allaprima.serve.shelf import Shelf

    token = secrets.token_hex(16) if token == "new" else token
    checked_token(host, token)
    limits = limits_for(max_upload, max_minutes, max_size)
    shelf = Shelf(folder or data_folder())
    with alone_in(shelf.folder), bound(host, port) as place:
        app = application(shelf, limits, Door(host, token), Programs(
            lambda job: job_command(shelf, job, limits),
            lambda upload, kind, name: probe_command(shelf, upload, kind, name, limits), performer()),
                          written_page() if page else None)
        link = link_to(host, place.getsockname()[1], token)
        server = server_for(app, lambda: say_open(link, shelf.folder))
        with suppress(KeyboardInterrupt):
            server.run([place])
    tell("ended: what was being done is taken up at the next start")


def say_open(link: str, folder: Path) -> None:
    """Says where the server answers, with the token: it is what the link is for, and everything else masks it."""
    typer.echo(f"open {link}", err=True)
    tell(f"uploads and results lie in {folder}; Ctrl-C ends")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """A block that only one server over that folder enters; raises ``SinkError`` where another one is at work."""
    from allaprima.io.locks import OutputLock

    lock = OutputLock(folder / "studio")
    try:
        lock.__enter__()
    except SinkError as error:
        raise SinkError(f"another server is at work in {folder}",
                        "open its link, or choose another --folder") from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def written_page() -> Path | None:
    """The page that paints in the browser alone, written into the cache; None where this installation has none.

    A program of its own writes it: that takes torch, which the server does without.
    """
    from allaprima.folders import cache_folder
    from allaprima.version import __version__
    from allaprima.web.page import page_folder

    try:
        built = page_folder() / "index.html"
    except SourceError as error:
        tell(f"note: {error}; the studio is served without it")
        return None
    folder = cache_folder("pages") / f"{__version__}-{built.stat().st_mtime_ns:x}"
    if not (folder / LAST_WRITTEN).is_file():
        shutil.rmtree(folder.parent, ignore_errors=True)  # what other versions wrote, or one that was interrupted
        tell("writing the page, once")
        done = subprocess.run([sys.executable, "-m", "allaprima", "web", str(folder)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            tell(f"note: the page could not be written: {said[-1] if said else ''}; the studio is served without it")
            return None
    return folder


def limits_for(megabytes: int, minutes: float, size: str) -> Limits:
    """The limits that the options ask for."""
    from allaprima.serve.limits import Limits

    sides = parsed_size(size)
    if sides.width is None or sides.height is None:
        raise OptionError(f"--max-size {size} is not both sides of a frame", "give it as 4096x2160")
    return Limits(film_bytes=megabytes * MIB, film_pixels=sides.width * sides.height, minutes=minutes)


def data_folder() -> Path:
    """Where uploads and results lie unless it is said otherwise."""
    import platformdirs

    return Path(platformdirs.user_data_dir("allaprima")) / "studio"


def link_to(host: str, port: int, token: str | None) -> str:
    """What to open in a browser."""
    shown = {"0.0.0.0": own_address(), "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/" + (f"?token={token}" if token is not None else "")


def own_address() -> str:
    """An address that other machines reach this one by, as far as it knows."""
    import socket

    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: it asks which way out it would take
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def performer() -> Perform:
    """What paints live shows: networks are opened by the first, and kept."""
    import threading

    engines: dict[str, Engine] = {}
    guard = threading.Lock()

    def perform(show: Show) -> None:
        from allaprima.cli.opening import open_engine
        from allaprima.pipeline.live import stage

        with guard:
            if show.model not in engines:
                engines[show.model] = open_engine(show.model, "auto", "auto")
        options = LiveOptions(size=Size(shorter=show.size), headless=True)
        with suppress(Interrupted):
            _, ending = stage.perform("browser", list(show.styles), [engines[show.model]], StyleOptions(), options,
                                      reader=lambda: show.camera, on_picture=show.on_picture, wires=show.wires,
                                      should_stop=show.camera.ended.is_set)
            if ending is not None:
                raise ending

    return perform
