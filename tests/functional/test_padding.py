"""Where a picture lies in the padded one."""

import pytest

from allaprima.functional.padding import padding_for


@pytest.mark.parametrize(("height", "width"), [(16, 16), (360, 640), (121, 161), (17, 23), (480, 854)])
def test_padded_sides_are_multiples_of_eight_with_the_margin_around(height: int, width: int) -> None:
    padding = padding_for(height, width)
    assert padding.padded_height % 8 == 0
    assert padding.padded_width % 8 == 0
    assert min(padding.top, padding.bottom, padding.left, padding.right) >= 8
    assert padding.bottom < 16
    assert padding.right < 16


def test_the_inside_of_a_reduced_map_covers_every_picture_row_once() -> None:
    padding = padding_for(121, 161)
    for reduction in (2, 4, 8):
        rows, columns = padding.inside(reduction)
        assert rows.start * reduction == padding.top
        assert (rows.stop - rows.start) * reduction >= 121
        assert (rows.stop - rows.start - 1) * reduction < 121
        assert (columns.stop - columns.start) * reduction >= 161
