import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

from allaprima.sheets import Curve, chart, encode_png, heading, page, paragraph, pictures, table
from allaprima.sheets.charts import ticks

PNG = encode_png(np.zeros((2, 2, 3), np.uint8))


class Balance(HTMLParser):
    VOID = frozenset({"meta", "img", "line", "circle", "path"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def svg_of(fragment: str) -> ET.Element:
    return ET.fromstring(re.search(r"<svg.*</svg>", fragment, re.DOTALL).group())  # type: ignore[union-attr]


def line_points(fragment: str) -> list[list[tuple[float, float]]]:
    """Return each path's points, one list for each stretch between breaks."""
    return [[tuple(map(float, point.split())) for point in re.split("L", stretch)]  # type: ignore[misc]
            for path in svg_of(fragment).iter("path") for stretch in path.get("d", "").split("M") if stretch]


def test_a_page_is_balanced_holds_everything_and_fetches_nothing() -> None:
    html = page("Speed", heading("Figures"), paragraph("as measured"), table(["a"], [[1]]),
                pictures([(PNG, "black")]), chart([Curve("loss", [0, 1], [2, 1])], x_label="x", y_label="y"))
    parser = Balance()
    parser.feed(html)
    assert parser.open == []
    assert {"Figures", "as measured", "black", "loss"} <= set(parser.text)
    assert "data:image/png;base64,iVBOR" in html
    assert not re.search(r"https?://|<script|@import|<link", html)
    assert "prefers-color-scheme: dark" in html


def test_what_users_name_their_files_cannot_become_markup() -> None:
    evil = "<script>&\"'"
    html = page(evil, heading(evil), paragraph(evil), table([evil], [[evil]]), pictures([(PNG, evil)]),
                chart([Curve(evil, [0, 1], [0, 1])], x_label=evil, y_label=evil))
    assert "<script" not in html
    parser = Balance()
    parser.feed(html)
    assert parser.open == []


def test_columns_of_numbers_stand_to_the_right_and_none_is_a_dash() -> None:
    html = table(["name", "fps"], [["a", 12.34567], ["b", None]])
    assert '<td class="number">12.35</td>' in html
    assert '<td class="number">–</td>' in html
    assert "<td>a</td>" in html


def test_a_row_of_another_length_than_the_header_is_refused() -> None:
    with pytest.raises((ValueError, IndexError)):
        table(["a", "b"], [[1]])


def test_only_pictures_that_browsers_show_are_taken() -> None:
    with pytest.raises(ValueError, match="PNG, JPEG"):
        pictures([(b"II*\0", "a tiff")])


def test_a_straight_line_is_drawn_straight_and_upwards() -> None:
    (points,) = line_points(chart([Curve("c", [0, 1, 2], [0, 5, 10])], x_label="x", y_label="y"))
    (x0, y0), (x1, y1), (x2, y2) = points
    assert x0 < x1 < x2
    assert y0 > y1 > y2
    assert abs((x0 + x2) / 2 - x1) < 0.11
    assert abs((y0 + y2) / 2 - y1) < 0.11


def test_powers_of_two_are_evenly_spaced_on_a_logarithmic_axis() -> None:
    (points,) = line_points(chart([Curve("c", [1, 2, 4, 8], [1, 1, 1, 1])], x_label="x", y_label="y", log_x=True))
    steps = np.diff([x for x, _ in points])
    np.testing.assert_allclose(steps, steps[0], atol=0.2)


def test_a_curve_is_broken_where_a_value_is_missing() -> None:
    fragment = chart([Curve("c", [0, 1, 2, 3, 4], [1, 2, np.nan, 2, 1])], x_label="x", y_label="y")
    assert [len(stretch) for stretch in line_points(fragment)] == [2, 2]


def test_a_long_curve_stays_small_and_keeps_its_peak() -> None:
    y = np.zeros(100_000)
    y[54_321] = 1
    fragment = chart([Curve("c", np.arange(y.size), y)], x_label="x", y_label="y")
    assert len(fragment) < 30_000
    (points,) = line_points(fragment)
    assert min(height for _, height in points) < 20


def test_points_are_drawn_without_a_line_and_tell_their_values() -> None:
    svg = svg_of(chart([Curve("m", [1, 2], [3, 4], points=True)], x_label="x", y_label="y"))
    assert not list(svg.iter("path"))
    assert [title.text for title in svg.iter("title")] == ["m: 1, 3", "m: 2, 4"]


def test_charts_of_one_value_or_equal_values_are_drawn() -> None:
    for log in (False, True):
        svg_of(chart([Curve("c", [5], [7])], x_label="x", y_label="y", log_x=log, log_y=log))


def test_a_chart_without_a_point_and_uneven_curves_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        chart([Curve("c", [1], [np.nan])], x_label="x", y_label="y")
    with pytest.raises(ValueError, match="'c'"):
        chart([Curve("c", [1, 2], [1])], x_label="x", y_label="y")


@pytest.mark.parametrize(("low", "high", "log", "expected"), [
    (0, 1, False, [0, 0.2, 0.4, 0.6, 0.8, 1]), (3, 97, False, [20, 40, 60, 80]),
    (0.001, 1000, True, [0.001, 0.01, 0.1, 1, 10, 100, 1000]), (2, 30, True, [2, 5, 10, 20])])
def test_ticks_are_round(low: float, high: float, log: bool, expected: list[float]) -> None:
    np.testing.assert_allclose(ticks(low, high, log=log, about=7 if log else 5), expected)
