"""The shell tools: what the model is told, what the user sees, and that every item settles once."""

from __future__ import annotations

import asyncio
import re
import resource
from typing import Any

import msgspec
import pytest

from journeyman.protocol.items import CommandExecutionItem, FileChangeItem, UnknownCommandAction
from journeyman.testing.fake_launcher import Script
from journeyman.tools.api import ApprovalNeed, ToolError, ToolOutput
from journeyman.tools.builtin.exec_sessions import MAX_SESSIONS

SHORT = {"yield_time_ms": 250}


def _settled(item: Any) -> Any:
    """The item without what differs between runs."""
    return msgspec.structs.replace(item, duration_ms=None)


def _told(output: ToolOutput) -> str:
    assert isinstance(output.content, str)
    text = re.sub(r"Chunk ID: [0-9a-f]{6}", "Chunk ID: ID", output.content)
    return re.sub(r"Wall time: \d+\.\d{4} seconds", "Wall time: T", text)


async def test_command_is_told_and_settled_when_it_ends(real: Any) -> None:
    invocation = real.prepare("exec_command", cmd="echo hi; exit 3", workdir=".")
    started = CommandExecutionItem(
        id="c1",
        command="/bin/bash -c 'echo hi; exit 3'",
        cwd=str(real.project),
        status="inProgress",
        command_actions=[UnknownCommandAction(command="echo hi; exit 3")],
        process_id="1",
        source="unifiedExecStartup",
    )
    assert invocation.item == started
    output = await invocation.run(real.context)
    assert _told(output) == (
        "Chunk ID: ID\nWall time: T\nProcess exited with code 3\nOriginal token count: 1\nOutput:\nhi\n"
    )
    assert _settled(output.item) == msgspec.structs.replace(
        started, status="failed", aggregated_output="hi\n", exit_code=3
    )
    assert (output.success, output.denied, real.context.live) == (False, False, "hi\n")
    assert real.context.settled == []


@pytest.mark.parametrize("command", ["touch /etc/x", "exec 3<>/dev/tcp/192.0.2.1/80"])
async def test_denial_is_noticed_when_the_sandbox_refuses(real: Any, command: str) -> None:
    assert (await real.call("exec_command", cmd=command)).denied


async def test_items_of_commands_that_end_at_once_are_all_settled(fake: Any) -> None:
    bench = fake(*[Script(output=(b"x",))] * 50)
    outputs = await asyncio.gather(*(bench.call("exec_command", cmd="true") for _ in range(50)))
    assert [output.item.status for output in outputs] == ["completed"] * 50
    assert bench.context.live == "x" * 50


async def test_running_command_becomes_a_session_that_can_be_talked_to(real: Any) -> None:
    output = await real.call("exec_command", cmd="read x; echo got $x", tty=True, **SHORT)
    assert (output.item, "Process running with session ID 1\n" in output.content) == (None, True)
    output = await real.call("write_stdin", session_id=1, chars="word\n", yield_time_ms=5000)
    assert _told(output).endswith(
        "exited with code 0\nOriginal token count: 4\nOutput:\nword\r\ngot word\r\n"
    )
    assert [item.aggregated_output for item in real.context.settled] == ["word\r\ngot word\r\n"]
    with pytest.raises(ToolError, match=r"unknown session 1\. Running: none"):
        real.prepare("write_stdin", session_id=1)


async def test_control_c_ends_a_session(real: Any) -> None:
    for tty in (True, False):
        await real.call("exec_command", cmd="sleep 900", tty=tty, **SHORT)
    codes = [
        re.findall(
            r"code (\d+)",
            (
                await real.call("write_stdin", session_id=n, chars="\x03", yield_time_ms=5000)
            ).content,
        )
        for n in (1, 2)
    ]
    assert codes == [["130"], ["137"]]
    assert [item.status for item in real.context.settled] == ["failed", "failed"]


async def test_poll_of_a_session_brings_what_is_new(fake: Any) -> None:
    bench = fake(Script(output=(b"one",), runs_on=True, echo=True))
    first = await bench.call("exec_command", cmd="x", tty=True, **SHORT)
    second = await bench.call("write_stdin", session_id=1, chars="two")
    third = await bench.call("write_stdin", session_id=1, **SHORT)
    assert [_told(out).split("Output:\n")[1] for out in (first, second, third)] == [
        "one",
        "two",
        "",
    ]
    await bench.registry.settle(kill=True)


async def test_session_without_input_says_how_to_get_one(real: Any) -> None:
    await real.call("exec_command", cmd="sleep 900", **SHORT)
    with pytest.raises(ToolError, match="start the command again with tty: true"):
        await real.call("write_stdin", session_id=1, chars="x")
    await real.registry.settle(kill=True)


async def test_end_of_the_turn_settles_open_items_and_kills_when_told(fake: Any) -> None:
    bench = fake(Script(output=(b"a",), runs_on=True), Script(runs_on=True))
    await bench.call("exec_command", cmd="server", **SHORT)
    await bench.registry.settle(kill=False)
    assert [
        (item.status, item.aggregated_output, item.exit_code) for item in bench.context.settled
    ] == [("completed", "a", None)]
    await bench.call("exec_command", cmd="other", **SHORT)
    await bench.registry.settle(kill=True)
    await bench.registry.settle(kill=True)
    assert [item.status for item in bench.context.settled] == ["completed", "failed"]
    assert bench.launcher.running() == []


