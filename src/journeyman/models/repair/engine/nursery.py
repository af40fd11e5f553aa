"""A process that has collected the tests once and forks a child for every program to try.

Children are limited in CPU time, wall time and memory, run in a process group of their own that is
killed as a whole, and work in a copy of the tree.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.examples import run_examples
from journeyman.models.repair.engine.job import Job, Reply, first_frame, pack, receive, send
from journeyman.models.repair.engine.outcome import OutOfTime
from journeyman.models.repair.engine.probe import probe
from journeyman.models.repair.engine.screen import screen
from journeyman.models.repair.engine.suite_plain import open_plain
from journeyman.models.repair.engine.swap import CannotSwapError, index_functions, swap_code
from journeyman.models.repair.engine.tree import Copy
from journeyman.models.repair.engine.work import do_job

try:
    from journeyman.models.repair.engine.suite_pytest import open_pytest
except ImportError:  # a repository that is tested without pytest
    open_pytest = None

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from journeyman.models.repair.engine.outcome import Suite
    from journeyman.models.repair.engine.swap import Live

HAS_PYTEST = open_pytest is not None
_MEMORY_BYTES = 1536 << 20
_COLLECT_SECONDS = 20.0


@dataclass(frozen=True)
class Plan:
    """How the repository is tested: runner ("pytest" or "plain") and paths of tests.

    `import_folders` are put before everything else where modules are looked up.
    """

    runner: str
    paths: tuple[str, ...]
    import_folders: tuple[str, ...]


class Nursery:
    """The near side: starts the process and asks it to do jobs, one at a time.

    With `collected=False` the tests are collected by every child anew, for edits that only a
    fresh import can show.
    """

    def __init__(self, copy: Copy, plan: Plan, *, collected: bool = True) -> None:
        self._copy = copy
        self._channel, far = socket.socketpair()
        self._pid = os.fork()
        if self._pid == 0:
            _live(far, self._copy, plan, collected=collected)
        far.close()
        self.tests: list[str] = []
        self.errors: list[Any] = []
        if collected:
            try:
                self.tests, self.errors = receive(self._channel)
            except (EOFError, OSError):
                self.errors = ["the tests could not be collected"]

    def ask(self, job: Job) -> Reply:
        """Have a child do a job."""
        self._copy.put(job.texts)
        try:
            send(self._channel, job)
            return receive(self._channel)
        except (EOFError, OSError):
            return Reply(died=True)

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


def _live(channel: socket.socket, copy: Copy, plan: Plan, *, collected: bool) -> None:
    """The far side; never returns."""
    code = 1
    try:
        _settle(copy.place, plan)
        if collected:
            arm(_COLLECT_SECONDS)
            _open_suite(plan, lambda suite: _serve(channel, copy, suite, plan))
        else:
            _serve(channel, copy, None, plan)
        code = 0
    finally:
        os._exit(code)


def _settle(place: Path, plan: Plan) -> None:
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    os.chdir(place)
    os.putenv("PYTHONDONTWRITEBYTECODE", "1")
    os.putenv("PWD", str(place))
    sys.path[:] = [
        *(str(place / folder) if folder != "." else str(place) for folder in plan.import_folders),
        *sys.path[1:],
    ]
    sys.argv = ["pytest"]
    signal.signal(signal.SIGPROF, _ring)


def _ring(_number: int, _frame: object) -> None:
    raise OutOfTime


def arm(seconds: float) -> None:
    """Raise OutOfTime here after so much CPU time, and again soon, should it be swallowed."""
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.5 if seconds else 0.0)


def _open_suite(plan: Plan, on_ready: Callable[[Suite], None]) -> None:
    paths = list(plan.paths)
    if plan.runner == "pytest" and open_pytest is not None:
        open_pytest(paths, on_ready)
    else:
        open_plain(paths, on_ready)


def _serve(channel: socket.socket, copy: Copy, suite: Suite | None, plan: Plan) -> None:
    arm(0.0)
    root = str(copy.place)
    live = index_functions(root)
    gc.collect()
    gc.freeze()  # what never moves is not copied into every child
    if suite is not None:
        send(channel, (suite.tests, suite.errors))

    def work(job: Job, say: Callable[[object], None]) -> None:
        if suite is not None:
            _work_warm(job, suite, live, say)
            return
        arm(_COLLECT_SECONDS)
        _open_suite(plan, lambda found: do_job(job, found, root, say))

    while True:
        try:
            job = receive(channel)
        except (EOFError, OSError):
            return
        send(channel, _in_child(job, work))


def _work_warm(job: Job, suite: Suite, live: Live, say: Callable[[object], None]) -> None:
    """A job in a child that inherited the collected tests and the imported modules."""
    if job.kind == "screen":
        screen(job, suite, live, say)
        return
    try:
        for swap in job.swaps:
            swap_code(swap, live)
    except (CannotSwapError, SyntaxError, ValueError) as error:
        say(("unswappable", str(error)))
        return
    if job.kind == "examples":
        run_examples(job, live, say)
        return
    if job.kind != "probe":
        do_job(job, suite, live.root, say)
        return
    function = live.find(job.target) if job.target else None
    if function is not None:
        probe(job, function, say)


def _in_child(job: Job, work: Callable[[Job, Callable[[object], None]], None]) -> Reply:
    near, far = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(near)
        _child(job, far, work)
    os.close(far)
    reply = _listen(near, job.wall)
    os.close(near)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return reply


def _child(job: Job, far: int, work: Callable[[Job, Callable[[object], None]], None]) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))

    def say(message: object) -> None:
        data = pack(message)
        while data:
            data = data[os.write(far, data) :]

    try:
        work(job, say)
        say("end")
    finally:
        os._exit(0)


def _listen(near: int, wall: float) -> Reply:
    """Read frames until the child ends; each may take `wall` seconds."""
    reply = Reply()
    data = b""
    deadline = time.monotonic() + wall
    while True:
        ready, _, _ = select.select([near], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            reply.late = True
            break
        chunk = os.read(near, 1 << 16)
        if not chunk:
            reply.died = True
            break
        data += chunk
        while (found := first_frame(data)) is not None:
            message, data = found
            if message == "end":
                return reply
            reply.messages.append(message)
            deadline = time.monotonic() + wall
    return reply
