"""A thread's mode outlives the process."""

from __future__ import annotations

from pathlib import Path

import msgspec
from tests.cli.server_parts import server_in

from journeyman.protocol.collaboration import CollaborationMode, ModeSettings
from journeyman.protocol.items import TextInput
from journeyman.protocol.threads import ThreadResumeParams, ThreadStartParams
from journeyman.protocol.turns import TurnStartParams
from journeyman.testing.app_server_harness import AppServerHarness


async def test_thread_is_resumed_in_its_mode(tmp_path: Path) -> None:
    offline = ['model_provider="offline"', 'plan_mode_reasoning_effort="low"']
    planning = CollaborationMode(
        mode="plan", settings=ModeSettings(model="repair", developer_instructions="Only look.")
    )
    async with (
        server_in(tmp_path, overrides=offline) as services,
        AppServerHarness(services.manager) as app,
    ):
        thread = await app.start_thread(ThreadStartParams(sandbox="danger-full-access"))
        params = TurnStartParams(
            thread_id=thread.id, input=[TextInput(text="look")], collaboration_mode=planning
        )
        await app.wait_turn((await app.client.turn_start(params)).turn.id)
    async with (
        server_in(tmp_path, overrides=offline) as services,
        AppServerHarness(services.manager) as app,
    ):
        params = ThreadResumeParams(thread_id=thread.id, sandbox="danger-full-access")
        again = await app.client.thread_resume(params)
    reasons = msgspec.structs.replace(planning.settings, reasoning_effort="low")
    assert again.collaboration_mode == msgspec.structs.replace(planning, settings=reasons)
