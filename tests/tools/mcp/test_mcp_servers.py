"""MCP servers as `jm exec` meets them: real servers by the official SDK, over pipes and over HTTP."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Say, Step

SERVER = Path(__file__).with_name("server_program.py")
DONE = Step(items=[Say("done")])


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with MockProvider() as provider:
        yield Program(tmp_path, provider)
        provider.check()


def configure(
    program: Program, *lines: str, name: str = "notes", argv: list[str] | None = None
) -> None:
    """Add a server that is a program; `argv` replaces the one of these tests."""
    words = argv or [sys.executable, str(SERVER), str(program.work / "notes")]
    table = [
        f"[mcp_servers.{name}]",
        f"command = {json.dumps(words[0])}",
        f"args = {json.dumps(words[1:])}",
    ]
    with program.config.open("a", encoding="utf-8") as file:
        file.write("\n".join(["", *table, *lines, ""]))


def calls(program: Program, *steps: Call) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Let the model make these calls, one a step; the items of `exec`, and the outputs the model got."""
    program.provider.script(*[Step(items=[call]) for call in steps], DONE)
    done = program.exec("--json", "go")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    last = program.provider.requests[-1].json["input"]
    outputs = {it["call_id"]: it["output"] for it in last if it["type"] == "function_call_output"}
    return [item for item in items if item["type"] == "mcp_tool_call"], outputs


def tools_of(program: Program, request: int) -> list[str]:
    return [tool["name"] for tool in program.provider.requests[request].json["tools"]]


def test_tools_are_offered_sorted_called_and_answered(program: Program) -> None:
    configure(program)
    echo = Call("mcp__notes__echo", {"text": "hi \u202e"}, "a")
    items, outputs = calls(program, echo, Call("mcp__notes__picture", {}, "b"))
    assert [(item["tool"], item["status"]) for item in items] == [
        ("echo", "completed"),
        ("picture", "completed"),
    ]
    assert items[0]["result"]["content"] == [{"type": "text", "text": "echo: hi \u202e"}]
    assert outputs["a"][1] == {"type": "input_text", "text": "echo: hi \u202e"}
    assert outputs["b"][1]["image_url"].startswith("data:image/png;base64,")
    names = tools_of(program, 0)
    assert (names == sorted(names), tools_of(program, 2) == names) == (True, True)
    assert {"mcp__notes__echo", "mcp__notes__write", "exec_command"} <= set(names)


def test_flood_of_an_answer_reaches_the_model_bounded(program: Program) -> None:
    configure(program)
    items, outputs = calls(program, Call("mcp__notes__large", {}, "a"))
    assert len(json.dumps(outputs["a"])) < 50_000
    assert "tokens left out" in outputs["a"][1]["text"]
    assert len(items[0]["result"]["content"][0]["text"]) == 1_000_000


def test_tool_that_may_change_things_is_not_called_when_nobody_can_be_asked(
    program: Program,
) -> None:
    configure(program)
    items, outputs = calls(program, Call("mcp__notes__write", {"text": "x"}, "a"))
    why = "MCP tool call requires approval, but approval policy is never"
    assert (items[0]["status"], items[0]["error"]) == ("failed", {"message": why})
    assert (outputs["a"], (program.work / "notes").exists()) == (why, False)


@pytest.mark.parametrize(
    "line", ['default_tools_approval_mode = "approve"', 'tools.write.approval_mode = "approve"']
)
def test_tool_that_the_user_approved_for_good_is_called(program: Program, line: str) -> None:
    configure(program, line)
    items, _ = calls(program, Call("mcp__notes__write", {"text": "x"}, "a"))
    assert (items[0]["status"], (program.work / "notes").read_text()) == ("completed", "x\n")


def test_only_the_tools_that_the_user_wants_are_offered(program: Program) -> None:
    configure(program, 'enabled_tools = ["echo", "large"]', 'disabled_tools = ["large"]')
    calls(program)
    assert [name for name in tools_of(program, 0) if name.startswith("mcp__")] == [
        "mcp__notes__echo"
    ]


