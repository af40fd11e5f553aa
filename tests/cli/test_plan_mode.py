"""A thread's mode outlives the process."""

from __future__ import annotations

from pathlib import Path

from tests.cli.server_parts import server_in

from journeyman.protocol.collaboration import CollaborationMode, ModeSettings
from journeyman.protocol.items import TextInput
from journeyman.protocol.threads import ThreadResumeParams
from journeyman.protocol.turns import TurnStartParams
from journeyman.testing.app_server_harness import AppServerHarness


async def test_thread_is_resumed_in_its_mode(tmp_path: Path) -> None:
    offline = ['model_provider="offline"']
    planning = CollaborationMode(
        mode="plan", settings=ModeSettings(model="repair", developer_instructions="Only look.")
    )
    async with (
        server_in(tmp_path, overrides=offline) as services,
        AppServerHarness(services.manager) as app,
    ):
        thread = await app.start_thread()
        params = TurnStartParams(
            thread_id=thread.id, input=[TextInput(text="look")], collaboration_mode=planning
        )
        await app.wait_turn((await app.client.turn_start(params)).turn.id)
    async with (
        server_in(tmp_path, overrides=offline) as services,
        AppServerHarness(services.manager) as app,
    ):
        again = await app.client.thread_resume(ThreadResumeParams(thread_id=thread.id))
    assert again.collaboration_mode == planning
