"""The namespace backend, and its degraded form without namespaces: Landlock and seccomp alone.

Compiles each command into a request and hands it to the zygote; a command runs with every layer or not
at all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from journeyman.sandbox.allowance import allowance
from journeyman.sandbox.api import Command, OnRefused, Process, Resolve
from journeyman.sandbox.caches import with_caches
from journeyman.sandbox.deny_read import ReadDenials
from journeyman.sandbox.foreground import interrupts
from journeyman.sandbox.homes import home_directories
from journeyman.sandbox.layout import Layout, layout_of
from journeyman.sandbox.namespaces.host_sockets import listening_sockets
from journeyman.sandbox.namespaces.large_script import carried
from journeyman.sandbox.namespaces.plan import Surroundings, landlock_plan, namespace_plan
from journeyman.sandbox.namespaces.readable import readable_beside
from journeyman.sandbox.namespaces.request import CHANNEL_FD, SCRIPT_FD, Confinement, Plan, Request
from journeyman.sandbox.namespaces.tree import Descriptors, NamespaceTree
from journeyman.sandbox.namespaces.zygote_link import Started, ZygoteLink, memory_file
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.process import Ends, OsProcess
from journeyman.sandbox.programs import find_program
from journeyman.sandbox.scratch import Scratch
from journeyman.sandbox.way_out import WayOut, open_way_out

_PRIVATE_TMP = "/tmp"  # noqa: S108 -- the command's own one


class NamespaceLauncher:
    """Launches confined commands; one per process, used from one event loop."""

    def __init__(
        self,
        *,
        readable: Sequence[str] = (),
        deny_read: Sequence[str] = (),
        scratch: Scratch | None = None,
        confinement: Confinement = "namespaces",
        python: Sequence[str] = (sys.executable,),
        resolve: Resolve | None = None,
    ) -> None:
        """Take directories every command must see, patterns none may read, and where /tmp is.

        `python` is the Python 3.11 or later that runs the zygote. `resolve` resolves names for commands
        that may reach some hosts; None is the machine's resolver.
        """
        self._resolve = resolve
        self._confinement: Confinement = confinement
        self._readable = tuple(readable)
        self._denials = ReadDenials(deny_read)
        self._scratch = scratch or Scratch(Path(_PRIVATE_TMP))
        self._zygote = ZygoteLink(python)

    def close(self) -> None:
        """End what runs and take back what commands needed on the host."""
        self._zygote.close()
        self._scratch.remove()

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        """See `Launcher.launch`; `policy` is a confined one."""
        with Descriptors(command) as descriptors:
            tree, controller = await self._begin(command, policy, descriptors.theirs, on_refused)
            return OsProcess(tree, descriptors.take(controller))

    async def run(self, command: Command, policy: Policy) -> int:
        """See `Confining.run`; Ctrl-C goes to the command."""
        tree, _ = await self._begin(command, policy, {0: 0, 1: 1, 2: 2}, None)
        unread, unused = os.pipe()
        os.close(unused)
        process = OsProcess(tree, Ends(unread, None, terminal=False))
        try:
            with interrupts(tree.interrupt):
                return await process.wait()
        finally:
            await process.kill()

    async def _begin(
        self,
        command: Command,
        policy: Policy,
        theirs: Mapping[int, int],
        on_refused: OnRefused | None,
    ) -> tuple[NamespaceTree, int | None]:
        # Without a namespace to listen in, network rules open nothing.
        way_out = (
            None
            if self._alone
            else open_way_out(policy, on_refused, self._resolve, python=sys.executable)
        )
        try:
            started = await self._start(command, policy, theirs, way_out)
            return self._tree(started, way_out), started.controller
        except BaseException:
            if way_out is not None:
                way_out.ended()
            raise

    async def _start(
        self,
        command: Command,
        policy: Policy,
        theirs: Mapping[int, int],
        way_out: WayOut | None,
    ) -> Started:
        program = find_program(command)
        env = dict(command.env)
        scratch = None
        if policy.private_tmp:
            scratch = self._scratch.directory(policy.writable_roots)
            env["TMPDIR"] = scratch if self._alone else _PRIVATE_TMP
            env = with_caches(env, policy.writable_roots, env["TMPDIR"])
        layout = layout_of(
            policy, cwd=command.cwd, env=env, program=program, readable=self._readable
        )
        plan = self._plan(layout, policy, self._surroundings(policy, env, scratch, command.cwd))
        argv, script = carried(command.argv)
        if way_out is not None:
            env = way_out.environment(env, policy, _PRIVATE_TMP)
            argv = way_out.command((program, *argv[1:]), channel=CHANNEL_FD)
            program = argv[0]
        with contextlib.ExitStack() as stack:
            fds = dict(theirs)
            if script is not None:
                fds[SCRIPT_FD] = stack.enter_context(memory_file(script))
            request = Request(
                **plan,
                program=program,
                argv=list(argv),
                env=env,
                cwd=command.cwd,
                descriptors=[*fds, *([] if way_out is None else [CHANNEL_FD])],
                terminal=[command.columns, command.rows] if command.tty else None,
            )
            if way_out is None:
                return await self._zygote.launch(request, fds)
            started = await self._zygote.launch(request, {**fds, CHANNEL_FD: way_out.channel})
            way_out.started()
            return started

    @property
    def _alone(self) -> bool:
        return self._confinement == "landlock"

    def _plan(self, layout: Layout, policy: Policy, around: Surroundings) -> Plan:
        if self._alone:
            return landlock_plan(layout, policy, around, readable_beside(around.unreadable))
        return namespace_plan(layout, policy, around)

    def _tree(self, started: Started, way_out: WayOut | None) -> NamespaceTree:
        # Without namespaces the first process must end the others by itself.
        kill_signal = signal.SIGTERM if self._alone else signal.SIGKILL
        on_end = _nothing if way_out is None else way_out.ended
        return NamespaceTree(started, kill_signal, self._zygote, on_end)

    def _surroundings(
        self, policy: Policy, env: Mapping[str, str], scratch: str | None, cwd: str
    ) -> Surroundings:
        return Surroundings(
            machine=os.uname().machine,
            homes=home_directories(env),
            sockets=listening_sockets(),
            unreadable=self._denials.paths(policy, env, cwd),
            scratch=scratch,
            allowance=allowance(policy),
        )


def _nothing() -> None:
    """There is nothing of the agent's to end with the command."""
