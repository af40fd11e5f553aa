from __future__ import annotations

from pathlib import Path

from journeyman.models.api import Finished
from journeyman.testing.scripted_model import USAGE, answer, says
from journeyman.testing.stage import open_stage


async def test_turn_asks_again_when_the_model_paused(tmp_path: Path) -> None:
    paused = [*says("searching", key="a"), Finished(usage=USAGE, paused=True)]
    async with open_stage(tmp_path, [paused, answer(says("found", key="b"))]) as stage:
        thread = await stage.app.start_thread()
        turn = await stage.app.run_turn(thread.id, "go")
        assert (turn.status, len(stage.model.prompts)) == ("completed", 2)
