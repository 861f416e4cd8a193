"""The folder of awkward media and data beside the checkout, which tests use where it is there."""

import os
from pathlib import Path


def shared(*parts: str) -> Path:
    """Return a path in the shared folder: beside the checkout, or where ALLAPRIMA_SHARED says. It need not exist."""
    beside = Path(__file__).parents[2] / "shared"
    return Path(os.environ.get("ALLAPRIMA_SHARED", beside)).joinpath(*parts)
