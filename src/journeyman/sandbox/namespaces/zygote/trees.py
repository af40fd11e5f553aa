"""Makes process trees, one of them ahead of time: most of what a command costs is over when it comes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from typing import Literal, NamedTuple

from journeyman.sandbox.namespaces.request import Answer, Request
from journeyman.sandbox.namespaces.zygote import kernel
from journeyman.sandbox.namespaces.zygote.alone import become_supervisor
from journeyman.sandbox.namespaces.zygote.init import Inlets, become_init
from journeyman.sandbox.namespaces.zygote.orders import Order, send, tell

# "sealed" is without network, "alone" without namespaces.
_Kind = Literal["sealed", "network", "alone"]
_NEW_NAMESPACES = (
    0x1000_0000  # user
    | 0x0002_0000  # mounts
    | 0x2000_0000  # processes
    | 0x0800_0000  # System V IPC
    | 0x0400_0000  # host name
)
_NEW_NETWORK = 0x4000_0000


class Tree(NamedTuple):
    """The first process of a tree, and the ways to give it and the payload their orders."""

    pid: int
    pidfd: int
    init: socket.socket
    payload: socket.socket
    end_signal: int

    def order(self, order: Order) -> None:
        """Have it run a command.

        The agent hears `launched` before the payload hears anything: `ended`, which comes over the same
        socket, cannot come first, and what nobody waits for never runs.

        Raises:
            ConnectionError: it has ended, or the agent has stopped listening; nothing runs.
        """
        report, *given = order.others
        # Of what the command holds only its output, to tell of a limit; a terminal has a name inside.
        output = dict(zip(order.request["descriptors"], given, strict=True)).get(2)
        told = [] if output is None else [output]
        send(self.init, [order.body, order.answers.fileno(), *told])
        tell(order.answers, Answer(launched=True), [self.pidfd])
        with contextlib.suppress(ConnectionError):  # then the first process tells why
            send(self.payload, [order.body, report, *given])

    def end(self) -> None:
        """Make all of it end soon."""
        os.kill(self.pid, self.end_signal)

    def reap(self) -> None:
        """Wait for its end and clear up."""
        os.close(self.pidfd)
        self.init.close()
        self.payload.close()
        os.waitpid(self.pid, 0)

    def discard(self) -> None:
        """End it and wait for that."""
        self.end()
        self.reap()


class Nursery:
    """Prepares trees; keeps one spare of the usual kind."""

    def __init__(self) -> None:
        """Prepare nothing yet."""
        # Asked now: in a new namespace they are not known yet.
        self._ids = os.getuid(), os.getgid()
        self._lifeline, self._life = os.pipe()
        self._spare: Tree | None = None
        self._works = False

    def start(self, order: Order) -> Tree:
        """Give the order to a tree; raises `OSError` when the kernel makes none."""
        kind = _kind(order.request)
        if kind == "sealed" and self._spare is not None:
            tree, self._spare = self._spare, None
            try:
                tree.order(order)
            except ConnectionError:  # somebody ended it
                tree.discard()
            else:
                return tree
        tree = self._make(kind)
        try:
            tree.order(order)
        except OSError:
            tree.discard()
            raise
        self._works = self._works or kind == "sealed"
        return tree

    def wants_spare(self) -> bool:
        """Whether one is missing; only where one was made before."""
        return self._works and self._spare is None

    def make_spare(self) -> None:
        """Prepare one."""
        try:
            self._spare = self._make("sealed")
        except OSError:
            self._works = False  # such as too many namespaces; the next command tries again

    def forget(self) -> None:
        """End the spare."""
        if self._spare is not None:
            self._spare.discard()
            self._spare = None

    def _make(self, kind: _Kind) -> Tree:
        init, for_init = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        payload, for_payload = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with for_init, for_payload:
            if kind == "alone":
                pid = os.fork()
            else:
                network = _NEW_NETWORK if kind == "sealed" else 0
                pid = kernel.clone_process(_NEW_NAMESPACES | network | signal.SIGCHLD)
            if pid == 0:
                init.close()
                payload.close()
                os.close(self._life)
                inlets = Inlets(for_init, for_payload, self._lifeline)
                if kind == "alone":
                    become_supervisor(inlets)
                become_init(inlets, network=kind == "network", ids=self._ids)
        end_signal = signal.SIGTERM if kind == "alone" else signal.SIGKILL
        return Tree(pid, os.pidfd_open(pid), init, payload, end_signal)


def _kind(request: Request) -> _Kind:
    if request["confinement"] == "landlock":
        return "alone"
    return "network" if request["network"] else "sealed"
