"""A real cluster of Ray with three nodes: one is killed, a task runs out of memory, an output is cut short."""

from __future__ import annotations

import os
import resource
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from allaprima.farm.joining import join
from allaprima.farm.plan import Plan, read_plan
from allaprima.farm.running import Event, run_plan
from cli.outcome import Outcome
from farm.scenes import write_film

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # Ray reads it once, as it is imported
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray = pytest.importorskip("ray")
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Ray's clusters of several nodes are Linux's"),
    pytest.mark.filterwarnings("ignore")]  # Ray's own, of every kind
Run = Callable[..., Outcome]
STORE = 80 << 20
SHOTS = [14] * 14


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster on the loopback address: a head that computes nothing, and two nodes of one processor each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        try:
            made = Cluster(initialize_head=True, head_node_args={
                "num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False})
            for _ in range(2):
                made.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False)
        except Exception as error:  # of many kinds: a machine without shared memory, sockets, or room for processes
            pytest.skip(f"Ray itself starts no cluster on this machine: {error}")
        yield made
        ray.shutdown()
        made.shutdown()


class Troubled:
    """A pool to which a run's troubles happen: each once, when its task has begun to paint."""

    def __init__(self, pool: Any, troubles: Sequence[Callable[[Any, Event], bool]]) -> None:
        self._pool, self._troubles = pool, list(troubles)
        self.free, self.start, self.close = pool.free, pool.start, pool.close
        self.seen: list[Event] = []

    def events(self, patience: float) -> Sequence[Event]:
        found = self._pool.events(patience)
        self.seen.extend(found)
        for event in found:
            self._troubles = [trouble for trouble in self._troubles if not trouble(self._pool, event)]
        return found


def test_what_befalls_a_cluster_changes_no_byte(cluster: Any, command: Run, tmp_path: Path) -> None:
    from allaprima.farm.ray_pool import RayPool

    film, file, output = write_film(tmp_path / "in.mp4", SHOTS), tmp_path / "plan.json", tmp_path / "out.mp4"
    options = ("--style", "starry", "--model", "fast")
    assert command("allaprima", "farm", "plan", film, *options, "-o", output, "--plan", file, "--task-frames",
                   28).code == 0
    plan = read_plan(file)
    assert len(plan.tasks) == 7
    killed: list[int] = []

    def a_node_dies(pool: Any, event: Event) -> bool:
        pid = pool.pids().get(event.worker)
        if event.kind != "frames" or not killed or pid is None or pid in killed:
            return False
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        [node] = [one for one in cluster.worker_nodes if one.all_processes["raylet"][0].process.pid == parent]
        cluster.remove_node(node, allow_graceful=False)
        cluster.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False)
        return True

    def memory_ends(pool: Any, event: Event) -> bool:
        if event.kind != "frames":
            return False
        pid = pool.pids()[event.worker]
        used = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (used, used))  # nothing more for this one
        killed.append(pid)
        return True

    def an_output_is_cut_short(pool: Any, event: Event) -> bool:
        if event.kind != "done" or event.task is None:
            return False
        segment = output.with_name("out.mp4.farm") / f"{plan.tasks[event.task].segment:06d}.segment"
        segment.write_bytes(segment.read_bytes()[:-9])
        return True

    pool = Troubled(RayPool(plan, cluster.address, into=tmp_path), [a_node_dies, memory_ends, an_output_is_cut_short])
    try:
        run_plan(plan, file, pool)
    finally:
        pool.close()
    kinds = [event.kind for event in pool.seen]
    assert kinds.count("failed") + kinds.count("lost") >= 2
    assert kinds.count("done") == len(plan.tasks) + 1  # the one that was cut short was painted again
    assert join(plan, plan.works[0]).frames == sum(SHOTS)
    assert command("stylize-video", film, *options, "-o", tmp_path / "single.mp4").code == 0
    assert output.read_bytes() == (tmp_path / "single.mp4").read_bytes()


def test_a_task_that_is_refused_ends_the_run(cluster: Any, command: Run, tmp_path: Path) -> None:
    from allaprima.farm.ray_pool import RayPool
    from allaprima.farm.running import TaskFailed

    film, file = write_film(tmp_path / "in.mp4", [14]), tmp_path / "plan.json"
    assert command("allaprima", "farm", "plan", film, "--style", "starry", "--model", "none", "-o",
                   tmp_path / "out.mp4", "--plan", file).code == 0
    plan: Plan = read_plan(file)
    write_film(film, [15])
    pool = RayPool(plan, cluster.address, into=tmp_path)
    try:
        with pytest.raises(TaskFailed, match="is not the file that was planned"):
            run_plan(plan, file, pool)
    finally:
        pool.close()


def listening() -> set[str]:
    """The addresses, in the system's own writing, that sockets of this machine listen on, with their ports."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                found.add(fields[1])
    return found


@pytest.mark.usefixtures("cluster")  # where Ray starts at all
def test_a_cluster_of_our_own_listens_on_the_loopback_address_alone(command: Run, tmp_path: Path) -> None:
    from allaprima.farm.ray_pool import RayPool

    film, file = write_film(tmp_path / "in.mp4", [14]), tmp_path / "plan.json"
    assert command("allaprima", "farm", "plan", film, "--style", "starry", "--model", "none", "-o",
                   tmp_path / "out.mp4", "--plan", file).code == 0
    before = listening()
    plan = read_plan(file)
    pool = RayPool(plan, "", into=tmp_path)
    try:
        run_plan(plan, file, pool)
        opened = {entry.rpartition(":")[0] for entry in listening() - before}
    finally:
        pool.close()
    loopback = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}
    assert opened
    assert opened <= loopback
