"""A call on a borrowed GPU: whatever is cut, what was done until then lies there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gpu_call
from gpu_call import Call, Part

TOOLS = Path(gpu_call.__file__).parent
HANGS = "import sys, time; print('begun'); sys.stdout.flush(); time.sleep(60)"


def part(out: Path, name: str, code: str, until: float) -> Part:
    return Part(name, [sys.executable, "-S", "-c", code], out / f"{name}.txt", until)


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_part_that_hangs_is_killed_and_the_others_go_on(tmp_path: Path) -> None:
    hanging = part(tmp_path, "hanging", HANGS, 1000)
    others = [part(tmp_path, "failing", "raise SystemExit(3)", 60), part(tmp_path, "whole", "print('done')", 60),
              Part("absent", [str(tmp_path / "nothing")], tmp_path / "absent.txt", 60)]

    class Patient(Call):
        def is_over(self, one: Part) -> bool:  # the time of the part that hangs is over once it has written
            if one is hanging and (tmp_path / "hanging.txt").read_text(encoding="utf-8"):
                one.until = 0
            return super().is_over(one)

    Patient(tmp_path).run([hanging, *others])
    assert hanging.process is not None
    assert hanging.process.returncode == -signal.SIGKILL
    assert (tmp_path / "hanging.txt").read_text(encoding="utf-8") == "begun\n"
    assert (tmp_path / "whole.txt").read_text(encoding="utf-8") == "done\n"
    diary = (tmp_path / "call.txt").read_text(encoding="utf-8")
    for said in ("hanging was killed", "failing ended with 3", "whole ended with 0", "absent could not begin"):
        assert said in diary


def test_of_a_call_that_is_killed_every_line_is_there_and_no_part_goes_on(tmp_path: Path) -> None:
    code = (f"import sys; sys.path.insert(0, {str(TOOLS)!r}); from pathlib import Path\n"
            f"from gpu_call import Call, Part\nout = Path({str(tmp_path)!r})\n"
            f"Call(out).run([Part('hanging', [sys.executable, '-S', '-c', 'import os; print(os.getpid());'"
            f" + {HANGS!r}], out / 'hanging.txt', 1000)])")
    running = subprocess.Popen([sys.executable, "-S", "-c", code], process_group=0, stdout=subprocess.DEVNULL)
    log = tmp_path / "hanging.txt"
    wait_until(lambda: log.is_file() and "begun" in log.read_text(encoding="utf-8"))
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    pid, begun = log.read_text(encoding="utf-8").split()
    assert begun == "begun"
    wait_until(lambda: ended(int(pid)))
    assert "hanging begins" in (tmp_path / "call.txt").read_text(encoding="utf-8")


def test_every_second_of_a_call_is_planned_and_too_few_are_refused(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_call.learning(40, 540) == 540 - 40 - 15 - 20 - 8
    monkeypatch.setattr(sys, "argv", ["gpu_call.py", "pack", "--out", "out", "--seconds", "90"])
    with pytest.raises(SystemExit):
        gpu_call.main()
    assert "give at least 103" in capsys.readouterr().err


def test_speeds_are_measured_in_short_and_most_important_first() -> None:
    command = gpu_call.bench_command("cuda", gpu_call.SIZES)
    assert [command[place + 1] for place, word in enumerate(command) if word == "--part"] == ["network", "film"]
    assert float(command[command.index("--seconds") + 1]) <= 0.5


def test_tests_are_run_file_by_file_and_the_worst_ending_is_told(monkeypatch: pytest.MonkeyPatch,
                                                                 tmp_path: Path) -> None:
    monkeypatch.setattr(gpu_call, "ROOT", tmp_path)
    (tmp_path / "tests").mkdir()
    for name, code in (("a", "assert False, 'said at once'"), ("b", "pass")):
        text = f"import pytest\n@pytest.mark.gpu\ndef test_{name}():\n    {code}\n"
        (tmp_path / "tests" / f"test_{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = gpu\n", encoding="utf-8")
    assert gpu_call.run_command(gpu_call.tests_command(), tmp_path / "log.txt") == 1
    told = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert told.index("said at once") < told.index("test_b PASSED")
