"""The report of a run: one HTML file with what was trained on what, the curves, and the first and last sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from allaprima.sheets import Curve, chart, heading, page, paragraph, pictures, table
from allaprima.train import log

SKIPPED_SHOWN = 20
JPEG_QUALITY = 90  # sheets are large, and their details are looked at in the PNG files beside the report
NOT_DRAWN = frozenset({"step", "progress", "rate", "network", "elapsed_seconds"})


def curves_of(entries: Sequence[log.Entry]) -> dict[str, list[Curve]]:
    """For every loss the curves of the networks, smoothed: a batch is a small sample."""
    networks = sorted({str(entry["network"]) for entry in entries})
    found: dict[str, list[Curve]] = {}
    for name in networks:
        own = [entry for entry in entries if entry["network"] == name]
        for key in [key for key in own[0] if key not in NOT_DRAWN]:
            values = [float(entry[key]) for entry in own if key in entry]
            steps = [int(entry["step"]) for entry in own if key in entry]
            found.setdefault(key, []).append(Curve(name, steps, smoothed(values)))
    return found


def smoothed(values: Sequence[float]) -> list[float]:
    """Running means over a twentieth of the values, shorter at both ends."""
    reach = len(values) // 40
    windows = [values[max(0, at - reach):at + reach + 1] for at in range(len(values))]
    return [sum(window) / len(window) for window in windows]


def as_jpeg(path: Path) -> bytes:
    """A picture's file as JPEG."""
    encoded = BytesIO()
    with Image.open(path) as picture:
        picture.convert("RGB").save(encoded, "JPEG", quality=JPEG_QUALITY)
    return encoded.getvalue()


def write_report(folder: Path, title: str, recipe: Mapping[str, str], entries: Sequence[log.Entry],
                 skipped: Sequence[tuple[str, str]]) -> Path:
    """Writes ``report.html`` into the run's folder and gives back its path."""
    parts = [heading("Recipe"), table(("value", "is"), list(recipe.items()))]
    if entries:
        last = {str(entry["network"]): entry for entry in entries}
        steps, seconds = int(entries[-1]["step"]), float(entries[-1]["elapsed_seconds"])
        parts.append(paragraph(f"{steps} steps in {seconds / 3600:.2f} hours."))
        for name, entry in last.items():
            shown = [(key, float(value)) for key, value in entry.items() if key not in NOT_DRAWN]
            parts += [heading(f"Last losses of {name}"), table(("loss", "value"), shown)]
        parts.append(heading("Losses"))
        parts += [chart(curves, x_label="step", y_label=key) for key, curves in curves_of(entries).items()]
    for name in sorted({path.stem.rsplit("-", 1)[0] for path in folder.glob("sheet-*.png")}):
        sheets = sorted(folder.glob(f"{name}-*.png"))
        shown_sheets = sheets[:1] + sheets[-1:] if len(sheets) > 1 else sheets
        parts += [heading(f"Pictures of {name.removeprefix('sheet-')}"),
                  paragraph("Left the content; then the first style at strengths 0, 0.25, 0.5 and 0.75; "
                            "then every style at full strength."),
                  pictures([(as_jpeg(path), f"step {int(path.stem.rsplit('-', 1)[1])}") for path in shown_sheets],
                           wide=True)]
    if skipped:
        parts += [heading(f"Pictures left out: {len(skipped)}"), table(("picture", "why"), skipped[:SKIPPED_SHOWN])]
    path = folder / "report.html"
    path.write_text(page(title, *parts), encoding="utf-8", errors="replace")  # names may be in no UTF-8
    return path
