"""Whatever a client sends, every request is answered, nothing fails inside the server, and the next one is served."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeyman.client.memory import memory_pair
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol.jsonrpc import INTERNAL_ERROR, Envelope
from journeyman.protocol.methods import CLIENT_REQUESTS
from journeyman.server.connection import Connection
from journeyman.testing.app_server_harness import services_for
from journeyman.testing.fake_launcher import FakeLauncher
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit

METHODS = [method for method in CLIENT_REQUESTS if method.name != "initialize"]
# Ids of threads and turns, paths and texts: what can do most harm in the wrong place.
WORDS = [
    "",
    "x",
    "../../etc/passwd",
    "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee",
    "THREAD",
    "\x00",
    "é\n",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(WORDS),
    st.text(),
)
FILLERS: list[Any] = ["THREAD", [], {}, 1, [{"type": "text", "text": "go"}]]
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, bytes]:
    """A method, and params of which some are named as they should be."""
    method = draw(st.sampled_from(METHODS))
    names = [field.encode_name for field in msgspec.structs.fields(method.params)]
    keys = st.sampled_from(names) if names else st.text(max_size=8)
    params = draw(st.dictionaries(keys, VALUES, max_size=6) | VALUES)
    if isinstance(params, dict) and "threadId" in names and draw(st.booleans()):
        params["threadId"] = "THREAD"
        needed = {field.encode_name: field for field in msgspec.structs.fields(method.params)}
        for name, field in needed.items():
            if field.required and name not in params:
                params[name] = draw(st.sampled_from(FILLERS))
    return method.name, msgspec.json.encode(params)


async def play(home: Path, sent: list[tuple[str, bytes]]) -> list[tuple[str, Envelope]]:
    """The answers to all requests of one connection with a loaded thread, whose id stands for `THREAD`."""
    kit = ThreadKit(
        connect=lambda _: ScriptedClient([]), launcher=FakeLauncher(), clock=SystemClock()
    )
    factory = PlainThreadFactory(home, kit)
    manager = ThreadManager(factory, factory.store)
    near, far = memory_pair()
    serving = asyncio.create_task(Connection(far, services_for(manager)).serve())
    hello = b'{"clientInfo":{"name":"f","version":"1"},"capabilities":{"experimentalApi":true}}'

    async def ask(number: int, method: str, params: bytes) -> Envelope:
        await near.send(Envelope(id=number, method=method, params=msgspec.Raw(params)))
        while (answer := await near.receive()) is not None:
            if answer.method is None and answer.id == number:
                return answer
        raise AssertionError(method)

    await ask(-1, "initialize", hello)
    started = await ask(-2, "thread/start", b"{}")
    assert isinstance(started.result, msgspec.Raw)
    thread_id: str = msgspec.json.decode(started.result)["thread"]["id"]
    answers = [
        (method, await ask(number, method, params.replace(b"THREAD", thread_id.encode())))
        for number, (method, params) in enumerate(sent)
    ]
    answers.append(("last", await ask(-3, "thread/loaded/list", b"{}")))
    await near.close()
    await serving
    await manager.close()
    return answers


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sent=st.lists(requests(), min_size=5, max_size=25))
def test_every_request_is_answered_and_the_next_one_is_served(tmp_path: Path, sent: Any) -> None:
    answers = asyncio.run(play(tmp_path, sent))
    broken = [
        (method, answer.error.message)
        for method, answer in answers
        if answer.error is not None and answer.error.code == INTERNAL_ERROR
    ]
    assert broken == []
    assert len(answers) == len(sent) + 1
    assert answers[-1][1].error is None
