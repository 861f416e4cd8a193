"""stylize-image over the shared folder of awkward pictures: each ends as its manifest says, and leaves no half file."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.outcome import Outcome
from shared_folder import shared

MANIFEST = shared("media", "MANIFEST-images.tsv")
if not MANIFEST.exists():
    pytest.skip("the shared folder of awkward media is not beside the checkout", allow_module_level=True)
with MANIFEST.open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t"))

pytestmark = pytest.mark.media


@pytest.mark.parametrize("row", ROWS, ids=lambda row: Path(row["path"]).name)
def test_each_picture_ends_as_the_manifest_says(command: Callable[..., Outcome], tmp_path: Path,
                                                row: dict[str, str]) -> None:
    output = tmp_path / "out.png"
    outcome = command("stylize-image", MANIFEST.parent / row["path"], "-s", "starry", "--model", "none", "-o", output)
    assert "Traceback" not in outcome.err
    if row["expect"].startswith("decode"):
        assert outcome.code == 0
        assert list(tmp_path.iterdir()) == [output]
        assert ("warning:" in outcome.err) >= ("warn" in row["expect"])
    else:
        assert outcome.code == 1
        assert list(tmp_path.iterdir()) == []
        assert outcome.err.count("error:") == 1
        assert Path(row["path"]).name in outcome.err
        assert "hint:" in outcome.err
