"""Lines proposed by the local model: a scripted server of words, and the real one where it is installed.

`make local` has the real one; see test_local.py.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from journeyman.models.local import client as local_client
from journeyman.models.local.lines import LineProposer
from journeyman.models.local.server import LocalServer
from journeyman.models.repair.answer import Proposal, Suspect
from journeyman.net.http import HttpClient
from journeyman.sandbox.launcher import system_launcher
from journeyman.testing.fake_launcher import FakeLauncher, Script

PYTHON = os.getenv("JOURNEYMAN_LLAMACPP_PYTHON", "")
WEIGHTS = os.getenv("JOURNEYMAN_LLAMACPP_WEIGHTS", "")
SUSPECT = Suspect("a.py", 2, "def f(x):\n", "    return x")
WORDS = ["def f(x):\n", "    ", "return", " x", "\n", " y", "pass"]
# After so many tokens: which words come next, and how likely, as logarithms.
NEXT = {1: {1: -0.1}, 2: {2: -0.2, 6: -1.0}, 3: {3: -0.5, 5: -0.7, 4: -3.0}, 4: {4: -0.1}}
READY = Script(output=(b"local-model: ready http://127.0.0.1:1\n",), runs_on=True)


class WordServer:
    """Plays llama.cpp over words; `hangs` once it is asked to complete a line."""

    def __init__(self, *, hangs: bool = False, body: bytes | None = None) -> None:
        self.hangs = hangs
        self.body = body
        self.keys: set[str] = set()
        self.left = asyncio.Event()
        self.asked = asyncio.Event()

    @asynccontextmanager
    async def post_stream(
        self, url: str, headers: Mapping[str, str], body: bytes, *, idle_timeout_seconds: float
    ) -> AsyncGenerator[Any]:
        del idle_timeout_seconds
        self.keys.add(headers["Authorization"])
        try:
            yield _Answer(self.body or await self._answer(url, json.loads(body)))
        finally:
            self.left.set()

    async def _answer(self, url: str, asked: dict[str, Any]) -> bytes:
        if url.endswith("/tokenize"):
            return json.dumps({"tokens": _tokens(asked["content"])}).encode()
        self.left.clear()
        self.asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        prompt = asked["prompt"]
        if asked["n_predict"] > 1:
            return json.dumps({"content": " x" if prompt[-1] == 2 else ""}).encode()
        choices = NEXT.get(len(prompt), {})
        listed = [{"id": i, "token": WORDS[i], "logprob": p} for i, p in choices.items()]
        steps = [{"top_logprobs": listed}]
        return json.dumps({"content": "", "completion_probabilities": steps}).encode()


class _Answer:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self, limit_bytes: int) -> bytes:
        return self._body[:limit_bytes]


def _tokens(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while text:
        number = next(n for n, word in enumerate(WORDS) if text.startswith(word))
        found.append({"id": number, "piece": WORDS[number]})
        text = text.removeprefix(WORDS[number])
    return found


async def test_line_goes_on_where_the_model_would_have_gone_on_likeliest_first() -> None:
    http, server = WordServer(), LocalServer(FakeLauncher(READY), ("serve",), {})
    found = await LineProposer(server, http).propose([SUSPECT])
    await server.close()
    assert found == [
        Proposal("a.py", 2, "    return y"),
        Proposal("a.py", 2, "    pass"),
        Proposal("a.py", 2, "    return"),
    ]
    assert len(http.keys) == 1


@pytest.mark.parametrize("body", [b"", b'{"tokens": "x"}', b"<html>"])
async def test_server_that_fails_proposes_nothing(body: bytes) -> None:
    strange = LocalServer(FakeLauncher(READY), ("serve",), {})
    missing = LocalServer(FakeLauncher(Script(output=(b"local-model: missing weights\n",))), (), {})
    found = [
        await LineProposer(strange, WordServer(body=body or b"{}")).propose([SUSPECT]),
        await LineProposer(missing, WordServer()).propose([SUSPECT]),
    ]
    await strange.close()
    assert found == [[], []]


async def test_cancellation_leaves_the_request_at_once() -> None:
    http, server = WordServer(hangs=True), LocalServer(FakeLauncher(READY), ("serve",), {})
    asking = asyncio.create_task(LineProposer(server, http).propose([SUSPECT]))
    await http.asked.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await server.close()
    assert (asking.cancelled(), http.left.is_set()) == (True, True)


@pytest.mark.real
@pytest.mark.skipif(not PYTHON, reason="JOURNEYMAN_LLAMACPP_PYTHON names no Python with it")
@pytest.mark.timeout(120)
async def test_real_model_proposes_the_same_lines_again_and_the_right_one_among_them() -> None:
    script = Path(local_client.__file__).with_name("serve.py")
    launcher, http = system_launcher(os.defpath), HttpClient()
    argv = (PYTHON, "-I", str(script), WEIGHTS)
    server = LocalServer(launcher, argv, {"PATH": os.defpath})
    proposer = LineProposer(server, http)
    try:
        suspects = [Suspect("a.py", 2, "def add(a, b):\n", "    return a - b")]
        first, second = await proposer.propose(suspects), await proposer.propose(suspects)
    finally:
        await server.close()
        await http.close()
        launcher.close()
    assert first == second
    assert Proposal("a.py", 2, "    return a + b") in first
    assert all(one.text.strip() and "\n" not in one.text for one in first)
