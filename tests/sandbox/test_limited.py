"""Limits of time and output, over a real process."""

from __future__ import annotations

import sys
from pathlib import Path

from journeyman.sandbox.api import Command, Process
from journeyman.sandbox.direct import DirectLauncher
from journeyman.sandbox.limited import limited
from journeyman.sandbox.policy import Limits

_ENDED = b"\nThe sandbox ended this command: "


async def _outcome(script: str, directory: Path, limits: Limits) -> tuple[int, bytes]:
    command = Command(argv=("/bin/sh", "-c", script), cwd=str(directory), env={})
    process: Process = limited(DirectLauncher(sys.executable).launch(command), limits)
    output = b""
    while data := await process.read():
        output += data
    return await process.wait(), output


async def test_command_ends_when_it_prints_or_runs_too_long(tmp_path: Path) -> None:
    limits = Limits(output_bytes=10)
    told = (
        b"it printed more than 10 bytes; the user can allow more by sandbox_limits.output_bytes.\n"
    )
    assert await _outcome("while :; do echo 1234; done", tmp_path, limits) == (
        137,
        b"1234\n1234\n" + _ENDED + told,
    )
    told = b"it ran longer than 0.1 seconds; the user can allow more by sandbox_limits.seconds.\n"
    assert await _outcome("sleep 100", tmp_path, Limits(seconds=0.1)) == (137, _ENDED + told)


async def test_command_within_its_limits_is_left_alone(tmp_path: Path) -> None:
    limits = Limits(output_bytes=5, seconds=1000)
    assert await _outcome("echo 1234; exit 3", tmp_path, limits) == (3, b"1234\n")
