"""Programs of the user's own: real processes, their output, and that nothing is left of them."""

from __future__ import annotations

import asyncio
import os
import select
from pathlib import Path

import pytest

from journeyman.sandbox.api import ProgramEnd
from journeyman.sandbox.user_programs import ShellPrograms

_ENV = {"PATH": "/usr/bin:/bin", "GREETING": "hello"}


async def _run(
    line: str, cwd: Path, *, stdin: bytes = b"", timeout_seconds: float = 30
) -> ProgramEnd:
    return await ShellPrograms().run(
        line, stdin=stdin, cwd=str(cwd), env=_ENV, timeout_seconds=timeout_seconds
    )


async def test_program_gets_input_folder_and_environment_and_its_outputs_stay_apart(tmp_path: Path):
    end = await _run("cat; echo $GREETING >&2; pwd; exit 3", tmp_path, stdin=b"in\n")
    assert end == ProgramEnd(exit_code=3, stdout=f"in\n{tmp_path}\n", stderr="hello\n")


async def test_program_that_never_reads_its_input_ends_all_the_same(tmp_path: Path):
    end = await _run("echo no >&2; exit 2", tmp_path, stdin=b"x" * 1_000_000)
    assert end == ProgramEnd(exit_code=2, stderr="no\n")


async def test_program_that_prints_without_end_is_bounded(tmp_path: Path):
    end = await _run("head -c 5000000 /dev/zero | tr '\\0' x", tmp_path)
    assert (end.exit_code, len(end.stdout)) == (0, 65_536)


async def test_program_that_hangs_is_killed_with_its_children(tmp_path: Path):
    end = await _run("sleep 1000 & echo $! > child; sleep 1000", tmp_path, timeout_seconds=0.5)
    assert end.problem == "it did not end within 0.5 s and was killed"
    assert _is_gone(int(_text(tmp_path / "child")))


async def test_program_that_leaves_a_child_behind_is_not_waited_for(tmp_path: Path):
    end = await _run("sleep 1000 & echo $! > child; echo done", tmp_path)
    assert (end.exit_code, end.stdout) == (0, "done\n")
    assert _is_gone(int(_text(tmp_path / "child")))


async def test_program_is_killed_when_nobody_wants_it_any_more(tmp_path: Path):
    os.mkfifo(tmp_path / "begun")
    task = asyncio.create_task(_run("echo $$ > begun; sleep 1000", tmp_path))
    pid = int(await asyncio.to_thread(_text, tmp_path / "begun"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _is_gone(pid)


async def test_program_that_cannot_be_started_says_why(tmp_path: Path):
    end = await _run("true", tmp_path / "nowhere")
    assert end.problem == "it cannot be started: No such file or directory"


def _text(path: Path) -> str:
    return path.read_text()


def _is_gone(pid: int) -> bool:
    """Whether it ends, which a signal that was sent already makes it do."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 30)[0])
    finally:
        os.close(descriptor)
