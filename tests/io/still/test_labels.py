import numpy as np

from allaprima.io.still.labels import label


def test_a_label_is_as_wide_as_its_text_and_shows_it() -> None:
    short, long = label("ten"), label("ten times as long as that")
    assert short.shape[0] == long.shape[0]
    assert long.shape[1] > 4 * short.shape[1]
    assert len(np.unique(short.reshape(-1, 3), axis=0)) > 2


def test_larger_text_makes_a_larger_picture_and_no_text_an_empty_one() -> None:
    assert label("style", size_px=36).shape[0] == 2 * label("style", size_px=18).shape[0]
    assert len(np.unique(label("").reshape(-1, 3), axis=0)) == 1
