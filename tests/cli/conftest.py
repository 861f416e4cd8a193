"""Commands run in this process, as a shell would run them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from allaprima.cli import main
from cli.outcome import Outcome

PROGRAMS = {"allaprima": main.allaprima, "stylize-video": main.stylize_video, "stylize-image": main.stylize_image,
            "stylize-webcam": main.stylize_webcam}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs ``program argument ...`` and gives back its exit code and what it said."""

    def run(program: str, *arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", [program, *(str(argument) for argument in arguments)])
        capsys.readouterr()
        code: object = 0
        try:
            PROGRAMS[program]()
        except SystemExit as ending:
            code = ending.code
        captured = capsys.readouterr()
        return Outcome(int(code or 0), captured.out, captured.err)  # type: ignore[call-overload]

    return run
