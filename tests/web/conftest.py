"""Commands run in this process."""

from cli.conftest import command

__all__ = ["command"]
