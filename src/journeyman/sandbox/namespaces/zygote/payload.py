"""The last steps of a command's own process, up to its program: every layer that it must not shed.

The order is the meaning: what needs rights comes before they are dropped, and the filter comes last,
because it forbids some of the steps before it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import select
import signal
import socket
import struct
import termios
from typing import NoReturn

from journeyman.sandbox.namespaces.request import CHANNEL_FD, Answer, Request
from journeyman.sandbox.namespaces.zygote import kernel, landlock
from journeyman.sandbox.namespaces.zygote.descriptors import arrange
from journeyman.sandbox.namespaces.zygote.mounts import Prepared, build_view, prepare_view
from journeyman.sandbox.namespaces.zygote.orders import (
    Order,
    receive,
    rehearse,
    report_failure,
    tell,
)

# These are closed when the program runs.
_ANSWERS_FD = CHANNEL_FD + 1
_CONTROLLER_FD = CHANNEL_FD + 2
_RESTORED_SIGNALS = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGCHLD,
)


def become_payload(orders: socket.socket, *, alone: bool) -> NoReturn:
    """Prepare, wait for an order, build the view, confine this process and execute its program.

    The socket of the order hears `ready` last; it ends when the program runs.
    """
    try:
        prepared = _prepare(alone=alone)
        if not select.select([orders], [], [], 0)[0]:  # nobody waits yet
            rehearse()
    except BaseException as error:
        report_failure(orders, error)
        os._exit(126)
    order = receive(orders)
    if order is None:
        os._exit(0)
    answers = order.answers
    try:
        request = order.request
        if prepared is not None:
            build_view(request["view"], prepared)
        controller = _take_places(order)
        answers = socket.socket(fileno=_ANSWERS_FD)
        if controller is not None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        tell(answers, Answer(ready=True), [] if controller is None else [controller])
        _confine(request, alone=alone)
        answer = _execute(request)
    except BaseException as error:
        answer = Answer(failed=str(error) or type(error).__name__)
    tell(answers, answer)
    os._exit(126)


def _prepare(*, alone: bool) -> Prepared | None:
    """Do everything that needs no order, so that it costs the command no time."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in _RESTORED_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    if alone:
        return None
    kernel.bound_capabilities()
    return prepare_view()


def _take_places(order: Order) -> int | None:
    """Put every descriptor where it belongs and close all others; returns the controlling end."""
    size = order.request["terminal"]
    places = {**order.placed(), _ANSWERS_FD: order.answers.detach()}
    if size is None:
        rest = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    else:
        # Opened here, it has a name inside.
        places[_CONTROLLER_FD], rest = os.openpty()
        columns, rows = size
        fcntl.ioctl(rest, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    arrange({0: rest, 1: rest, 2: rest, **places}, kept=_ANSWERS_FD)
    return None if size is None else _CONTROLLER_FD


def _confine(request: Request, *, alone: bool) -> None:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if alone or landlock.version() > 0:
        landlock.restrict(request["landlock"], tcp=not alone or request["network"])
    if alone:
        kernel.bound_capabilities()
    # Without a namespace of its own an ordinary user's process has nothing to drop.
    with contextlib.suppress(PermissionError) if alone else contextlib.nullcontext():
        kernel.drop_capabilities()
    for name, value in request["limits"].items():
        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (limit, limit))
    kernel.install_filter(bytes.fromhex(request["filter"]))


def _execute(request: Request) -> Answer:
    try:
        os.chdir(request["cwd"])
        os.execve(request["program"], request["argv"], request["env"])
    except OSError as error:
        return Answer(refused=error.errno or 0)
