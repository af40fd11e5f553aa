"""Unconfined commands: as the user would run them, but with the end of their whole tree."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from journeyman.sandbox.api import Command
from journeyman.sandbox.direct import DirectLauncher
from journeyman.sandbox.launcher import system_launcher
from journeyman.sandbox.policy import UNCONFINED

DAEMONS = (
    "exec 9>lock; flock 9; (setsid sh -c 'trap \"\" TERM HUP; (sleep 900 &) ; sleep 900' >&- 2>&- &);"
    " sleep 900 >&- 2>&- & echo up; read x; exit 5"
)


def _command(script: str, cwd: Path, *, tty: bool = False, stdin: bool = False) -> Command:
    env = {"PATH": os.defpath, "GIVEN": "1"}
    argv = ("/bin/bash", "-c", script)
    return Command(argv=argv, cwd=str(cwd), env=env, tty=tty, stdin=stdin)


async def _outcome(process: Any) -> tuple[int, str]:
    output = b""
    while data := await process.read():
        output += data
    return await process.wait(), output.decode()


async def test_command_runs_as_the_user_would_run_it(tmp_path: Path) -> None:
    script = "echo $PWD $GIVEN; cat; ls /proc/self/fd | tr '\\n' ' '; exit 3"
    process = DirectLauncher(sys.executable).launch(_command(script, tmp_path))
    assert await _outcome(process) == (3, f"{tmp_path} 1\n0 1 2 3 ")


async def test_signal_shows_in_the_exit_code(tmp_path: Path) -> None:
    process = DirectLauncher(sys.executable).launch(_command("kill -TERM $$", tmp_path))
    assert await _outcome(process) == (143, "")


async def test_kill_leaves_no_process_even_of_daemons(tmp_path: Path) -> None:
    process = DirectLauncher(sys.executable).launch(_command(DAEMONS, tmp_path, stdin=True))
    assert await process.read() == b"up\n"
    await process.kill()
    _lock(tmp_path / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert await process.wait() == 137


async def test_daemons_end_with_their_command(tmp_path: Path) -> None:
    process = DirectLauncher(sys.executable).launch(_command(DAEMONS, tmp_path, stdin=True))
    assert await process.read() == b"up\n"
    await process.close_stdin()
    assert await _outcome(process) == (5, "")
    _lock(tmp_path / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_terminal_is_one_with_size_signals_and_job_control(tmp_path: Path) -> None:
    script = "stty size; trap 'echo got' INT; set -m; sleep 0 & wait; echo ready; read x; echo $x"
    process = DirectLauncher(sys.executable).launch(_command(script, tmp_path, tty=True))
    output = b""
    while b"ready" not in output:
        output += await process.read()
    await process.write(b"\x03word\n")
    code, rest = await _outcome(process)
    assert output.decode().splitlines()[0] == "30 120"
    assert "no job control" not in output.decode()
    assert (code, "got" in rest, "word" in rest) == (0, True, True)


async def test_end_of_input_reaches_a_terminal(tmp_path: Path) -> None:
    process = DirectLauncher(sys.executable).launch(_command("cat; echo end", tmp_path, tty=True))
    await process.close_stdin()
    assert await _outcome(process) == (0, "end\r\n")


@pytest.mark.parametrize("confined", [True, False])
async def test_nothing_is_left_when_the_agent_is_killed(project: Path, *, confined: bool) -> None:
    agent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import asyncio, sys\n"
        "from journeyman.sandbox.api import Command\n"
        "from journeyman.sandbox.launcher import system_launcher\n"
        "from journeyman.sandbox.policy import UNCONFINED, Policy\n"
        "async def main(project, script, confined):\n"
        "    policy = Policy(writable_roots=(project,)) if confined else UNCONFINED\n"
        "    env = {'PATH': '/usr/bin:/bin'}\n"
        "    command = Command(argv=('/bin/bash', '-c', script), cwd=project, env=env, stdin=True)\n"
        "    process = await system_launcher('/usr/bin:/bin').launch(command, policy)\n"
        "    print((await process.read()).decode(), flush=True)\n"
        "    await process.wait()\n"
        "asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == 'True'))\n",
        str(project),
        DAEMONS,
        str(confined),
        stdout=asyncio.subprocess.PIPE,
    )
    assert agent.stdout is not None
    assert await agent.stdout.readline() == b"up\n"
    agent.kill()
    await agent.wait()
    _lock(project / "lock", fcntl.LOCK_EX)  # returns when the last process that shares it is gone


async def test_system_launcher_goes_by_the_policy(project: Path) -> None:
    launcher = system_launcher(os.defpath, programs=["/bin/false"])
    process = await launcher.launch(_command("touch ran", project), UNCONFINED)
    assert await _outcome(process) == (0, "")
    assert _names(project) == ["ran"]


def _lock(path: Path, how: int) -> None:
    with path.open() as file:
        fcntl.flock(file, how)


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())
