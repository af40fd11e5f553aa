from __future__ import annotations

from pathlib import Path

from journeyman.models.api import StreamEvent
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import open_stage


async def test_calls_are_answered_each_when_a_service_repeats_their_ids(tmp_path: Path) -> None:
    def run(text: str) -> list[StreamEvent]:
        return calls("exec_command", {"cmd": text}, call_id="call_0")

    answers = [answer(run("echo a"), run("echo b")), answer(run("echo c")), answer(says("done"))]
    scripts = [Script(output=(text,)) for text in (b"a", b"b", b"c")]
    async with open_stage(tmp_path, answers, scripts) as stage:
        thread = await stage.app.start_thread()
        await stage.app.run_turn(thread.id, "go")
        outputs = stage.outputs()
    assert list(outputs) == ["call_0", "call_0_2", "call_0_3"]
    assert [text.strip()[-1] for text in outputs.values()] == ["a", "b", "c"]
