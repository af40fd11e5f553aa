"""Confined commands for real, under every bubblewrap of this machine, as root and as another user."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.sandbox.api import CONFINEMENT_EXIT_CODE, Command, ConfinementError
from journeyman.sandbox.bubblewrap import BubblewrapLauncher
from journeyman.sandbox.policy import PROTECTED_NAMES, Limits, Policy

READ_ONLY = Policy()
OUTSIDE = Path("/tmp/journeyman-test-outside")  # noqa: S108 -- nothing may appear there


async def test_read_only_refuses_every_write(bench: Any) -> None:
    code, output = await bench.run("touch new || touch /etc/new || touch ~/new", READ_ONLY)
    assert code == 1
    assert output.count("Read-only file system") == 2
    assert bench.listing() == []


async def test_workspace_write_allows_the_root_and_a_private_tmp_only(bench: Any) -> None:
    code, output = await bench.run(
        f"touch new; touch {OUTSIDE}; ls /tmp /run; touch ../above; echo $TMPDIR; touch /etc/new"
    )
    assert code == 1
    assert OUTSIDE.name in output
    assert "'/etc/new': Read-only file system" in output
    assert "\n/tmp\n" in output
    assert bench.listing() == ["new"]
    assert OUTSIDE.name not in _names(OUTSIDE.parent)
    assert not (bench.project.parent / "above").exists()


async def test_private_tmp_is_kept_between_commands_of_a_project_and_removed(bench: Any) -> None:
    scratch = Path(bench.launcher._scratch.directory(bench.workspace.writable_roots))
    await bench.run("echo kept > /tmp/note")
    assert await bench.run("cat /tmp/note") == (0, "kept\n")
    assert (await bench.run("cat /tmp/note", READ_ONLY))[0] == 1
    bench.launcher.close()
    assert scratch.name not in _names(scratch.parent)


async def test_protected_names_stay_as_they_are_when_they_exist(bench: Any) -> None:
    config = bench.project / ".git" / "config"
    config.parent.mkdir(mode=0o777)
    config.write_text("mine")
    script = (
        "echo evil > .git/config; mkdir .git/hooks; rm -rf .git; mv .git x; "
        "mkdir x; mv -T x .git; ln -sfn x .git; cat .git/config"
    )
    code, output = await bench.run(script)
    assert (code, output.splitlines()[-1]) == (0, "mine")
    assert [path.name for path in config.parent.iterdir()] == ["config"]
    assert (config.read_text(), config.parent.is_symlink()) == ("mine", False)


async def test_protected_names_cannot_be_made_and_leave_nothing_when_missing(bench: Any) -> None:
    names = " ".join(PROTECTED_NAMES)
    script = (
        f"for n in {names}; do mkdir $n/x; rmdir $n; mv $n y; ln -s /etc $n/z; echo > $n/f; done"
    )
    await bench.run(script)
    assert bench.listing() == []


async def test_held_name_of_a_killed_agent_is_taken_back(bench: Any) -> None:
    code = (
        "import asyncio, os, signal\n"
        "from journeyman.sandbox.reserve import ReservedNames\n"
        f"ReservedNames().hold(['{bench.project}/.git'])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=False)
    assert bench.listing() == [".git"]
    assert (await bench.run("mkdir .git/hooks"))[0] == 1
    assert bench.listing() == []


async def test_name_that_the_user_fills_meanwhile_is_kept(one_bench: Any) -> None:
    process = await one_bench.start("read x", stdin=True)
    (one_bench.project / ".git").chmod(0o755)
    (one_bench.project / ".git" / "HEAD").write_text("ref")
    await process.close_stdin()
    await one_bench.outcome(process)
    assert one_bench.listing() == [".git"]
    assert (await one_bench.run("echo > .git/HEAD"))[0] == 1


async def test_protected_link_is_refused(one_bench: Any) -> None:
    (one_bench.project / ".git").symlink_to("elsewhere")
    with pytest.raises(ConfinementError, match="is a symbolic link"):
        await one_bench.run("true")


async def test_git_directory_of_a_worktree_is_read_only(bench: Any) -> None:
    real = bench.project / "main" / "git"
    (real / "worktrees" / "w").mkdir(parents=True)
    (real / "worktrees" / "w" / "commondir").write_text("../..\n")
    (bench.project / ".git").write_text(f"gitdir: {real}/worktrees/w\n")
    for path in bench.project.rglob("*"):
        path.chmod(0o777)
    script = "echo > .git; echo > main/git/config; mkdir main/git/worktrees/w/x; rm -rf main; echo > main/ok"
    await bench.run(script)
    assert sorted(path.name for path in bench.project.rglob("*") if path.is_file()) == [
        ".git",
        "commondir",
        "ok",
    ]
    assert (bench.project / ".git").read_text().startswith("gitdir")


async def test_network_is_its_own_loopback_unless_allowed(bench: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script = f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached"
        code, output = await bench.run(script)
        assert (code, "refused" in output) == (1, True)
        allowed = Policy(network_access=True)
        assert await bench.run(script, allowed) == (0, "reached\n")


async def test_secrets_and_descriptors_of_the_agent_are_out_of_reach(bench: Any) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    script = (
        "echo /proc/self/fd/*; cat /proc/*/environ | tr '\\0' '\\n' | grep -c MARK_OF_TEST;"
        f" cat /proc/{os.getpid()}/environ"
    )
    try:
        os.environ["MARK_OF_TEST"] = "1"  # noqa: TID251 -- the agent's own environment
        code, output = await bench.run(script)
    finally:
        del os.environ["MARK_OF_TEST"]  # noqa: TID251 -- the agent's own environment
        os.close(reading)
        os.close(writing)
    lines = output.splitlines()
    # 3 is the directory that echo itself reads.
    assert lines[0] == " ".join(f"/proc/self/fd/{number}" for number in range(4))
    assert (code, lines[1]) == (1, "0")
    assert "No such file" in lines[2]


async def test_other_processes_are_out_of_sight(bench: Any) -> None:
    code, output = await bench.run(f"kill -0 {os.getpid()}")
    assert (code, "No such process" in output) == (1, True)


async def test_capabilities_are_gone(bench: Any) -> None:
    code, output = await bench.run("grep -E 'Cap(Eff|Prm|Bnd|Inh)|NoNewPrivs' /proc/self/status")
    values = {line.split()[1] for line in output.splitlines()}
    assert (code, values) == (0, {"0000000000000000", "1"})


async def test_exit_code_says_how_the_command_ended(bench: Any) -> None:
    assert [
        (await bench.run(f"{how}"))[0] for how in ("exit 7", "kill -9 $$", "kill -TERM $$")
    ] == [
        7,
        137,
        143,
    ]


async def test_kill_leaves_no_process_even_of_daemons(bench: Any) -> None:
    process, lock = await _start_daemons(bench)
    await process.kill()
    _lock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert await process.wait() == 137
    assert bench.listing() == ["lock"]


async def test_daemons_end_with_their_command(bench: Any) -> None:
    process, lock = await _start_daemons(bench)
    await process.close_stdin()
    assert (await bench.outcome(process))[0] == 0
    _lock(lock, fcntl.LOCK_EX)  # the kernel ends them a moment after the command


async def test_many_commands_at_once_leave_nothing(one_bench: Any) -> None:
    results = await asyncio.gather(
        *(one_bench.run(f"echo {n} > {n}; mkdir .git/x; cat {n}; rm {n}") for n in range(60))
    )
    assert [output.splitlines()[-1] for _, output in results] == [str(n) for n in range(60)]
    assert one_bench.listing() == []


async def test_terminal_is_one_with_size_signals_and_job_control(bench: Any) -> None:
    script = (
        "tty; stty size; trap 'echo got' INT; set -m; sleep 0 & wait; echo ready; read x; echo $x"
    )
    process = await bench.start(script, tty=True)
    output = b""
    while b"ready" not in output:
        output += await process.read()
    await process.write(b"\x03word\n")
    code, rest = await bench.outcome(process)
    assert output.decode().splitlines()[:2] == ["/dev/console", "30 120"]
    assert "no job control" not in output.decode()
    assert (code, "got" in rest, "word" in rest) == (0, True, True)


async def test_input_is_empty_unless_asked_for(bench: Any) -> None:
    assert await bench.run("cat; readlink /proc/self/fd/0") == (0, "/dev/null\n")
    process = await bench.start("cat", stdin=True)
    data = b"x" * 300_000

    async def feed() -> None:
        await process.write(data)
        await process.close_stdin()

    feeding = asyncio.create_task(feed())
    assert await bench.outcome(process) == (0, data.decode())
    await feeding


async def test_write_says_that_nobody_reads(one_bench: Any) -> None:
    process = await one_bench.start("true")
    with pytest.raises(BrokenPipeError):
        await process.write(b"x")
    await one_bench.outcome(process)


async def test_programs_below_tmp_stay_visible(bench: Any) -> None:
    programs = bench.project.parent / "tools" / "bin"
    programs.mkdir(parents=True)
    (programs.parent / "lib").write_text("library")
    program = programs / "program"
    program.write_text("#!/bin/sh\ncat $(dirname $0)/../lib\n")
    program.chmod(0o755)
    for command in (
        bench.command("program", PATH=f"{programs}:/usr/bin:/bin"),
        Command(argv=(str(program),), cwd="/", env={"PATH": "/usr/bin:/bin"}),
    ):
        process = await bench.launcher.launch(command, READ_ONLY)
        assert await bench.outcome(process) == (0, "library")


async def test_launch_says_what_does_not_exist(one_bench: Any) -> None:
    for command in (
        Command(argv=("/bin/true",), cwd="/nowhere", env={}),
        Command(argv=("no-such-program",), cwd="/", env={"PATH": "/bin"}),
        Command(argv=("/etc/passwd",), cwd="/", env={}),
    ):
        with pytest.raises(OSError, match=r"No such file|Permission denied"):
            await one_bench.launcher.launch(command, READ_ONLY)


@pytest.mark.parametrize(
    ("programs", "reason"),
    [
        ([], "bubblewrap is not installed"),
        (["/bin/false"], "/bin/false: exit code 125"),
        (["/nowhere/bwrap"], "/nowhere/bwrap: not found"),
        (["/bin/echo"], "/bin/echo: "),
    ],
)
async def test_nothing_runs_and_the_fix_is_named_when_bubblewrap_is_broken(
    programs: list[str], reason: str, project: Path
) -> None:
    launcher = BubblewrapLauncher(programs)
    command = Command(argv=("/bin/sh", "-c", "touch ran"), cwd=str(project), env={})
    for _ in range(2):
        with pytest.raises(ConfinementError) as raised:
            await launcher.launch(command, Policy(writable_roots=(str(project),)))
        assert reason in raised.value.reason
        assert "-s danger-full-access" in raised.value.fix
    assert _names(project) == []


async def test_next_program_is_taken_when_the_first_is_broken(one_bench: Any) -> None:
    working = one_bench.launcher._programs
    launcher = BubblewrapLauncher(["/bin/false", *working])
    command = one_bench.command("echo ran")
    assert await one_bench.outcome(await launcher.launch(command, READ_ONLY)) == (0, "ran\n")


async def test_command_that_cannot_be_confined_ends_with_125(one_bench: Any) -> None:
    nowhere = Policy(deny_read=(str(one_bench.project),))
    code, output = await one_bench.run("echo ran", nowhere)
    assert (code, "chdir" in output) == (CONFINEMENT_EXIT_CODE, True)


async def test_nothing_of_the_machine_can_be_set_even_by_root(bench: Any) -> None:
    # The kernel asks only who it is, and for some files not for a capability.
    # Of its own process namespace, or only asked to tell.
    harmless = "-not -name ns_last_pid -not -path '/proc/pressure/*'"
    found = f"find /proc/[a-z]* -writable -type f {harmless} 2> /dev/null"
    assert await bench.run(f"{found}; echo x > /proc/self/comm") == (0, "")


async def test_too_much_ends_the_command(bench: Any) -> None:
    few = Limits(memory_bytes=100_000_000, processes=20, file_bytes=512_000)
    policy = msgspec.structs.replace(bench.workspace, limits=few)
    script = "python3 -c 'x = b\"x\" * 10**9; import time; time.sleep(60)'; echo survived"
    code, output = await bench.run(script, policy)
    assert code == 128 + signal.SIGKILL
    assert "The sandbox ended this command: it used more than 0.1 GiB of memory" in output
    code, output = await bench.run(
        "head -c 600000 /dev/zero > big; stat -c %s big; ulimit -c", policy
    )
    assert output.splitlines()[-2:] == ["512000", "0"]


async def test_memory_that_no_process_has_for_itself_ends_the_command(bench: Any) -> None:
    few = Limits(memory_bytes=300_000_000, process_memory_bytes=200_000_000)
    policy = msgspec.structs.replace(bench.workspace, limits=few)
    map_it = (
        "import mmap, time; m = mmap.mmap(-1, 250 << 20); m.write(bytes(250 << 20)); time.sleep(60)"
    )
    code, output = await bench.run(f"python3 -c '{map_it}'", policy)
    assert (code, "a process used more than 0.2 GiB of memory" in output) == (137, True)
    unmapped = "import os, time; os.write(os.memfd_create(str()), bytes(180 << 20))"
    script = f"for i in 1 2 3; do python3 -c '{unmapped}; time.sleep(60)' & done; wait"
    code, output = await bench.run(script, policy)
    assert (code, "it used more than 0.3 GiB of memory" in output) == (137, True)


async def test_disk_that_fills_up_ends_the_command(bench: Any) -> None:
    policy = msgspec.structs.replace(bench.workspace, limits=Limits(disk_bytes=100_000_000))
    code, output = await bench.run("fallocate -l 800M big; echo made; sleep 60", policy)
    assert (code, output.startswith("made\n")) == (137, True)
    assert f"GiB free below {bench.project}; the user can allow more by" in output
    assert "sandbox_limits.disk_bytes" in output


async def _start_daemons(bench: Any) -> tuple[Any, Path]:
    """Start a command whose every process, daemons too, shares one file lock."""
    script = (
        "exec 9>lock; flock 9; (setsid sh -c 'trap \"\" TERM HUP; (sleep 900 &) ; sleep 900' >&- 2>&- &);"
        " sleep 900 >&- 2>&- & echo up; read x; exit 0"
    )
    process = await bench.start(script, stdin=True)
    assert await process.read() == b"up\n"
    return process, bench.project / "lock"


def _lock(path: Path, how: int) -> None:
    with path.open() as file:
        fcntl.flock(file, how)


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())
