"""Ctrl-C and SIGTERM while a run is on: the first stops the turn and lets it settle, the second ends at once.

Ends at once means: everything is cancelled and its processes are killed; only when that takes too long the
process leaves without it, and the kernel ends the sandboxed commands with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from journeyman.headless.run import Run

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SECONDS_TO_LEAVE = 3.0


class StopSignals:
    """Passes the signals on to `run`, whose task is `task`; `exit_code` is set by the first one."""

    def __init__(self, run: Run, task: asyncio.Task[Any]) -> None:
        """Listen from now on, in the running loop."""
        self.exit_code: int | None = None
        self._run = run
        self._task = task
        self._loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        first = self.exit_code is None
        self.exit_code = self.exit_code or 128 + number
        if first and self._run.interrupt():
            return
        self._task.cancel()
        self._loop.call_later(_SECONDS_TO_LEAVE, os._exit, self.exit_code)
