"""Builds the page that paints in a browser into a wheel, where Node is at hand: a build hook of hatchling.

A user of the wheel needs no Node. Where there is none at the build, the wheel has no page, and ``allaprima web`` says
so. ALLAPRIMA_PAGE=skip leaves the page out, ALLAPRIMA_PAGE=require makes a build without it fail.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSTALL_SECONDS, BUILD_SECONDS = 240, 120
IGNORED = ("node_modules", "dist", "tests")
STAMP = ".built"


class PageBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own parameter is of no use here
    """Puts the built page beside the bundled weights."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, dict[str, str]]) -> None:
        """Called before the wheel is put together; an editable one finds the page in the checkout."""
        wanted = os.environ.get("ALLAPRIMA_PAGE", "")
        page = Path(self.root) / "web"
        if version == "editable" or wanted == "skip" or not (page / "package.json").is_file():
            return
        reason = built(page)
        if reason is None:
            build_data["force_include"][str(page / "dist")] = "allaprima/bundled/page"
        elif wanted == "require":
            raise RuntimeError(f"the page cannot be built: {reason}")
        else:
            self.app.display_warning(f"this wheel has no page for browsers: {reason}")


def built(page: Path) -> str | None:
    """Builds the page unless what was built before is of the same sources; why that did not work, or None."""
    digest, stamp = sources_of(page), page / STAMP
    if (page / "dist" / "index.html").is_file() and stamp.is_file() and stamp.read_text() == digest:
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "Node is not installed"
    for command, seconds in (([npm, "ci", "--ignore-scripts", "--fetch-retries=1", "--no-progress"], INSTALL_SECONDS),
                             ([npm, "run", "build"], BUILD_SECONDS)):
        try:
            subprocess.run(command, cwd=page, check=True, timeout=seconds, capture_output=True)
        except subprocess.TimeoutExpired:
            return f"{' '.join(command[1:3])} took more than {seconds} seconds"
        except subprocess.CalledProcessError as error:
            said = (error.stderr or error.stdout).decode(errors="replace").strip().splitlines()
            return f"{' '.join(command[1:3])} failed: {said[-1] if said else error.returncode}"
    stamp.write_text(digest)
    return None


def sources_of(page: Path) -> str:
    """A hash over all that the page is built of."""
    digest = hashlib.sha256()
    for path in sorted(page.rglob("*")):
        name = path.relative_to(page)
        if path.is_file() and name.parts[0] not in IGNORED and name.name != STAMP:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