def test_server_that_ended_is_told_and_started_again_with_the_same_tools(program: Program) -> None:
    configure(program)
    echo = Call("mcp__notes__echo", {"text": "again"}, "b")
    items, outputs = calls(program, Call("mcp__notes__die", {}, "a"), echo)
    assert [item["status"] for item in items] == ["failed", "completed"]
    assert "the server ended" in outputs["a"]
    assert tools_of(program, 0) == tools_of(program, 1) == tools_of(program, 2)


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["/nowhere/server"], "not found"),
        (["/bin/sh", "-c", "echo nonsense; exit 3"], "Connection closed"),
        (["/bin/sh", "-c", "sleep 600"], "it did not answer in 1 s"),
    ],
)
def test_server_that_does_not_start_costs_only_its_tools(
    program: Program, argv: list[str], why: str
) -> None:
    configure(program, "startup_timeout_sec = 1.0", argv=argv)
    program.provider.script(DONE)
    done = program.exec("go")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert "The MCP server notes is not there: " in done.stderr
    assert why in done.stderr


def test_turn_fails_when_a_required_server_does_not_start(program: Program) -> None:
    configure(program, "required = true", argv=["/nowhere/server"])
    done = program.exec("go")
    assert done.returncode == 1
    assert "the required MCP server notes is not there" in done.stderr
    assert program.provider.requests == []


def test_table_that_says_neither_program_nor_address_is_refused(program: Program) -> None:
    with program.config.open("a", encoding="utf-8") as file:
        file.write("[mcp_servers.none]\nargs = []\n")
    done = program.exec("go")
    assert (done.returncode, done.stderr.count("Traceback")) == (1, 0)
    assert "mcp_servers.none" in done.stderr


def test_server_whose_token_is_missing_costs_its_own_tools_only(program: Program) -> None:
    with program.config.open("a", encoding="utf-8") as file:
        file.write(
            '[mcp_servers.web]\nurl = "http://127.0.0.1:9/mcp"\nbearer_token_env_var = "GONE"\n'
        )
    program.provider.script(DONE)
    done = program.exec("go")
    told = "The MCP server web is not there: its token is missing: set the variable GONE\n"
    assert (done.returncode, f"warning: {told}" in done.stderr) == (0, True)
    refused = program.run("mcp", "login", "web")
    assert (refused.returncode, "nothing to sign in to" in refused.stderr) == (1, True)


def test_server_gets_its_own_variables_and_no_key(program: Program) -> None:
    script = (
        'printf "%s\\n" "${MOCK_KEY-none}" "${GIVEN-none}" "${NAMED-none}" >seen; exec sleep 600'
    )
    program.env |= {"NAMED": "named", "OTHER_TOKEN": "secret"}
    configure(
        program,
        'env = { GIVEN = "given" }',
        'env_vars = ["NAMED"]',
        "startup_timeout_sec = 1.0",
        argv=["/bin/sh", "-c", script],
    )
    calls(program)
    assert (program.work / "seen").read_text().split() == ["none", "given", "named"]


@pytest.mark.real
def test_server_is_gone_when_the_agent_was_killed(program: Program) -> None:
    stubborn = ["/bin/sh", "-c", "trap '' TERM HUP; echo $$ >pid; while :; do sleep 1; done"]
    configure(program, "startup_timeout_sec = 30.0", argv=stubborn)
    process = program.start("exec", "--skip-git-repo-check", "go")
    pid_file = program.work / "pid"
    while not (pid_file.exists() and (text := pid_file.read_text())):
        assert process.poll() is None
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    watch = os.pidfd_open(int(text)) if Path(f"/proc/{int(text)}").exists() else None
    if watch is not None:
        poll = select.poll()
        poll.register(watch, select.POLLIN)
        assert poll.poll(10_000), "the server outlived the agent"
        os.close(watch)


@pytest.mark.real
def test_server_over_http_gets_the_token_and_answers(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, str(SERVER.with_name("http_program.py")), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert server.stderr is not None
    try:
        while b"Uvicorn running" not in server.stderr.readline():
            assert server.poll() is None
        with program.config.open("a", encoding="utf-8") as file:
            file.write(f'[mcp_servers.web]\nurl = "http://127.0.0.1:{port}/mcp"\n')
            file.write('bearer_token_env_var = "WEB_TOKEN"\n')
        program.env |= {"WEB_TOKEN": "the-token"}
        items, _ = calls(program, Call("mcp__web__echo", {"text": "hi"}, "a"))
        assert items[0]["result"]["content"] == [{"type": "text", "text": "echo: hi"}]
    finally:
        server.kill()
        server.communicate()
