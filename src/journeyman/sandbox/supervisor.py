# ruff: noqa: PTH123, PTH208 -- its start-up is part of every command; pathlib would double it
"""Runs one unconfined command and ends its whole tree: when it exits, on SIGTERM, or when the agent dies.

Self-contained, so that `python -S -I supervisor.py AGENT_PID TTY CWD PROGRAM ARGV...` starts fast. The
kernel hands it every orphan of the command (PR_SET_CHILD_SUBREAPER), so daemons are found as well.
Limit: a command of the same user that kills the supervisor itself first can leave processes behind.
"""

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CANNOT_EXECUTE = 126


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code, 128 + signal number when a signal ended it."""
    agent, terminal, cwd, program, *argv = arguments
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, _stop)
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(agent):  # it died before it could be watched
        return 128 + signal.SIGKILL
    try:
        child = os.fork()
        if child == 0:
            _execute(terminal, cwd, program, argv)
        return _wait(child)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_descendants()


def _stop(*_: object) -> None:
    sys.exit(128 + signal.SIGKILL)


def _execute(terminal: str, cwd: str, program: str, argv: list[str]) -> None:
    try:
        if terminal != "tty":
            os.setsid()
        else:
            # The supervisor leads the session of the terminal; what the user types is for the command.
            os.setpgid(0, 0)
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            os.tcsetpgrp(0, os.getpgrp())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(cwd)
        os.execv(program, argv)
    except OSError as error:
        os.write(2, f"{program}: {error.strerror}\n".encode())
    os._exit(_CANNOT_EXECUTE)


def _wait(child: int) -> int:
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def end_descendants() -> None:
    """Kill descendants until none is left; orphans become children here and are reaped."""
    while _kill_below(os.getpid()):
        with contextlib.suppress(ChildProcessError):
            os.wait()


def _kill_below(pid: int) -> bool:
    found = False
    for child in children_of(pid):
        found = True
        # Stopped first, so that it cannot fork while its children are looked up.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(child, signal.SIGSTOP)
            _kill_below(child)
            os.kill(child, signal.SIGKILL)
    return found


def children_of(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += [int(word) for word in file.read().split()]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
