"""The commands of the tests of the command line, for the farm's."""

from cli.conftest import command

__all__ = ["command"]
