"""kill -9 at random moments of a run: the thread resumes, nothing is lost or run twice, nothing is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, Think, patch, run

# About as long as the rest of the run takes on a quiet machine.
LONGEST_SECONDS = 0.6


def steps(command_log: Path, marker: str) -> list[Step]:
    """Four steps: commands that count themselves, one in the background, a patch, and the answer."""
    add = patch("*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch", call_id="patched")
    return [
        Step(items=[Think("hm"), run(f"echo one >> {command_log}", call_id="one")]),
        Step(items=[run(f"sleep {marker} & sleep 0.1; echo two >> {command_log}", call_id="two")]),
        Step(items=[add, run(f"echo three >> {command_log}", call_id="three")]),
        Step(items=[Say("done")]),
    ]


def left_over(marker: str) -> list[str]:
    """Processes that carry the marker once the kernel had its time to end them."""
    deadline = time.monotonic() + 30
    while (found := carriers(marker)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def carriers(marker: str) -> list[str]:
    """Processes that carry the marker now."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if marker.encode() in words:
            found.append(entry.parent.name)
    return found


def acknowledged(out: bytes) -> list[dict[str, Any]]:
    """The items that the killed run said were settled; a torn last line says nothing."""
    lines = out.decode().split("\n")[:-1]
    told = [json.loads(line) for line in lines]
    return [event["item"] for event in told if event["type"] == "item.completed"]


@pytest.mark.parametrize("seed", range(20))
def test_thread_resumes_when_the_program_was_killed(program: Program, seed: int) -> None:
    log, marker = program.work / "log", f"28{seed}.{os.getpid()}"
    program.provider.script(*steps(log, marker))
    arguments = ("--json", "-s", "workspace-write", "go")
    killed = program.start("exec", "--skip-git-repo-check", *arguments)
    assert killed.stdout
    first = killed.stdout.readline()
    delay = random.Random(seed).uniform(0, LONGEST_SECONDS)
    try:
        killed.wait(delay)
    except subprocess.TimeoutExpired:
        killed.send_signal(signal.SIGKILL)
    out, _ = killed.communicate(timeout=50)
    assert left_over(marker) == []

    thread_id = json.loads(first)["thread_id"]
    done = acknowledged(out)
    program.provider.script(Step(items=[Say("back")]))
    resumed = program.exec("-s", "workspace-write", "resume", thread_id, "go on")
    assert (resumed.returncode, resumed.stdout) == (0, "back\n"), resumed.stderr
    outputs = {
        item["call_id"]: json.dumps(item["output"])
        for item in program.asked()["input"]
        if item["type"].endswith("_output")
    }
    ran = [item for item in done if item["type"] == "command_execution"]
    assert sum("exited with code" in output for output in outputs.values()) >= len(ran)
    words = log.read_text().split() if log.exists() else []
    assert len(words) == len(set(words)), "a command ran twice"
