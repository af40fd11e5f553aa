"""Runs commands as the user would, without a sandbox, but still ends their whole tree.

Each command gets a small supervisor process (supervisor.py), because only a parent that adopts orphans
can find daemons, and because the agent itself may be killed at any moment.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from journeyman.sandbox.api import Command, Process
from journeyman.sandbox.process import start
from journeyman.sandbox.programs import find_program

# Named, not imported: it loads ctypes, which the agent does not need.
_SUPERVISOR = str(Path(__file__).resolve().with_name("supervisor.py"))


class DirectLauncher:
    """Launches unconfined commands."""

    def __init__(self, python: str) -> None:
        """Take the Python program that runs the supervisor."""
        self._python = python

    def launch(self, command: Command) -> Process:
        """Start `command`; raises `OSError` when it cannot be executed."""
        program = find_program(command)
        terminal = "tty" if command.tty else "pipes"
        words = [self._python, "-S", "-I", _SUPERVISOR, str(os.getpid()), terminal, command.cwd]
        return start(
            [*words, program, *command.argv],
            command,
            end_tree=_terminate,
            on_exit=_nothing,
            guard=None,
        )


def _terminate(supervisor_pid: int) -> None:
    os.kill(supervisor_pid, signal.SIGTERM)


def _nothing() -> None:
    """There is nothing on the host to clear."""
