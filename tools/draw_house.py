"""Draws the house into docs/pictures/house.svg: floors, rooms, and every import between rooms as a line downwards."""

from __future__ import annotations

import textwrap
from html import escape
from pathlib import Path

from house import FILES, FLOORS, imported_rooms, inner_rooms, purpose_of, room_of

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "house.svg"
SHOWN = tuple(tuple(room for room in rooms if room not in ("__main__", "__init__", "version")) for rooms in FLOORS)
WIDTH, MARGIN, GAP = 1120, 24, 20
LINE_HEIGHT, BETWEEN_FLOORS = 15, 46
COLORS = ("#2f5d8a", "#b5523b", "#3d7a57", "#8a6d2f", "#6b4c8a", "#2f7f86", "#9a3f6a", "#5a6472")


def house() -> str:
    """The picture as SVG text: the same imports give the same text."""
    boxes: dict[str, tuple[float, float, float, float]] = {}
    parts: list[str] = []
    top = float(MARGIN)
    for floor, rooms in enumerate(rooms for rooms in SHOWN if rooms):
        width = (WIDTH - 2 * MARGIN - GAP * (len(rooms) - 1)) / len(rooms)
        texts = {room: lines_of(room, width) for room in rooms}
        height = 30 + LINE_HEIGHT * max(len(lines) for lines in texts.values())
        for place, room in enumerate(rooms):
            left = MARGIN + place * (width + GAP)
            boxes[room] = left, top, width, height
            parts += drawn(room, texts[room], boxes[room], COLORS[floor % len(COLORS)])
        top += height + BETWEEN_FLOORS
    total = top - BETWEEN_FLOORS + MARGIN
    lines = [line(boxes[one], boxes[other]) for one, other in arrows() if one in boxes and other in boxes]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total:.0f}" font-family="sans-serif">',
        '<title>The rooms of allaprima on their floors; lines are imports, which go down only</title>',
        '<rect width="100%" height="100%" fill="#faf8f4"/>',
        *lines, *parts, "</svg>", ""])


def arrows() -> list[tuple[str, str]]:
    """Every pair of rooms of which the first imports from the second."""
    return sorted({(room_of(path), room) for path in FILES for room in imported_rooms(path)})


def lines_of(room: str, width: float) -> list[str]:
    """What is written in a room's box: its purpose, and its inner rooms."""
    inner = inner_rooms(room)
    text = purpose_of(room) + (f" [{', '.join(inner)}]" if inner else "")
    return textwrap.wrap(text, max(12, int(width / 6.7)))


def drawn(room: str, lines: list[str], box: tuple[float, float, float, float], color: str) -> list[str]:
    """A room: a box with its name and the lines under it."""
    left, top, width, height = box
    return [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" fill="#fff" '
        f'stroke="{color}" stroke-width="1.5"/>',
        f'<text x="{left + 10:.1f}" y="{top + 18:.1f}" font-size="14" font-weight="bold" fill="{color}">'
        f"{escape(room)}</text>",
        *(f'<text x="{left + 10:.1f}" y="{top + 34 + LINE_HEIGHT * index:.1f}" font-size="11.5" fill="#333">'
          f"{escape(text)}</text>" for index, text in enumerate(lines)),
    ]


def line(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> str:
    """An import, from the importer's lower edge to the imported room's upper one."""
    center, y = one[0] + one[2] / 2, one[1] + one[3]
    to_center, to_y = other[0] + other[2] / 2, other[1]
    x = within(one, center + 0.8 * (to_center - center))
    to_x = within(other, to_center + 0.3 * (center - to_center))
    middle = (y + to_y) / 2
    return (f'<path d="M {x:.1f} {y:.1f} C {x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}" '
            'fill="none" stroke="#5a6472" stroke-opacity="0.35" stroke-width="1.2"/>')


def within(box: tuple[float, float, float, float], x: float) -> float:
    """The nearest place to x on a box's edge, a little inside its corners."""
    return min(max(x, box[0] + 12), box[0] + box[2] - 12)


if __name__ == "__main__":
    PICTURE.write_text(house(), encoding="utf-8")
    print(f"wrote {PICTURE}")
