from pathlib import Path

import pytest

from allaprima.runtimes.processor import multiplies_bytes


@pytest.mark.parametrize(("flags", "able"), [("avx2 avx512_vnni", True), ("fpu avx_vnni", True), ("fpu avx2", False)])
def test_a_processor_s_flags_tell_whether_it_multiplies_bytes(tmp_path: Path, flags: str, able: bool) -> None:
    described = tmp_path / "cpuinfo"
    described.write_text(f"processor\t: 0\nmodel name\t: made up\nflags\t\t: {flags}\n")
    assert multiplies_bytes(described) is able


def test_a_system_that_does_not_tell_is_taken_for_unable(tmp_path: Path) -> None:
    assert not multiplies_bytes(tmp_path / "nothing")
