"""The program with a scripted provider on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with MockProvider() as provider:
        yield Program(tmp_path, provider)
        provider.check()
