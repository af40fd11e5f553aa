"""The local model: the life of its server, played by a fake program, and the real one where it is installed.

JOURNEYMAN_LLAMACPP_PYTHON names a Python with its server, JOURNEYMAN_LLAMACPP_WEIGHTS the model; `make local` has both.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from tests.models.asking import prompt_of

from journeyman.models.api import Finished, ModelError, Remark, StreamEvent, TextDelta
from journeyman.models.local import client as local_client
from journeyman.models.local.client import LocalClient
from journeyman.models.local.server import Address, LocalServer
from journeyman.models.openai_chat import ChatDialect
from journeyman.models.providers import BUILT_IN
from journeyman.models.transport import HttpModelClient
from journeyman.net.http import HttpClient
from journeyman.sandbox.launcher import system_launcher
from journeyman.testing.fake_launcher import FakeLauncher, Script
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Say, Step

PYTHON = os.getenv("JOURNEYMAN_LLAMACPP_PYTHON", "")
WEIGHTS = os.getenv("JOURNEYMAN_LLAMACPP_WEIGHTS", "")
PROMPT = prompt_of(model="smollm2")


class Patience:
    """A sleep that lasts until the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.over.wait()


def serving(provider: MockProvider) -> Script:
    """A program that says where it serves, in pieces, and then more."""
    address = provider.base_url.removesuffix("/v1")
    said = (b"llama: noise\nlocal-", f"model: ready {address}\n".encode(), b"more noise\n")
    return Script(output=said, runs_on=True)


@asynccontextmanager
async def asking(server: LocalServer) -> AsyncGenerator[LocalClient]:
    http = HttpClient()

    def make(address: Address) -> HttpModelClient:
        provider = msgspec.structs.replace(BUILT_IN["local"], base_url=f"{address.url}/v1")
        return HttpModelClient(provider, ChatDialect(), http=http, api_key=address.key)

    try:
        yield LocalClient(server, make)
    finally:
        await server.close()
        await http.close()


async def ask(client: LocalClient) -> list[StreamEvent]:
    return [event async for event in client.stream(PROMPT)]


async def test_server_is_started_once_and_stopped_after_a_pause():
    with MockProvider(*(Step(items=[Say("hi")]) for _ in range(3))) as provider:
        launcher, patience = FakeLauncher(answer=lambda _: serving(provider)), Patience()
        server = LocalServer(launcher, ("serve",), {"PATH": "/bin"}, sleep=patience.sleep)
        async with asking(server) as client:
            first, second = await ask(client), await ask(client)
            assert isinstance(first[0], Remark)
            assert "experimental" in first[0].text
            assert not any(isinstance(event, Remark) for event in second)
            assert len(launcher.running()) == 1
            patience.over.set()
            await launcher.processes[0].wait()
            await ask(client)
            assert [process.killed for process in launcher.processes] == [True, False]
        assert (launcher.running(), set(patience.asked)) == ([], {300.0})
        key = launcher.processes[0].written[0].decode().strip()
        assert provider.requests[0].headers["authorization"] == f"Bearer {key}"
        assert key not in str(launcher.launched[0][0])
        assert re.fullmatch("[0-9a-f]{32}", key)


async def test_server_that_died_is_started_again():
    with MockProvider(*(Step(items=[Say("hi")]) for _ in range(2))) as provider:
        launcher = FakeLauncher(answer=lambda _: serving(provider))
        async with asking(LocalServer(launcher, ("serve",), {})) as client:
            await ask(client)
            await launcher.processes[0].kill()
            assert isinstance((await ask(client))[-1], Finished)
        assert len(launcher.processes) == 2


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (
            Script(output=(b"local-model: missing server\n",)),
            "the local model cannot be started, its server is not installed: pip install",
        ),
        (
            Script(output=(b"local-model: missing weights\n",)),
            "the local model cannot be started, its weights are not there yet: jm models pull",
        ),
        (
            Script(output=(b"noise\n", b"ImportError: libgomp"), exit_code=1),
            "the local model did not start: ImportError: libgomp",
        ),
        (
            Script(error=OSError(2, "No such file or directory")),
            "the local model did not start: [Errno 2] No such file or directory",
        ),
    ],
)
async def test_server_that_does_not_start_is_told_with_what_to_do(script: Script, says: str):
    launcher = FakeLauncher(script)
    async with asking(LocalServer(launcher, ("serve",), {})) as client:
        with pytest.raises(ModelError) as raised:
            await ask(client)
    assert raised.value.message.startswith(says)
    assert not raised.value.retryable
    assert launcher.running() == []


async def test_other_local_models_are_refused():
    launcher = FakeLauncher()
    async with asking(LocalServer(launcher, ("serve",), {})) as client:
        with pytest.raises(ModelError, match="the one there is is local/smollm2"):
            [event async for event in client.stream(prompt_of(model="qwen"))]


@pytest.mark.real
@pytest.mark.skipif(not PYTHON, reason="JOURNEYMAN_LLAMACPP_PYTHON names no Python with it")
@pytest.mark.timeout(120)
async def test_real_local_model_answers_and_leaves_with_its_user():
    script = Path(local_client.__file__).with_name("serve.py")
    launcher = system_launcher(os.defpath)
    server = LocalServer(launcher, (PYTHON, "-I", str(script), WEIGHTS), {"PATH": os.defpath})
    async with asking(server) as client:
        events = await ask(client)
        async with server.running() as address:
            port = address.url.rpartition(":")[2]
            wrong = Address(address.url, "guessed")
            assert await refusal(wrong) == "unauthorized"
    launcher.close()
    assert any(isinstance(event, TextDelta) for event in events)
    assert isinstance(events[-1], Finished)
    assert events[-1].usage.output_tokens > 0
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", int(port))


async def refusal(address: Address) -> str:
    """The kind of error that asking there brings."""
    http = HttpClient()
    provider = msgspec.structs.replace(BUILT_IN["local"], base_url=f"{address.url}/v1")
    client = HttpModelClient(provider, ChatDialect(), http=http, api_key=address.key)
    try:
        async for _ in client.stream(PROMPT):
            pass
    except ModelError as error:
        return error.kind
    finally:
        await http.close()
    return "none"
