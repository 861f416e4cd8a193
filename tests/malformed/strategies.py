"""What strangers may write: JSON of any shape, files with a few bytes changed; the same examples in every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

QUICK = settings(derandomize=True, deadline=None, database=None, max_examples=60,
                 suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

SCALARS = (st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(
    (10 ** 4000, -1, 0, 1e308, -0.0, 1e-05, "1e-05", "9" * 5000, "\udcff", "\x00", "120f", "0:0,1:1", "1e999999999")))
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.text(max_size=8), inner, max_size=3), max_leaves=6)
DEEP = st.sampled_from(("[" * 100_000, '{"a":' * 100_000, "1" * 5000, "[" + "1" * 5000 + "]", "\ud800", "\x00", ""))


def changed(values: Mapping[str, object]) -> st.SearchStrategy[dict[str, object]]:
    """The same with one value replaced by anything, or left out."""
    names = st.sampled_from(sorted(values))
    replaced = st.builds(lambda name, value: {**values, name: value}, names, JSON)
    left_out = st.builds(lambda name: {key: value for key, value in values.items() if key != name}, names)
    return replaced | left_out


@st.composite
def damaged(draw: Callable[[st.SearchStrategy[int]], int], content: bytes) -> bytes:
    """The bytes with some changed, put in or left out, most of them near the beginning, where headers lie."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(len(data) - 1, draw(st.sampled_from((64, 512, 1 << 30))))))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            data[at] = draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF)))
        elif kind == 1:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == 2:
            data[at:at + 4] = draw(st.sampled_from((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))).to_bytes(4, "big")
        elif kind == 3:
            del data[at:at + draw(st.integers(1, 16))]
        else:
            del data[at:]
        if not data:
            return b"\0"
    return bytes(data)
