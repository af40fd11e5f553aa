"""process/*: programs of a client's own, as it sees them, over the real launcher."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.cli.server_parts import server_in

from journeyman.protocol.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    RpcError,
)
from journeyman.testing.raw_client import RawClient


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[RawClient]:
    async with server_in(tmp_path) as services, RawClient(services) as client:
        yield client


def program(tmp_path: Path, script: str, handle: str = "p", **more: Any) -> dict[str, Any]:
    command = ["sh", "-c", script]
    return {"command": command, "cwd": str(tmp_path), "processHandle": handle, **more}


def ended(exit_code: int, **members: Any) -> dict[str, Any]:
    caps = {"stdoutCapReached": False, "stderrCapReached": False}
    given = {"processHandle": "p", "exitCode": exit_code, "stdout": "", "stderr": "", **caps}
    return {**given, **members}


async def test_process_runs_without_the_sandbox_and_its_end_is_told(
    client: RawClient, tmp_path: Path
) -> None:
    env = {"A": "1", "HOME": None}
    script = "echo $A$HOME; echo 12345 >&2; touch written; exit 3"
    params = program(tmp_path, script, env=env, outputBytesCap=4)
    assert await client.call("process/spawn", params) == {}
    told = await client.wait_for("process/exited")
    assert told == ended(3, stdout="1\n", stderr="1234", stderrCapReached=True)
    assert (tmp_path / "written").exists()


async def test_process_streams_takes_input_and_is_killed(client: RawClient, tmp_path: Path) -> None:
    script = "echo ready; read line; echo got $line; exec sleep 1000"
    params = program(tmp_path, script, streamStdin=True, streamStdoutStderr=True, timeoutMs=None)
    await client.call("process/spawn", params)
    await client.wait_for("process/outputDelta")
    given = {"processHandle": "p", "deltaBase64": _b64(b"hi\n")}
    assert await client.call("process/writeStdin", given) == {}
    told = await client.wait_for("process/outputDelta", count=2)
    assert (told["stream"], told["deltaBase64"]) == ("stdout", _b64(b"got hi\n"))
    with pytest.raises(RpcError, match="duplicate active process handle: 'p'"):
        await client.call("process/spawn", params)
    assert await client.call("process/kill", {"processHandle": "p"}) == {}
    assert await client.wait_for("process/exited") == ended(137)
    # Its name is free again.
    await client.call("process/spawn", program(tmp_path, "exit 0"))
    assert await client.wait_for("process/exited", count=2) == ended(0)


async def test_process_on_a_terminal_has_its_size(client: RawClient, tmp_path: Path) -> None:
    size = {"rows": 11, "cols": 22}
    params = program(tmp_path, "stty size; read x; stty size", tty=True, size=size)
    await client.call("process/spawn", params)
    first = await client.wait_for("process/outputDelta")
    resized = {"processHandle": "p", "size": {"rows": 5, "cols": 6}}
    await client.call("process/resizePty", resized)
    await client.call("process/writeStdin", {"processHandle": "p", "deltaBase64": _b64(b"\n")})
    await client.wait_for("process/exited")
    shown = [p["deltaBase64"] for name, p in client.seen if name == "process/outputDelta"]
    assert base64.b64decode(first["deltaBase64"]) == b"11 22\r\n"
    assert b"5 6\r\n" in b"".join(map(base64.b64decode, shown))


async def test_process_ends_with_its_time_and_with_its_client(tmp_path: Path) -> None:
    async with server_in(tmp_path) as services:
        async with RawClient(services) as client:
            await client.call("process/spawn", program(tmp_path, "exec sleep 99", timeoutMs=1))
            assert await client.wait_for("process/exited") == ended(124)
            script = "echo $$ > pid; echo ready; exec sleep 99"
            params = program(tmp_path, script, timeoutMs=None, streamStdoutStderr=True)
            await client.call("process/spawn", params)
            await client.wait_for("process/outputDelta")
        # Nothing of it is left once the connection is closed: to close waits for its end.
        assert not (Path("/proc") / (tmp_path / "pid").read_text().strip()).exists()


REFUSALS: list[tuple[str, dict[str, Any], int]] = [
    ("process/spawn", {"command": []}, INVALID_REQUEST),
    ("process/spawn", {"processHandle": ""}, INVALID_REQUEST),
    ("process/spawn", {"cwd": "relative"}, INVALID_REQUEST),
    ("process/spawn", {"cwd": "/nonexistent"}, INTERNAL_ERROR),
    ("process/spawn", {"size": {"rows": 1, "cols": 1}}, INVALID_PARAMS),
    ("process/spawn", {"timeoutMs": -1}, INVALID_PARAMS),
    ("process/writeStdin", {"processHandle": "zz", "closeStdin": True}, INVALID_REQUEST),
    ("process/writeStdin", {"processHandle": "run"}, INVALID_PARAMS),
    ("process/writeStdin", {"processHandle": "run", "closeStdin": True}, INVALID_REQUEST),
    (
        "process/resizePty",
        {"processHandle": "run", "size": {"rows": 1, "cols": 1}},
        INVALID_REQUEST,
    ),
    ("process/resizePty", {"processHandle": "run", "size": {"rows": 0, "cols": 1}}, INVALID_PARAMS),
    ("process/kill", {"processHandle": "zz"}, INVALID_REQUEST),
]


async def test_wrong_requests_are_refused_with_the_codes_of_the_reference(
    client: RawClient, tmp_path: Path
) -> None:
    await client.call("process/spawn", program(tmp_path, "exec sleep 99", "run"))
    for method, params, code in REFUSALS:
        given = {**program(tmp_path, "true"), **params} if method == "process/spawn" else params
        with pytest.raises(RpcError) as caught:
            await client.call(method, given)
        assert (method, params, caught.value.code) == (method, params, code)
