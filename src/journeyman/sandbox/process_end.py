"""A descriptor that becomes readable when a child ends, as each system has it."""

from __future__ import annotations

import os
import sys


def exit_descriptor(pid: int) -> int:
    """Open one for the child `pid`, which nobody has waited for; the caller closes it."""
    if sys.platform != "darwin":
        return os.pidfd_open(pid)
    import select  # noqa: PLC0415 -- only this system has it

    queue = select.kqueue()
    event = select.kevent(
        pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD | select.KQ_EV_ONESHOT, select.KQ_NOTE_EXIT
    )
    queue.control([event], 0)
    # The queue closes its descriptor when it is forgotten.
    return os.dup(queue.fileno())
