"""The first process of a command's tree: holds its namespaces, reaps, and watches its limits.

It is made before it is needed, in bare namespaces, with the payload's process waiting beside it. When it
ends, the kernel ends every other process of its namespace. It dies with the zygote.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import struct
from typing import NamedTuple, NoReturn

from journeyman.sandbox.namespaces.zygote import kernel
from journeyman.sandbox.namespaces.zygote.descriptors import arrange
from journeyman.sandbox.namespaces.zygote.orders import receive, report_failure, tell
from journeyman.sandbox.namespaces.zygote.payload import become_payload
from journeyman.sandbox.namespaces.zygote.watch import AWAITED, watch

_SIOCSIFFLAGS = 0x8914
_UP_AND_RUNNING = 0x41
# Where the first process keeps what it needs.
_ORDERS_FD = 3
_ITS_TERMINAL = "/dev/pts/0"


class Inlets(NamedTuple):
    """Where a tree's processes hear: the first one, the payload; `lifeline` ends with the zygote."""

    init: socket.socket
    payload: socket.socket
    lifeline: int


def become_init(inlets: Inlets, *, network: bool, ids: tuple[int, int]) -> NoReturn:
    """Be the first process, in new namespaces; `ids` are its user and group outside."""
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if select.select([inlets.lifeline], [], [], 0)[0]:
            os._exit(1)  # the zygote ended before it could be watched
        _map_ids(*ids)
        # What runs inside must not look into this process, which still has rights.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        if not network:
            _raise_loopback()
        look_after(inlets)
    except BaseException as error:
        report_failure(inlets.init, error)
    os._exit(0)


def look_after(inlets: Inlets, *, alone: bool = False) -> None:
    """Fork the payload, and wait until it ends; the agent hears how."""
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    # Now: the payload makes another /dev.
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    payload = os.fork()
    if payload == 0:
        inlets.init.close()
        become_payload(inlets.payload, alone=alone)
    arrange({0: null, 1: null, 2: null, _ORDERS_FD: inlets.init.detach()}, kept=0)
    inlets.payload.detach()
    order = receive(socket.socket(fileno=_ORDERS_FD))
    if order is None:
        return
    ended = watch(order, payload, alone=alone)
    if "too_much" in ended:
        _notice(ended["too_much"], *order.others)
    for fd in order.others:
        os.close(fd)  # whoever reads the output hears its end before the exit code
    tell(order.answers, ended)


def _map_ids(user: int, group: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        os.write(fd, text.encode())
        os.close(fd)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))


def _notice(limit: str, output: int | None = None) -> None:
    """Tell whoever reads the output; a full pipe must not hold this process."""
    with contextlib.suppress(OSError):
        if output is None:
            output = os.open(_ITS_TERMINAL, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
        os.set_blocking(output, False)
        os.write(output, f"\nThe sandbox ended this command: {limit}.\n".encode())
