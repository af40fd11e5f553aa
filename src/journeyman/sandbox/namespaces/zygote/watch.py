"""Waits for a command's main process and ends its tree when it takes more than it may.

Memory is what all its processes hold for themselves and what lies in its private directories. Resource
limits cannot say that: they count per process, and address space that is never used.
"""

from __future__ import annotations

import contextlib
import os
import signal

from journeyman.sandbox.namespaces.request import Answer, Request
from journeyman.sandbox.namespaces.zygote.mounts import SHARED_MEMORY, TEMPORARY
from journeyman.sandbox.namespaces.zygote.orders import Order
from journeyman.sandbox.supervisor import end_descendants
from journeyman.sandbox.usage import descendants, excess

# The agent sends SIGINT for the command: of the signals from there, only this process can get one.
AWAITED = (signal.SIGCHLD, signal.SIGINT)
_WATCH_SECONDS = 0.2


def watch(order: Order, main: int, *, alone: bool) -> Answer:
    """Reap until `main` ends or a limit is passed; `AWAITED` must be blocked."""
    while True:
        status = _reap(main)
        if status is not None:
            _end_all(alone=alone)
            return Answer(ended=os.waitstatus_to_exitcode(status))
        came = signal.sigtimedwait(AWAITED, _WATCH_SECONDS)
        if came is None:
            processes = descendants(os.getpid()) if alone else _all_processes()
            in_memory = [] if alone else _in_memory(order.request)
            too_much = _excess(order.request, processes, in_memory)
            if too_much is not None:
                _end_all(alone=alone)
                return Answer(ended=-signal.SIGKILL, too_much=too_much)
        elif came.si_signo == signal.SIGINT:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(main, signal.SIGINT)


def _end_all(*, alone: bool) -> None:
    """End every process but this one, and wait until none is left."""
    if alone:
        end_descendants()
        return
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(-1, signal.SIGKILL)  # all of the namespace
        while True:
            os.wait()


def _reap(main: int) -> int | None:
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == main:
            return status
        if pid == 0:
            return None


def _excess(request: Request, processes: list[str], in_memory: list[str]) -> str | None:
    used = sum(_used_bytes(path) for path in in_memory)
    found = excess(processes, request["allowance"], used)
    return found and f"{found[0]}; the user can allow more by sandbox_limits.{found[1]}"


def _all_processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def _in_memory(request: Request) -> list[str]:
    """The private directories that lie in memory, as far as nothing else is mounted on them."""
    view = request["view"]
    on_disk = {*view["writable"], *([TEMPORARY] if view["temporary"] else [])}
    return [path for path in (SHARED_MEMORY, *view["hidden"]) if path not in on_disk]


def _used_bytes(directory: str) -> int:
    with contextlib.suppress(OSError):
        found = os.statvfs(directory)
        return (found.f_blocks - found.f_bfree) * found.f_frsize
    return 0
