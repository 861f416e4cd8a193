"""All in one call on a borrowed GPU: speeds first, then both networks learn side by side with the tests beside them.

`python tools/gpu_call.py PACK --out OUT --seconds 540`. A call that is cut brings back what lies in OUT, so that every
part writes there as it goes on: logs line by line, kernels every minute. Every part has its seconds; one that takes
longer is killed, and the others go on. Eight files come back: four logs, two networks' kernels, two sheets.

It needs nothing but Python itself, and so begins at once.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
NETWORKS = ("balanced-kernels", "fast-kernels")
SIZES = ("1920x1080", "3840x2160")
FRAMES = 16     # of the films that are painted to measure: two batches
NETWORK_SECONDS = 0.5
STARTING = 15   # seconds, measured on an H200: torch, pictures, crops
ENDING = 20     # measured too: ranges, a sheet, the files
MARGIN = 8      # before the call's own end
BENCH, TESTS, LEAST_TRAINING = 40, 75, 20
DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl
ALL_OF = "import json, subprocess, sys; sys.exit(max([subprocess.call(one) for one in json.loads(sys.argv[1])]))"


def files_of_tests() -> list[str]:
    """The files that hold tests for a GPU; others would be imported too, and need packages that are not there."""
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))
            if any(words in path.read_text(encoding="utf-8") for words in ("pytest.mark.gpu", "from gpus import"))]


def tests_command() -> list[str]:
    """The tests that need a GPU; a warning of a library that is newer or older there is told and fails none.

    File by file: pytest tells why a test failed when it ends, and may be killed before.
    """
    commands = [[sys.executable, "-m", "pytest", "-m", "gpu", "-v", "-W", "default", "-p", "no:cacheprovider",
                 "--durations=4", name] for name in files_of_tests()]
    return [sys.executable, "-c", ALL_OF, json.dumps(commands)]


def bench_command(device: str, sizes: Sequence[str]) -> list[str]:
    """The speeds of both networks, alone at every size, then end to end: each row is written when it is measured.

    Steadied films and stages are left out, for which each model would paint five films more at every size.
    """
    options = [part for size in sizes for part in ("--size", size)]
    short = ["--frames", str(FRAMES), "--seconds", str(NETWORK_SECONDS), "--part", "network", "--part", "film"]
    return [sys.executable, "-m", "allaprima", "bench", "-m", "balanced", "-m", "fast", *options, *short,
            "--device", device]


def run_command(command: list[str], log: Path) -> int:
    """Runs a command of this repository, its output shown and kept; gives back its exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with (log.open("w", encoding="utf-8") as file,
          subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child):
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            file.write(line)
            file.flush()  # whoever kills this must find what there is
        return child.wait()


@dataclass
class Part:
    """A command with its log, and the moment at which it is killed, in seconds of the call."""

    name: str
    command: Sequence[str]
    log: Path
    until: float
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Begins it. It writes into its log itself, and dies with this process, however that dies."""
        library = ctypes.CDLL(None)
        with self.log.open("ab", buffering=0) as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                process_group=0, env={**os.environ, "PYTHONUNBUFFERED": "1"},
                preexec_fn=lambda: library.prctl(DEATH_SIGNAL, signal.SIGKILL))

    def kill(self) -> None:
        """Ends it with all that it started."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Call:
    """The clock of a call, and its diary in ``call.txt``."""

    def __init__(self, out: Path) -> None:
        self.began, self.out = time.monotonic(), out
        out.mkdir(parents=True, exist_ok=True)

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self.began

    def tell(self, text: str) -> None:
        """Says it, and writes it down at once."""
        line = f"{self.now:6.1f} s: {text}"
        print(line, flush=True)
        with (self.out / "call.txt").open("a", encoding="utf-8") as diary:
            diary.write(f"{line}\n")

    def run(self, parts: Sequence[Part]) -> None:
        """Runs parts side by side until all have ended, each at its moment at the latest; one that fails is told."""
        for part in parts:
            self.tell(f"{part.name} begins, until {part.until:.0f} s at the latest")
            try:
                part.start()
            except OSError as error:
                self.tell(f"{part.name} could not begin: {error}")
        running = [part for part in parts if part.process is not None]
        while running:
            running = [part for part in running if not self.is_over(part)]
            time.sleep(0.05)

    def is_over(self, part: Part) -> bool:
        """Whether a part has ended, by itself or because its time is over."""
        assert part.process is not None
        if (code := part.process.poll()) is not None:
            self.tell(f"{part.name} ended with {code}")
            return True
        if self.now < part.until:
            return False
        part.kill()
        self.tell(f"{part.name} was killed, since its time was over: {part.log.name} has what it had")
        return True


def learning(now: float, seconds: float) -> float:
    """Seconds that are left to learn in, when starting, ending and the margin have been taken off."""
    return seconds - now - STARTING - ENDING - MARGIN


def main() -> int:
    """Runs the call; 0 whatever became of its parts, which ``call.txt`` tells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="of the whole call")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a rehearsal: small pictures, tiny batches")
    given = parser.parse_args()
    pack, out = given.pack.resolve(), given.out.resolve()
    least = BENCH + STARTING + ENDING + MARGIN + LEAST_TRAINING
    if given.seconds < least:
        parser.error(f"{given.seconds:.0f} seconds are too few: give at least {least}")
    call, end = Call(out), given.seconds - MARGIN
    call.tell(f"planned: speeds {BENCH} s, then {learning(BENCH, given.seconds):.0f} s of learning in two processes "
              f"with {TESTS} s of tests beside; starting {STARTING} s, ending {ENDING} s, margin {MARGIN} s")
    sizes = ("96x64", "128x96") if given.tiny else SIZES
    call.run([Part("bench", bench_command(given.device, sizes), out / "bench.txt", BENCH)])
    minutes = learning(call.now, given.seconds) / 60
    session = [sys.executable, str(ROOT / "tools" / "gpu_session.py"), "train", str(pack), "--out", str(out),
               "--device", given.device, "--minutes", f"{minutes:.4f}", *(["--tiny"] if given.tiny else [])]
    call.run([*(Part(name, [*session, "--network", name], out / "training.txt", end) for name in NETWORKS),
              Part("tests", tests_command(), out / "tests.txt", min(call.now + TESTS, end))])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
