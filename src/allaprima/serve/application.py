"""The addresses that are answered, and what each does."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from allaprima.bundled import bundled_styles
from allaprima.errors import AllaprimaError
from allaprima.serve.guard import Door, Guard
from allaprima.serve.job import Job
from allaprima.serve.jobs import Command, Jobs
from allaprima.serve.limits import Limits
from allaprima.serve.refusals import Refused, told
from allaprima.serve.requests import film_job, fit_job, shown_job, values_in
from allaprima.serve.shelf import Shelf, parsed_parts
from allaprima.serve.sockets import Live, Perform
from allaprima.serve.uploads import Probe, Uploads, small_body
from allaprima.version import __version__
from allaprima.web.page import TYPES

STUDIO = Path(__file__).parent / "studio"
THUMBNAIL_PX = 256
THUMBNAILS = 256  # that are remembered
Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Programs:
    """What the server starts: the program that does a job, the one that looks at an upload, and a live show."""

    job: Command
    probe: Probe
    perform: Perform


def application(shelf: Shelf, limits: Limits, door: Door, programs: Programs, page: Path | None) -> Starlette:
    """The application of ASGI over a shelf; page: the folder of the page at its root, None for the studio alone."""
    shelf.tidy()
    jobs = Jobs(shelf, programs.job, limits.jobs)
    answers = Answers(shelf, limits, jobs, Uploads(shelf, limits, programs.probe), page is not None)
    live = Live(shelf, programs.perform)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with jobs, live:
            yield

    root = (Route("/", lambda request: RedirectResponse("/studio/")) if page is None
            else Mount("/", PageFiles(directory=page, html=True)))
    return Starlette(
        routes=[*answers.routes(), WebSocketRoute("/api/live", live.answer),
                Mount("/studio", StaticFiles(directory=STUDIO, html=True)), root],
        middleware=[Middleware(Guard, door=door)], lifespan=lifespan,
        exception_handlers={AllaprimaError: refusal, HTTPException: not_found, Exception: failure})


class PageFiles(StaticFiles):
    """The page's files, each of the type that browsers insist on, whatever this system takes suffixes for."""

    def file_response(self, full_path: PathLike, stat_result: os.stat_result, scope: Scope,
                      status_code: int = 200) -> Response:
        """The answer with a file."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["content-type"] = TYPES.get(Path(full_path).suffix, "application/octet-stream")
        return answer


async def refusal(request: Request, error: Exception) -> Response:
    """An error of ours as an answer."""
    assert isinstance(error, AllaprimaError)
    return JSONResponse(told(error), error.status if isinstance(error, Refused) else 400)


async def not_found(request: Request, error: Exception) -> Response:
    """What the framework refuses, in the same words."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": f"{request.url.path}: {error.detail}", "hint": None}, error.status_code)


