"""Memory is reckoned before it is taken."""

import sys

import numpy as np
import pytest

from allaprima.runtimes.memory import (
    containers,
    free_bytes,
    free_of_container,
    free_of_system,
    keep_freed_memory,
)


def test_the_container_limit_leaves_what_is_not_used(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("600\n")
    assert free_of_container(tmp_path) == 400
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 70\n")
    assert free_of_container(tmp_path) == 470
    (tmp_path / "memory.max").write_text("max\n")
    assert free_of_container(tmp_path) is None
    assert free_of_container(tmp_path / "absent") is None


def test_the_first_version_of_control_groups_is_read_too(tmp_path):
    (tmp_path / "memory.limit_in_bytes").write_text("1000\n")
    (tmp_path / "memory.usage_in_bytes").write_text("1200\n")
    assert free_of_container(tmp_path) == 0


def test_limits_of_a_process_are_those_of_its_group_and_of_all_above(tmp_path):
    membership, groups = tmp_path / "cgroup", tmp_path / "groups"
    inner = groups / "user.slice" / "run.scope"
    inner.mkdir(parents=True)
    membership.write_text("0::/user.slice/run.scope\n")
    assert list(containers(membership, groups)) == [inner, inner.parent, groups]
    membership.write_text("5:cpu,cpuacct:/elsewhere\n4:memory:/outside/of/the/container\n")
    (groups / "memory").mkdir()
    assert list(containers(membership, groups)) == [groups / "memory"]
    assert list(containers(tmp_path / "absent", groups)) == []


def test_the_systems_word_is_read_in_bytes(tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       2000 kB\nMemAvailable:   1500 kB\n")
    assert free_of_system(file) == 1500 * 1024
    assert free_of_system(tmp_path / "absent") is None
    assert free_bytes() is None or free_bytes() > 0


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_what_is_freed_does_not_come_from_the_system_again_page_by_page() -> None:
    resource = pytest.importorskip("resource")
    if not keep_freed_memory():
        pytest.skip("another C library")
    np.ones(3 << 20, np.uint8).sum()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(40):
        np.ones(3 << 20, np.uint8).sum()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 40 * (3 << 20) // 4096 // 4
