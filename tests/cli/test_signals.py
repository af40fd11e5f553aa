"""Stopping a run: everything settles, nothing is left, and the exit code tells the signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from tests.cli.processes import alive

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run


def _wait_for(process: subprocess.Popen[bytes], words: bytes) -> bytes:
    """Read stdout up to the line that has `words`."""
    assert process.stdout is not None
    seen = b""
    for line in process.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"never seen: {words!r} in {seen!r}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("mode", ["read-only", "danger-full-access"])
def test_a_signal_settles_the_turn_and_leaves_no_process(
    program: Program, number: signal.Signals, mode: str
):
    marker = f"{os.getpid()}.{number.value}"
    program.provider.script(Step(items=[run(f"sleep 300.{marker} & sleep 300.{marker}")]))
    args = ["exec", "--skip-git-repo-check", "--json", "-s", mode, "x"]
    process = program.start(*args)
    _wait_for(process, b"command_execution")

    process.send_signal(number)
    out, err = process.communicate(timeout=50)

    told = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 128 + number
    assert [event["type"] for event in told] == ["item.completed"]
    assert told[0]["item"]["status"] == "failed"
    assert err == b""
    assert alive(f"300.{marker}") == []


def test_a_signal_drops_the_model_when_it_is_being_asked(program: Program):
    program.provider.script(Step(items=[Say("never whole")], hang_after=3))
    process = program.start("exec", "--skip-git-repo-check", "x")
    assert program.provider.hanging.wait(50)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=50)
    assert process.returncode == 128 + signal.SIGTERM
    assert b"interrupted\ntokens used\n" in err
    assert program.provider.client_gone.wait(50)


def test_a_thread_goes_on_after_it_was_stopped(program: Program):
    program.provider.script(
        Step(items=[run("echo before; sleep 300")]), Step(items=[Say("went on")])
    )
    process = program.start("exec", "--skip-git-repo-check", "--json", "x")
    _wait_for(process, b"command_execution")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=50)
    assert program.exec("resume", "--last", "go on").stdout == "went on\n"
