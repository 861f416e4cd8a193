"""A server that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from served import Served, served


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("studio")) as found:
        yield found