async def failure(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the server goes on."""
    return JSONResponse({"error": f"this is a fault of the program: {type(error).__name__}", "hint": None}, 500)


class Answers:
    """What is answered under ``/api``, but for live sockets."""

    def __init__(self, shelf: Shelf, limits: Limits, jobs: Jobs, uploads: Uploads, page: bool) -> None:
        self._shelf, self._limits, self._jobs, self._uploads = shelf, limits, jobs, uploads
        self._page = page

    def routes(self) -> list[Route]:
        """The addresses."""
        return [Route("/api/about", self.about), Route("/api/uploads", self.upload, methods=["POST"]),
                Route("/api/films", self.film, methods=["POST"]), Route("/api/fits", self.fit, methods=["POST"]),
                Route("/api/jobs", self.list), Route("/api/jobs/{id}", self.job, methods=["GET"]),
                Route("/api/jobs/{id}", self.remove, methods=["DELETE"]),
                Route("/api/jobs/{id}/resume", self.resume, methods=["POST"]),
                Route("/api/jobs/{id}/result", self.result), Route("/api/jobs/{id}/{picture}.png", self.picture),
                Route("/api/styles/{name}.jpg", self.thumbnail)]

    async def about(self, request: Request) -> Response:
        """What this server is, and what it can be asked for."""
        fits = [job for job in self._jobs.all() if job.kind == "fit" and job.state == "done"]
        styles = [{"name": name, "label": name, "thumbnail": f"/api/styles/{name}.jpg"} for name in bundled_styles()]
        styles += [{"name": f"fit:{job.id}", "label": Path(job.name).stem, "thumbnail": f"/api/styles/fit:{job.id}.jpg"}
                   for job in fits]
        limits = self._limits
        return JSONResponse({"name": "allaprima", "allaprima": __version__, "page": self._page,
                             "models": ["balanced", "fast"], "styles": styles, "limits": {
                                 "upload_bytes": limits.film_bytes, "picture_bytes": limits.picture_bytes,
                                 "minutes": limits.minutes, "pixels": limits.film_pixels}})

    async def upload(self, request: Request) -> Response:
        """Takes in a film or a picture."""
        kind, name = request.query_params.get("kind", "film"), request.query_params.get("name", "")
        if kind not in ("film", "picture"):
            raise Refused(400, "an upload is a film or a picture", "ask with ?kind=film or ?kind=picture")
        taken = await self._uploads.take(request, "film" if kind == "film" else "picture", name)
        return JSONResponse({"upload": taken.id, "kind": taken.kind, "name": taken.name, "width": taken.width,
                             "height": taken.height, "frames": taken.frames, "seconds": taken.seconds}, 201)

    async def film(self, request: Request) -> Response:
        """Puts a film on the list."""
        return self._told(self._jobs.add(film_job(values_in(await small_body(request)), self._shelf)), 201)

    async def fit(self, request: Request) -> Response:
        """Puts a fit on the list."""
        return self._told(self._jobs.add(fit_job(values_in(await small_body(request)), self._shelf)), 201)

    async def list(self, request: Request) -> Response:
        """All jobs."""
        return JSONResponse({"jobs": [shown_job(job, self._shelf) for job in self._jobs.all()]})

    async def job(self, request: Request) -> Response:
        """One job."""
        return self._told(self._jobs.named(request.path_params["id"]))

    async def remove(self, request: Request) -> Response:
        """Cancels a job, or removes one that has ended, with the uploads that nothing else was made of."""
        job = self._jobs.named(request.path_params["id"])
        left = await run_in_threadpool(self._jobs.cancel_or_remove, job.id)
        if left is not None:
            return self._told(left)
        for upload in {job.upload, *(part for kind, part, _ in parsed_parts(job.style, strict=False) if kind)}:
            if not self._jobs.needs(upload):
                self._shelf.remove_upload(upload)
        return JSONResponse({"removed": job.id})

    async def resume(self, request: Request) -> Response:
        """Goes on with a job."""
        return self._told(self._jobs.resume(request.path_params["id"]))

    async def result(self, request: Request) -> Response:
        """What a job has made, to be saved."""
        job = self._jobs.named(request.path_params["id"])
        path = self._shelf.job_folder(job.id) / job.result
        if job.state != "done" or not path.is_file():
            raise Refused(404, f"that job is {job.state}: there is no result yet", "wait until it is done")
        return FileResponse(path, filename=result_name(job))

    async def picture(self, request: Request) -> Response:
        """A job's preview, or the sheet of a fit."""
        job, what = self._jobs.named(request.path_params["id"]), request.path_params["picture"]
        path = self._shelf.job_folder(job.id) / f"{what}.png"
        if what not in ("preview", "sheet") or not path.is_file():
            raise Refused(404, "there is no such picture yet")
        return FileResponse(path, headers={"Cache-Control": "no-cache"})

    async def thumbnail(self, request: Request) -> Response:
        """A small picture of a bundled style, or of one that was fitted here."""
        kind, _, name = request.path_params["name"].rpartition(":")
        if kind not in ("", "fit"):
            raise Refused(404, "there is no such style")
        content = await run_in_threadpool(thumbnail_of, self._shelf.style_path(kind, name))
        return Response(content, media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})

    def _told(self, job: Job, status: int = 200) -> Response:
        return JSONResponse(shown_job(job, self._shelf), status)


def result_name(job: Job) -> str:
    """What a result is saved as: after the film and the style, in letters that every system takes."""
    style = "+".join(name for kind, name, _ in parsed_parts(job.style, strict=False) if not kind) or "painted"
    stem = Path(job.name).stem
    return f"{stem}-{style}.mp4" if job.kind == "film" else f"{stem}.style"


@lru_cache(THUMBNAILS)
def thumbnail_of(path: Path) -> bytes:
    """A small picture of a style's file as JPEG."""
    import numpy as np
    from PIL import Image

    from allaprima.pipeline.looks.styles import shown_picture
    from allaprima.sheets import fitted

    picture = shown_picture(str(path))
    if picture is None:
        raise Refused(404, "that style has no picture")
    content = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(fitted(picture, THUMBNAIL_PX, THUMBNAIL_PX))).save(content, "JPEG", quality=85)
    return content.getvalue()
