"""An arena of its own for every attack."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.attacks.arena import Arena, open_arena


@pytest.fixture
async def arena(tmp_path: Path) -> AsyncGenerator[Arena]:
    async with open_arena(tmp_path) as opened:
        yield opened
