"""Where allaprima keeps what it can make or fetch again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """That folder of the user's cache; ``ALLAPRIMA_CACHE`` names another cache than the system's."""
    import platformdirs

    return Path(os.environ.get("ALLAPRIMA_CACHE") or platformdirs.user_cache_dir("allaprima")) / name
