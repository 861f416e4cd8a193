"""Memory is reckoned before it is taken."""

from allaprima.runtimes.memory import free_bytes, free_of_container, free_of_system


def test_the_container_limit_leaves_what_is_not_used(tmp_path):
    limit, used = tmp_path / "max", tmp_path / "current"
    used.write_text("600\n")
    limit.write_text("1000\n")
    assert free_of_container(limit, used) == 400
    limit.write_text("max\n")
    assert free_of_container(limit, used) is None
    assert free_of_container(tmp_path / "absent", used) is None


def test_the_systems_word_is_read_in_bytes(tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       2000 kB\nMemAvailable:   1500 kB\n")
    assert free_of_system(file) == 1500 * 1024
    assert free_of_system(tmp_path / "absent") is None
    assert free_bytes() is None or free_bytes() > 0
