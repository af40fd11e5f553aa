"""A stage whose rollouts are in the test's own folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from journeyman.testing.stage import StageMaker, open_stage


@pytest.fixture
def stage(tmp_path: Path) -> StageMaker:
    return partial(open_stage, tmp_path)
