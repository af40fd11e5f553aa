"""Gives descriptors their places and closes every other one: nothing of the agent's is ever inherited."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping

from journeyman.sandbox.namespaces.zygote import kernel

# Above every place that is given out.
_ASIDE = 16


def arrange(places: Mapping[int, int], *, kept: int) -> None:
    """Duplicate `places` (new number to descriptor) and close all others.

    Those from `kept` on are closed when a program is executed.
    """
    aside = {place: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _ASIDE) for place, fd in places.items()}
    for place, fd in aside.items():
        os.dup2(fd, place, inheritable=place < kept)
    first = 0
    for place in (*sorted(places), None):
        if place is None:
            kernel.close_range(first, 0xFFFF_FFFF)
        elif place > first:
            kernel.close_range(first, place - 1)
        first = first if place is None else place + 1
