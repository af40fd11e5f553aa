"""The model's questions to its user, as clients get them and as the model hears of the answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.client.client import Client
from journeyman.client.memory import memory_pair
from journeyman.clock import SystemClock
from journeyman.core.journal import Journal
from journeyman.core.manager import ThreadManager
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol import events, threads
from journeyman.protocol.connection import Capabilities, ClientInfo
from journeyman.protocol.history import FunctionCallOutput
from journeyman.protocol.items import TextInput
from journeyman.protocol.turns import TurnStartParams
from journeyman.protocol.user_input import (
    UserInputAnswer,
    UserInputOption,
    UserInputParams,
    UserInputQuestion,
    UserInputResponse,
)
from journeyman.server.connection import Connection
from journeyman.store.rollout import Rollout
from journeyman.testing.app_server_harness import AppServerHarness, services_for
from journeyman.testing.fake_launcher import FakeLauncher
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit

OPTION = {"label": "SQLite", "description": "one file"}
QUESTION: dict[str, Any] = {
    "id": "db",
    "header": "Store",
    "question": "Which?",
    "options": [OPTION],
}


class Asking:
    """A model that asks once, and a user who answers."""

    def __init__(self, home: Path, questions: list[dict[str, Any]]) -> None:
        asks = calls("request_user_input", {"questions": questions}, call_id="q")
        self.model = ScriptedClient([answer(asks), answer(says("done"))])
        self.asked: list[msgspec.Struct] = []
        kit = ThreadKit(
            connect=lambda _: self.model,
            launcher=FakeLauncher(),
            clock=SystemClock(),
            asks_user=True,
        )
        factory = PlainThreadFactory(home, kit)
        self.manager = ThreadManager(factory, factory.store)

    async def answer(self, _name: str, params: msgspec.Struct) -> msgspec.Struct:
        self.asked.append(params)
        return UserInputResponse(answers={"db": UserInputAnswer(answers=["SQLite"])})

    def output(self) -> str:
        [output] = [
            item for item in self.model.prompts[-1].history if isinstance(item, FunctionCallOutput)
        ]
        return str(output.output)


async def test_question_waits_for_the_user_and_the_model_gets_the_answer(tmp_path: Path) -> None:
    asking = Asking(tmp_path, [QUESTION])
    async with AppServerHarness(asking.manager, asking.answer) as app:
        thread = await app.start_thread()
        turn = await app.run_turn(thread.id, "go")
    option = UserInputOption(label="SQLite", description="one file")
    question = UserInputQuestion(
        id="db", header="Store", question="Which?", is_other=True, options=[option]
    )
    assert asking.asked == [
        UserInputParams(
            thread_id=thread.id,
            turn_id=turn.id,
            item_id="q",
            questions=[question],
            is_blocking=True,
        )
    ]
    assert asking.output() == '{"answers":{"db":{"answers":["SQLite"]}}}'
    flags = [
        seen.status.active_flags
        for seen in app.seen
        if isinstance(seen, events.ThreadStatusChangedNotification)
        and isinstance(seen.status, threads.Active)
    ]
    assert flags == [[], ["waitingOnUserInput"], []]


@pytest.mark.parametrize("questions", [[], [QUESTION] * 2, [QUESTION] * 4])
async def test_questions_that_make_no_sense_are_not_put(
    tmp_path: Path, questions: list[dict[str, Any]]
) -> None:
    asking = Asking(tmp_path, questions)
    async with AppServerHarness(asking.manager, asking.answer) as app:
        await app.run_turn((await app.start_thread()).id, "go")
    assert asking.asked == []
    assert asking.output().startswith("request_user_input: ")


async def test_client_without_experimental_methods_is_not_asked(tmp_path: Path) -> None:
    asking = Asking(tmp_path, [QUESTION])
    near, far = memory_pair()
    serving = asyncio.create_task(Connection(far, services_for(asking.manager)).serve())
    client = Client(near, asking.answer)
    await client.start(ClientInfo(name="old", version="1"), Capabilities())
    thread_id = (await client.thread_start(threads.ThreadStartParams())).thread.id
    await client.turn_start(TurnStartParams(thread_id=thread_id, input=[TextInput(text="go")]))
    async for heard in client.notifications():
        if isinstance(heard, events.TurnCompletedNotification):
            break
    await client.close()
    await serving
    await asking.manager.close()
    assert (asking.asked, asking.output().split(".")[0]) == ([], "Nobody answered")


def test_question_leaves_what_else_the_turn_waits_for() -> None:
    told: list[events.Notification] = []
    clock = SystemClock()
    journal = Journal("thread", Rollout.ephemeral(clock), told.append, clock)
    with journal.waiting("waitingOnApproval"), journal.waiting("waitingOnUserInput"):
        pass
    flags = [
        seen.status.active_flags
        for seen in told
        if isinstance(seen, events.ThreadStatusChangedNotification)
        and isinstance(seen.status, threads.Active)
    ]
    both = ["waitingOnApproval", "waitingOnUserInput"]
    assert flags == [both[:1], both, both[:1], []]
