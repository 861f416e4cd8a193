"""Every film of the shared folder of awkward media ends as its manifest says, its times and its sound kept."""

from pathlib import Path

import pytest

from shared_folder import shared
from sweep_films import rows, sweep

MEDIA = shared("media")
if not (MEDIA / "MANIFEST.tsv").exists():
    pytest.skip("the shared folder of awkward media is not beside the checkout", allow_module_level=True)
ROWS = rows(MEDIA)

pytestmark = pytest.mark.media


@pytest.mark.parametrize("row", ROWS, ids=lambda row: Path(row["path"]).name)
def test_a_film_comes_through_as_its_manifest_says(row: dict[str, str], tmp_path: Path) -> None:
    outcome = sweep(MEDIA, row, tmp_path)
    assert not outcome.faults, outcome
