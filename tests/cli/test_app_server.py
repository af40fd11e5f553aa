"""`jm app-server` as a process: its streams, its end, its addresses."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from journeyman.client.client import Client
from journeyman.client.spawn import spawn
from journeyman.client.websocket import connect
from journeyman.protocol import events, threads, turns
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.items import AgentMessageItem, TextInput
from journeyman.store.threads import RolloutStore
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

HELLO = '{"id":"a","method":"initialize","params":{"clientInfo":{"name":"zed","version":"2"}}}\n'


async def run_turn(client: Client, work: Path) -> str:
    """One turn from hello to its end; its final text."""
    await client.start(ClientInfo(name="t", version="1"))
    started = await client.thread_start(threads.ThreadStartParams(cwd=str(work)))
    params = turns.TurnStartParams(thread_id=started.thread.id, input=[TextInput(text="go")])
    await client.turn_start(params)
    async for seen in client.notifications():
        if isinstance(seen, events.TurnCompletedNotification):
            [item] = seen.turn.items
            return item.text if isinstance(item, AgentMessageItem) else ""
    return ""


async def test_spawned_server_runs_a_turn_and_ends_with_its_client(program: Program) -> None:
    program.provider.script(Step(items=[run("echo hi")]), Step(items=[Say("done")]))
    argv = [sys.executable, "-m", "journeyman", "app-server"]
    transport = await spawn(argv, cwd=str(program.work), env=program.env)
    client = Client(transport)
    assert await run_turn(client, program.work) == "done"
    assert client.server.codex_home == str(program.home)
    await client.close()
    assert program.provider.requests[0].headers["originator"] == "t"


def test_server_answers_files_and_leaves_bad_lines_out(program: Program, tmp_path: Path) -> None:
    requests, answers = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [HELLO, "garbage\n", "\n", '{"id":7,"method":"no/such"}\n', '{"method":"initialized"}']
    requests.write_text("".join(lines))
    with requests.open("rb") as given, answers.open("wb") as taken:
        done = program.start("app-server", "--stdio", stdin=given, stdout=taken)
        _, err = done.communicate(timeout=50)
    told = [json.loads(line) for line in answers.read_text().splitlines()]
    assert (done.returncode, err) == (0, b"")
    assert [answer["id"] for answer in told] == ["a", 7]
    assert told[0]["result"]["userAgent"].startswith("zed/0.169.0 ")
    assert told[1]["error"] == {"code": -32600, "message": "unknown method `no/such`"}


async def test_websocket_server_makes_its_token_and_ends_when_told(program: Program) -> None:
    program.provider.script(Step(items=[Say("over ws")]))
    listen = ["--listen", "ws://127.0.0.1:0", "--ws-auth", "capability-token"]
    server = program.start("app-server", *listen)
    assert server.stderr is not None
    told = (await asyncio.to_thread(server.stderr.readline)).decode().split()
    token = (program.home / "app-server.token").read_text().strip()
    assert told[:2] == ["listening", "on"]
    client = Client(await connect(told[2], token=token))
    assert await run_turn(client, program.work) == "over ws"
    server.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(server.wait, 50) == 0
    await client.close()
    server.communicate()


def test_command_running_in_a_turn_ends_with_the_server(program: Program) -> None:
    # Told apart from all other sleeps of this machine.
    sleep = f"sleep 1000.{uuid.uuid4().int}"
    program.provider.script(Step(items=[run(f"{sleep} & {sleep}")]))
    server = program.start("app-server", stdin=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None

    def ask(request_id: int, method: str, **params: object) -> str:
        assert server.stdin is not None
        assert server.stdout is not None
        request = {"id": request_id, "method": method, "params": params}
        server.stdin.write(json.dumps(request).encode() + b"\n")
        server.stdin.flush()
        while (answer := json.loads(server.stdout.readline())).get("id") != request_id:
            pass
        return str(answer["result"].get("thread", {}).get("id"))

    ask(1, "initialize", clientInfo={"name": "t", "version": "1"})
    thread_id = ask(2, "thread/start", cwd=str(program.work), sandbox="workspace-write")
    ask(3, "turn/start", threadId=thread_id, input=[{"type": "text", "text": "go"}])
    while b"commandExecution" not in server.stdout.readline():
        pass
    server.communicate(timeout=50)
    assert server.returncode == 0
    left = subprocess.run(["pgrep", "-f", sleep], check=False, capture_output=True, text=True)
    assert (left.returncode, left.stdout) == (1, "")
    recorded = RolloutStore(program.home).read(thread_id, with_turns=True)
    assert [turn.status for turn in recorded.turns] == ["interrupted"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--listen", "tcp://x"], "cannot listen there, in --listen tcp://x"),
        (["--listen", "ws://nowhere"], "no host and port, in --listen ws://nowhere"),
        (["--listen", "ws://127.0.0.1:99999"], "no host and port"),
        (["--listen", "unix:///nowhere/at/all"], "cannot listen on /nowhere/at/all"),
        (["-c", "model=5"], "model"),
        (["-C", "/nowhere"], "/nowhere"),
    ],
)
def test_server_that_cannot_serve_says_why(program: Program, args: list[str], told: str) -> None:
    before = args[:2] if args[0] == "-C" else []
    done = program.run(*before, "app-server", *(args if not before else []))
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_protocol_is_written_as_files(program: Program, tmp_path: Path) -> None:
    for kind, name in (
        ("generate-json-schema", "v2/TurnStartParams.json"),
        ("generate-ts", "v2/Turn.ts"),
    ):
        done = program.run("app-server", kind, "--experimental", "--out", str(tmp_path / kind))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / kind / name).exists()
    assert program.run("app-server", "generate-ts", "--out", str(tmp_path / "stable")).stdout == ""
    for folder, is_there in (("generate-ts", True), ("stable", False)):
        written = (tmp_path / folder / "v2" / "TurnStartParams.ts").read_text()
        assert ("collaborationMode" in written) == is_there
        assert (tmp_path / folder / "v2" / "ThreadSearchParams.ts").exists() == is_there
    (tmp_path / "file").write_text("")
    done = program.run("app-server", "generate-ts", "--out", str(tmp_path / "file"))
    assert done.returncode == 1
    assert "in --out: choose another folder" in done.stderr
