"""Streams by their URL; films among them whose server sends no parts are fetched as a whole first."""

from __future__ import annotations

import tempfile
from pathlib import Path

from allaprima.addresses import shown_address
from allaprima.errors import SourceError
from allaprima.io.camera.film import FilmReader
from allaprima.io.camera.stream import OPEN_SECONDS, STALLED_SECONDS, StreamReader
from allaprima.io.camera.taken import Taken, Waiting

LARGEST_FILM = 4 << 30  # bytes: what a server sends may not fill the disk
_CHUNK = 1 << 18


class BegunStream:
    """A stream whose first picture, already read, comes first."""

    def __init__(self, stream: StreamReader, first: Taken | Waiting | None) -> None:
        self.fps = stream.fps
        self._stream = stream
        self._first: Taken | Waiting | None = first

    def read(self) -> Taken | Waiting | None:
        """The next picture, None at the end."""
        first, self._first = self._first, None
        return self._stream.read() if first is None else first

    def close(self) -> None:
        self._stream.close()


class FetchedFilm(FilmReader):
    """The film at an HTTP address, fetched into a file that is gone when this is closed.

    Raises ``SourceError`` where it cannot be fetched or is no film.
    """

    def __init__(self, url: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="allaprima-film-")
        path = Path(self._folder.name) / "film"
        try:
            fetch(url, path)
            super().__init__(path)
        except SourceError as error:
            self._folder.cleanup()
            raise SourceError(str(error).replace(str(path), shown_address(url)), error.hint) from None
        except BaseException:
            self._folder.cleanup()
            raise

    def close(self) -> None:
        super().close()
        self._folder.cleanup()


def opened_stream(url: str) -> StreamReader | BegunStream | FetchedFilm:
    """What plays the URL; raises ``SourceError`` where nothing does.

    FFmpeg cannot play an MP4 whose index stands at its end from a server that sends no parts of files, as Python's own
    does not: such a film is fetched first.
    """
    stream = StreamReader(url)
    if not stream.is_film:
        return stream
    try:
        return BegunStream(stream, stream.read())
    except SourceError:
        stream.close()
        if not url.lower().startswith(("http://", "https://")):
            raise
    return FetchedFilm(url)


def fetch(url: str, path: Path) -> None:
    """Writes what the address holds into the file; raises ``SourceError``."""
    import requests

    name = shown_address(url)
    try:
        with requests.get(url, stream=True, timeout=(OPEN_SECONDS, STALLED_SECONDS)) as answer, path.open("wb") as file:
            answer.raise_for_status()
            for chunk in answer.iter_content(_CHUNK):
                if file.tell() > LARGEST_FILM:
                    raise SourceError(f"cannot fetch the film {name}: it is larger than {LARGEST_FILM >> 30} GiB",
                                      "fetch it with another program, and give its file")
                file.write(chunk)
    except requests.RequestException as error:  # whose text holds the address with its password
        reason = getattr(getattr(error, "response", None), "reason", None) or type(error).__name__
        raise SourceError(f"cannot fetch the film {name}: {reason}",
                          "check that the address is right and that the server is on") from None
