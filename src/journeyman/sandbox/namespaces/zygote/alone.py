"""The degraded mode without namespaces: a parent that adopts orphans, and Landlock with seccomp below it.

The files stay as they are, so what Landlock cannot say is not held: no read-only directory in a writable
one, no private view of processes. It is used only where the user agreed to that.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import NoReturn

from journeyman.sandbox.namespaces.zygote import kernel
from journeyman.sandbox.namespaces.zygote.init import Inlets, look_after
from journeyman.sandbox.namespaces.zygote.orders import report_failure
from journeyman.sandbox.supervisor import end_descendants


def become_supervisor(inlets: Inlets) -> NoReturn:
    """Run one command below this process; SIGTERM ends its whole tree."""
    try:
        signal.signal(signal.SIGTERM, _stop)
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
        if not select.select([inlets.lifeline], [], [], 0)[0]:
            look_after(inlets, alone=True)
    except Exception as error:
        report_failure(inlets.init, error)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_descendants()
        os._exit(0)


def _stop(*_: object) -> None:
    sys.exit(1)
