"""Commands in real namespaces: what they see, what they cannot do, and how they end."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from journeyman.sandbox.api import Command, ConfinementError
from journeyman.sandbox.caches import with_caches
from journeyman.sandbox.namespaces.launcher import NamespaceLauncher
from journeyman.sandbox.policy import PROTECTED_NAMES, Limits, Policy
from journeyman.sandbox.supervisor import children_of
from journeyman.sandbox.syscalls import NUMBERS

READ_ONLY = Policy()
CONNECT = "python3 -c 'import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(1)' "


@pytest.fixture
def outside(reachable: Path) -> Path:
    """A directory beside the project that everybody may write to, but for the sandbox."""
    directory = reachable / "outside"
    directory.mkdir()
    directory.chmod(0o777)
    return directory


@pytest.fixture
def home() -> Generator[Path]:
    """A home directory that is not below /tmp, where everything is hidden."""
    with tempfile.TemporaryDirectory(dir="/var/lib" if os.geteuid() == 0 else Path.home()) as name:
        directory = Path(name)
        directory.chmod(0o777)
        yield directory


async def test_command_writes_to_the_workspace_and_its_own_tmp_only(
    bench: Any, outside: Path
) -> None:
    code, output = await bench.run(
        f"echo 1 > new; echo 2 > /tmp/x; cat /tmp/x $TMPDIR/x; echo 3 > {outside}/y; touch /etc/y"
    )
    assert (code, output.count("2\n"), "Read-only file system" in output) == (1, 2, True)
    assert _names(outside) == []
    assert bench.listing() == ["new"]


async def test_read_only_command_writes_nothing_but_its_own_tmp(bench: Any) -> None:
    assert (await bench.run("touch new", READ_ONLY))[0] == 1
    assert await bench.run("cat <<< here", READ_ONLY) == (0, "here\n")
    assert bench.listing() == []


async def test_command_has_no_rights_no_network_and_no_other_processes(bench: Any) -> None:
    script = (
        "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; ls /sys/class/net"
        " | wc -l; ls -d /proc/[0-9]* | wc -l; ls /proc/self/fd | tr '\\n' ' '; unshare -U true"
    )
    code, output = await bench.run(script)
    lines = output.splitlines()
    none = "0" * 16
    assert lines[:4] == [f"CapEff:{none}", f"CapBnd:{none}", "NoNewPrivs:1", "Seccomp:2"]
    assert int(lines[5]) <= 4
    assert lines[6].split()[:3] == ["0", "1", "2"]
    assert (code, "Operation not permitted" in output) == (1, True)


async def test_queues_and_memory_between_processes_work_and_are_its_own(bench: Any) -> None:
    script = (
        "import ctypes; from multiprocessing import shared_memory as s, Semaphore; Semaphore();"
        "m = s.SharedMemory(create=True, size=9); m.close(); m.unlink();"
        'print(ctypes.CDLL("librt.so.1").mq_open(b"/q", 0o302, 0o600, None) >= 0)'
    )
    for _ in range(2):  # made anew each time: the one of before is gone
        assert await bench.run(f"python3 -c '{script}'") == (0, "True\n")


async def test_nothing_of_the_machine_can_be_set_even_by_root(bench: Any) -> None:
    # The kernel asks only who it is, and for some files not for a capability.
    # Of its own process namespace, or only asked to tell.
    harmless = "-not -name ns_last_pid -not -path '/proc/pressure/*'"
    found = f"find /proc/[a-z]* /sys -writable -type f {harmless} 2> /dev/null"
    assert await bench.run(f"{found}; echo x > /proc/self/comm") == (0, "")


async def test_environment_of_the_agent_is_in_no_process_inside(bench: Any) -> None:
    code, output = await bench.run("cat /proc/1/environ; cat /proc/*/environ | tr '\\0' '\\n'")
    assert (code, "/proc/1/environ: Permission denied" in output) == (0, True)
    ours = with_caches({}, (), "/tmp").keys()  # noqa: S108 -- a name only
    assert set(re.findall(r"^\w+(?==)", output, re.MULTILINE)) <= {
        *("HOME", "PATH", "PWD", "SHLVL", "TMPDIR", "_", *ours),
    }
    assert bench.zygote_environment() == b""


async def test_protected_names_stay_as_they_are_when_they_exist(bench: Any) -> None:
    git = bench.project / ".git"
    git.mkdir(mode=0o777)
    (git / "config").write_text("mine")
    script = (
        "rm -rf .git; mv .git x; echo evil > .git/config; echo /x > .git/commondir; cat .git/config"
    )
    assert (await bench.run(script))[1].endswith("mine")
    assert [path.name for path in git.iterdir()] == ["config"]
    assert (git / "config").read_text() == "mine"


async def test_git_directory_elsewhere_in_the_workspace_is_protected(bench: Any) -> None:
    real, common = bench.project / "real", bench.project / "common"
    for directory in (real, common):
        directory.mkdir(mode=0o777)
        directory.chmod(0o777)
    (real / "commondir").write_text("../common\n")
    (bench.project / ".git").write_text("gitdir: real\n")
    await bench.run("touch real/hook common/hook; ln -sfn /tmp real; mv common x")
    assert [path.name for path in real.iterdir()] == ["commondir"]
    assert list(common.iterdir()) == []


async def test_protected_symlink_is_refused(bench: Any) -> None:
    (bench.project / ".git").symlink_to("/etc")
    with pytest.raises(ConfinementError, match="symbolic link"):
        await bench.run("true")


async def test_missing_names_cannot_be_made_by_twenty_commands_at_once(bench: Any) -> None:
    names = " ".join(PROTECTED_NAMES)
    script = f"for n in {names}; do mkdir -p $n/x; rmdir $n; mv $n y; echo > $n/f; done 2>/dev/null; echo $0"
    ends = await asyncio.gather(*(bench.run(script) for _ in range(20)))
    assert ends == [(0, "/bin/bash\n")] * 20
    assert bench.listing() == []


async def test_hard_links_and_bare_repositories_lead_to_nothing_outside(
    bench: Any, outside: Path
) -> None:
    target = outside / "file"
    target.write_text("mine")
    target.chmod(0o666)
    code, _ = await bench.run(f"ln {target} here; ln {target} /tmp/here; echo evil > here")
    # A repository of its own making is the command's: our git never runs what such a one says.
    assert (code, target.read_text()) == (0, "mine")
    assert (await bench.run("git init -q sub; touch sub/.git/hooks/x; ls sub/.git/hooks/x"))[0] == 0


async def test_sockets_of_the_host_are_out_of_reach_even_when_made_after_launch(
    bench: Any, home: Path
) -> None:
    script = f"echo ready; while [ ! -e go ]; do sleep 0.01; done; {CONNECT} {home}/late.sock"
    command = bench.command(script, home=str(home))
    process = await bench.launcher.launch(command, bench.workspace)
    assert await process.read() == b"ready\n"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{home}/late.sock")
        (home / "late.sock").chmod(0o777)
        server.listen()
        (bench.project / "go").touch()
        code, output = await bench.outcome(process)
    assert (code, "Connection refused" in output) == (1, True)


async def test_denied_paths_cannot_be_read_whatever_leads_to_them(bench: Any, home: Path) -> None:
    key = home / ".ssh" / "id"
    key.parent.mkdir(mode=0o777)
    key.write_text("SECRET")
    (home / "alias").symlink_to(".ssh")
    policy = Policy(writable_roots=(str(bench.project), str(home)), deny_read=(f"{home}/al*/",))
    script = (
        f"cd {home}; cat .ssh/id alias/id /proc/self/root{key}; mv .ssh x; ln .ssh/id y; cat x/id y"
    )
    code, output = await bench.run(script, policy, home=str(home))
    assert (code, "SECRET" in output) == (1, False)
    assert key.read_text() == "SECRET"


async def test_inherited_descriptors_never_arrive(bench: Any, outside: Path) -> None:
    with (outside / "file").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        assert (await bench.run(f"echo evil >&{file.fileno()}"))[0] == 1
    assert (outside / "file").read_text() == ""


async def test_terminal_is_opened_inside_and_controls_the_command(bench: Any) -> None:
    command = bench.command("tty; stty size; echo here > /dev/tty; read x; echo $x", tty=True)
    process = await bench.launcher.launch(command, bench.workspace)
    await process.write(b"typed\n")
    output = b""
    while data := await process.read():
        output += data
    assert {"/dev/pts/0", "30 120", "here", "typed"} == set(output.decode().splitlines())
    assert await process.wait() == 0


async def test_input_arrives_and_ends(bench: Any) -> None:
    process = await bench.launcher.launch(bench.command("cat", stdin=True), bench.workspace)
    await process.write(b"x" * 100_000)
    await process.close_stdin()
    assert (await bench.outcome(process))[1] == "x" * 100_000


async def test_script_larger_than_an_argument_runs(bench: Any) -> None:
    script = ": " + "x" * 200_000 + "; ls /proc/self/fd | wc -l; exit 7"
    assert await bench.run(script) == (7, "4\n")


async def test_tree_ends_with_its_command_and_at_once_when_killed(bench: Any) -> None:
    long = f"1234567.{os.getpid()}"
    await bench.run(f"setsid sleep {long} > /dev/null 2>&1 & sleep 0")
    process = await bench.launcher.launch(
        bench.command(f"setsid sleep {long} & echo x; sleep {long}"), bench.workspace
    )
    assert await process.read() == b"x\n"
    await process.kill()
    assert await process.wait() == 128 + signal.SIGKILL
    assert _running(long) == []


async def test_memory_bomb_ends_with_the_reason(bench: Any) -> None:
    policy = Policy(limits=Limits(memory_bytes=100_000_000))
    script = "python3 -c 'x = b\"x\" * 10**9; import time; time.sleep(60)'; echo survived"
    code, output = await bench.run(script, policy)
    assert code == 128 + signal.SIGKILL
    ended = "\nThe sandbox ended this command: it used more than 0.1 GiB of memory; the user can allow more by"
    assert output == f"{ended} sandbox_limits.memory_bytes.\n"


async def test_too_many_processes_end_the_command_or_are_not_made(bench: Any) -> None:
    policy = Policy(limits=Limits(processes=20))
    # Not by a shell: bash tries a refused fork again for 15 s.
    script = "import os, time; [os.fork() or time.sleep(60) for _ in range(40)]; time.sleep(60)"
    code, output = await bench.run(f"python3 -c '{script}'", policy)
    assert code != 0
    assert "Resource temporarily unavailable" in output or "20 processes" in output


async def test_flood_of_output_is_read_in_flat_memory(bench: Any) -> None:
    process = await bench.launcher.launch(
        bench.command("head -c 200000000 /dev/zero"), bench.workspace
    )
    _forget_peak()
    before, count = _kibibytes("VmHWM"), 0
    while data := await process.read():
        count += len(data)
    assert (await process.wait(), count) == (0, 200_000_000)
    assert _kibibytes("VmHWM") - before < 20_000


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _kibibytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


async def test_sixty_commands_at_once_all_answer(bench: Any) -> None:
    ends = await asyncio.gather(*(bench.run(f"echo {n}") for n in range(60)))
    assert ends == [(0, f"{n}\n") for n in range(60)]


async def test_command_runs_when_the_tree_prepared_for_it_was_killed(bench: Any) -> None:
    assert await bench.run("echo 1") == (0, "1\n")
    os.kill(await asyncio.to_thread(_prepared_payload, bench), signal.SIGKILL)
    assert await bench.run("echo 2") == (0, "2\n")


async def test_program_that_cannot_be_executed_is_told_apart(bench: Any) -> None:
    (bench.project / "broken").write_bytes(b"\x7fELF nothing")
    (bench.project / "broken").chmod(0o755)
    command = Command(argv=("./broken",), cwd=str(bench.project), env={})
    with pytest.raises(OSError, match="broken") as caught:
        await bench.launcher.launch(command, bench.workspace)
    assert caught.value.errno == errno.ENOEXEC


async def test_nothing_is_left_when_the_agent_is_killed(bench: Any) -> None:
    code = (
        "import asyncio, os, signal\n"
        "from pathlib import Path\n"
        "from journeyman.sandbox.api import Command\n"
        "from journeyman.sandbox.namespaces.launcher import NamespaceLauncher\n"
        "from journeyman.sandbox.policy import Policy\n"
        "from journeyman.sandbox.scratch import Scratch\n"
        "async def main():\n"
        f"    scratch = Scratch(Path({str(bench.project.parent)!r}), mode=0o777)\n"
        f"    launcher = NamespaceLauncher(scratch=scratch, python={bench.python!r})\n"
        f"    command = Command(argv=('/bin/sleep', '7654321.{os.getpid()}'), cwd={str(bench.project)!r}, env={{}})\n"
        f"    await launcher.launch(command, Policy(writable_roots=({str(bench.project)!r},)))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    agent = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await agent.wait() == -signal.SIGKILL
    await asyncio.to_thread(_wait_until_gone, f"7654321.{os.getpid()}", bench.project)


async def test_launch_inside_a_sandbox_is_refused_and_never_runs(bench: Any) -> None:
    code = (
        "import asyncio; from pathlib import Path\n"
        "from journeyman.sandbox.api import Command, ConfinementError\n"
        "from journeyman.sandbox.namespaces.launcher import NamespaceLauncher\n"
        "from journeyman.sandbox.policy import Policy\n"
        "async def main():\n"
        "    launcher = NamespaceLauncher()\n"
        "    try: await launcher.launch(Command(argv=('/bin/echo', 'ran'), cwd='/', env={}), Policy())\n"
        "    except ConfinementError as error: print(error.reason)\n"
        "asyncio.run(main())\n"
    )
    if bench.python[0] != sys.executable:
        pytest.skip("another user can reach no Python with the packages")
    env = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    command = Command(argv=(sys.executable, "-c", code), cwd=str(bench.project), env=env)
    process = await bench.launcher.launch(command, bench.workspace)
    _, output = await bench.outcome(process)
    assert output.startswith("The command could not be confined: ")
    assert "ran" not in output


@pytest.mark.parametrize("call", ["clone", "mount", "mount_setattr", "seccomp"])
async def test_nothing_runs_when_a_step_of_the_set_up_fails(bench: Any, call: str) -> None:
    if bench.python[0] != sys.executable:
        pytest.skip("the same for every user")
    number = NUMBERS[os.uname().machine][call]
    wrapper = Path(__file__).with_name("without_call.py")
    launcher = NamespaceLauncher(
        scratch=bench.scratch, python=(sys.executable, str(wrapper), str(number), sys.executable)
    )
    try:
        with pytest.raises(ConfinementError, match="could not be confined"):
            await launcher.launch(bench.command("touch ran"), bench.workspace)
    finally:
        launcher.close()
    assert bench.listing() == []


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def _prepared_payload(bench: Any) -> int:
    while True:
        for tree in children_of(bench.zygote_pid()):
            for payload in children_of(tree):
                return payload
        os.sched_yield()


def _wait_until_gone(word: str, project: Path) -> None:
    while _running(word) or _names(project):
        os.sched_yield()


def _running(word: str) -> list[str]:
    found = subprocess.run(["pgrep", "-f", f"sleep {word}"], capture_output=True, check=False)
    return found.stdout.decode().split()