async def test_interrupt_kills_and_settles(real: Any) -> None:
    script = "echo up; sleep 900"
    invocation = real.prepare("exec_command", cmd=script)
    running = asyncio.create_task(invocation.run(real.context))
    await real.context.told.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    output = invocation.interrupted()
    assert (output.item.status, output.item.aggregated_output) == ("failed", "up\n")
    assert output.content.startswith("aborted by user after ")
    assert real.context.settled == []
    await real.registry.settle(kill=True)
    assert real.context.settled == []


async def test_command_is_ended_when_its_time_is_over(fake: Any) -> None:
    bench = fake(Script(runs_on=True), max_seconds=0.01)
    output = await bench.call("exec_command", cmd="sleep 900")
    assert (output.item.status, output.item.exit_code) == ("failed", 137)


async def test_flood_is_cut_for_the_model_and_flat_in_memory(real: Any) -> None:
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    command = "head -c 300000000 /dev/zero | tr '\\0' 'x'; echo; echo end"
    output = await real.call(
        "exec_command", cmd=command, max_output_tokens=100, yield_time_ms=30_000
    )
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    assert "Original token count: 75000002\n" in output.content
    assert output.content.endswith("x\nend\n")
    assert (len(output.content) < 700, len(output.item.aggregated_output) < 1_100_000) == (
        True,
        True,
    )
    assert real.context.kept_bytes == 300_000_005
    assert grown_kib < 60_000


async def test_failed_start_is_told_and_settled(real: Any) -> None:
    output = await real.call("exec_command", cmd="true", workdir="nowhere")
    assert (
        output.content == f"exec_command failed: {real.project}/nowhere: No such file or directory"
    )
    assert (output.item.status, output.success) == ("failed", False)


def test_arguments_that_do_not_fit_are_named(fake: Any) -> None:
    bench = fake()
    for arguments, text in (
        ({}, "missing required argument `cmd`"),
        (
            {"cmd": "x", "timeout": 3},
            "unknown argument timeout. The arguments are: cmd, workdir, tty",
        ),
        ({"cmd": ["ls"]}, "cmd must be a string"),
        ({"cmd": " "}, "cmd is empty"),
        ({"cmd": "x" * 200_000}, "longer than 128 KiB"),
        ({"cmd": "x", "sandbox_permissions": "all"}, "sandbox_permissions must be one of"),
    ):
        with pytest.raises(ToolError, match=text):
            bench.prepare("exec_command", **arguments)


def test_numbers_as_text_and_null_are_understood(fake: Any) -> None:
    invocation = fake().prepare("exec_command", cmd="x", yield_time_ms="900", workdir=None)
    assert invocation._limits.wait_seconds == 0.9


def test_need_says_what_would_run_and_what_is_asked_for(fake: Any) -> None:
    bench = fake()
    options = {"shell": "/bin/zsh", "login": True}
    invocation = bench.prepare(
        "exec_command",
        cmd="git push",
        **options,
        sandbox_permissions="require_escalated",
        justification="May I push?",
        prefix_rule=["git", "push"],
    )
    assert invocation.need == ApprovalNeed(
        argv=("/bin/zsh", "-lc", "git push"),
        cwd=str(bench.project),
        escalate=True,
        justification="May I push?",
        prefix_rule=("git", "push"),
    )


async def test_refused_command_is_declined(fake: Any) -> None:
    invocation = fake().prepare("exec_command", cmd="x")
    output = invocation.refused("rejected by the user")
    assert (output.content, output.item.status, output.success) == (
        "rejected by the user",
        "declined",
        False,
    )


async def test_too_many_sessions_are_refused(fake: Any) -> None:
    bench = fake(*[Script(runs_on=True)] * MAX_SESSIONS)
    await asyncio.gather(
        *(bench.call("exec_command", cmd="x", **SHORT) for _ in range(MAX_SESSIONS))
    )
    with pytest.raises(ToolError, match="64 commands are still running"):
        bench.prepare("exec_command", cmd="x")
    bench.launcher.processes[0]._end(0)
    await bench.sessions.find(1).finished.wait()
    bench.prepare("exec_command", cmd="x")
    await bench.registry.settle(kill=True)


async def test_heredoc_that_only_applies_a_patch_is_a_file_change(real: Any) -> None:
    (real.project / "sub").mkdir()
    command = "cd sub && apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch\nEOF"
    output = await real.call("exec_command", cmd=command)
    assert isinstance(output.item, FileChangeItem)
    assert (real.project / "sub" / "new.txt").read_text() == "x\n"


def test_patch_without_a_program_is_told_and_no_shell_runs_it(fake: Any) -> None:
    patch = "*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch"
    with pytest.raises(ToolError, match="patch detected without explicit call to apply_patch"):
        fake().prepare("exec_command", cmd=patch)
