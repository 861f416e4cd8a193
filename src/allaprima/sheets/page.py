"""One HTML file that holds all it shows: headings, tables, pictures and curves, by day and by night.

The functions return fragments, safe to put one behind the other; ``page`` puts the sheet around them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --quiet: #6b6b70; --paper: #fbfaf7; --rule: #e3e0d8; --band: #f3f1ea;
  --line-0: #0b6bb8; --line-1: #c4501b; --line-2: #1b8a5a; --line-3: #a13d8f; --line-4: #9a7400; --line-5: #4b5ad1;
  --line-6: #00868f; --line-7: #6d6d6d; }
@media (prefers-color-scheme: dark) { :root { --ink: #ecebe8; --quiet: #9d9ca3; --paper: #17171a; --rule: #34343a;
  --band: #202024; --line-0: #6ab7f5; --line-1: #ff9a63; --line-2: #5fd39b; --line-3: #e58fd6; --line-4: #e3bd4a;
  --line-5: #9ea8ff; --line-6: #4ed0d8; --line-7: #b5b5b5; } }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .7rem; }
p { max-width: 46rem; margin: .5rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .38rem .9rem .38rem .5rem; border-bottom: 1px solid var(--rule); }
th { color: var(--quiet); font-weight: 600; font-size: .86rem; }
td.number, th.number { text-align: right; }
tbody tr:nth-child(even) { background: var(--band); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 1rem;
  align-items: start; margin: 1rem 0; }
.pictures.wide { grid-template-columns: 1fr; }
figure { margin: 0; }
figure img { display: block; width: 100%; height: auto; border-radius: 3px; }
figcaption { color: var(--quiet); font-size: .88rem; margin-top: .35rem; }
.chart svg { width: 100%; max-width: 60rem; height: auto; display: block; }
.chart .rule { stroke: var(--rule); } .chart .axis { stroke: var(--quiet); }
.chart text { fill: var(--quiet); font-size: 12px; } .chart .label { font-size: 13px; }
.chart .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.chart .fine { stroke-width: 1.1; }
.chart { margin: 1rem 0 1.8rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding-left: 4rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .45em; }
"""
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}

Cell = str | int | float | None


def page(title: str, *parts: str) -> str:
    """Return a whole HTML document of fragments made by the functions here and by ``chart``."""
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
            f"<body><h1>{escape(title)}</h1>\n{chr(10).join(parts)}\n</body></html>\n")


def heading(text: str) -> str:
    """Return a heading of a section."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a table; floats are shown with four figures, None as a dash, columns of numbers stand to the right."""
    numeric = [all(isinstance(row[at], int | float | None) for row in rows) for at in range(len(header))]
    marks = [' class="number"' if number and rows else "" for number in numeric]
    head = "".join(f"<th{mark}>{escape(name)}</th>" for name, mark in zip(header, marks, strict=True))
    body = "".join("<tr>" + "".join(f"<td{mark}>{escape(_text(cell))}</td>"
                                    for cell, mark in zip(row, marks, strict=True)) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def pictures(captioned: Sequence[tuple[bytes, str]], *, wide: bool = False) -> str:
    """Return PNG, JPEG or WebP files side by side, each over its caption; ``wide`` gives each the whole width.

    Raises ValueError for bytes that are none of them.
    """
    figures = "".join(f'<figure><img alt="{escape(caption)}" src="{_data_uri(data)}">'
                      f"<figcaption>{escape(caption)}</figcaption></figure>" for data, caption in captioned)
    return f'<div class="pictures{" wide" if wide else ""}">{figures}</div>'


def _data_uri(data: bytes) -> str:
    kind = next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), None)
    if kind is None:
        raise ValueError("a page shows PNG, JPEG and WebP files only")
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"
