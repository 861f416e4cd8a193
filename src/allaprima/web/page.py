"""Where the built page lies, and the headers that a server sends with it."""

from __future__ import annotations

from pathlib import Path

from allaprima.bundled import bundled_folder
from allaprima.errors import SourceError

POLICY = ("default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; "
          "connect-src 'self' blob: data:; img-src 'self' blob: data:; media-src 'self' blob:; "
          "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'")
"""What the page may load: nothing from anywhere else, so that nothing can be sent anywhere."""

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",     # these two let the page's network use several threads
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": POLICY,
}
"""Sent with every file of the page."""

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript",
         ".css": "text/css; charset=utf-8", ".json": "application/json", ".wasm": "application/wasm",
         ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".png": "image/png",
         ".webmanifest": "application/manifest+json"}
"""The types that browsers insist on, by suffix; everything else is ``application/octet-stream``."""


def page_folder() -> Path:
    """The folder of the built page; raises SourceError where this installation has none."""
    folder = bundled_folder("page")
    if folder is None or not (folder / "index.html").is_file():
        raise SourceError("this installation has no page: it was installed where Node was not at hand",
                          "install Node 20 or newer and reinstall allaprima, or build it in a checkout: "
                          "cd web && npm ci && npm run build")
    return folder
