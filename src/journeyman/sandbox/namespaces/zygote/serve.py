"""The zygote: a small process without secrets and threads that makes one process tree per command.

It hears requests on one socket, and when that ends it ends all trees and itself. It also holds the missing
protected names, so that they go even when the agent is killed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from journeyman.sandbox.held_names import KEPT_SECONDS, HeldNames
from journeyman.sandbox.namespaces.request import Answer
from journeyman.sandbox.namespaces.zygote import kernel
from journeyman.sandbox.namespaces.zygote.orders import Order, receive, rehearse, tell
from journeyman.sandbox.namespaces.zygote.trees import Nursery, Tree

# A tree is prepared when one has ended, or has run for so long: then it takes no time from its start.
_STARTED_SECONDS = 0.02
_MOUNTS = "/proc/self/mountinfo"


class Zygote:
    """The trees that run, and the names they hold."""

    def __init__(self, requests: socket.socket) -> None:
        """Take the socket that requests come from."""
        self._requests = requests
        self._nursery = Nursery()
        self._trees: dict[int, tuple[Tree, list[str]]] = {}
        self._names = HeldNames()
        self._unused_names = False
        self._one_ended = False
        self._mounts = os.open(_MOUNTS, os.O_RDONLY | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(requests, select.POLLIN)
        self._poll.register(self._mounts, select.POLLPRI)

    def serve(self) -> None:
        """Serve until the agent has gone; nothing is left then."""
        while True:
            ready = self._poll.poll(self._timeout_ms())
            if not ready:
                self._use_the_quiet()
            for fd, _ in ready:
                if fd == self._mounts:
                    self._nursery.forget()  # it would show a command the mounts of before
                elif fd in self._trees:
                    self._reap(fd)
                elif not self._hear():
                    return

    def end(self) -> None:
        """End every tree and let go of every name."""
        self._nursery.forget()
        for tree, _ in self._trees.values():
            tree.end()
        for fd in list(self._trees):
            self._reap(fd)
        self._names.remove_unused()

    def _timeout_ms(self) -> float | None:
        if self._nursery.wants_spare():
            return 0 if self._one_ended else _STARTED_SECONDS * 1000
        return KEPT_SECONDS * 1000 if self._unused_names else None

    def _use_the_quiet(self) -> None:
        if self._nursery.wants_spare():
            self._one_ended = False
            self._nursery.make_spare()
            rehearse()
        else:
            self._unused_names = False
            self._names.remove_unused()

    def _hear(self) -> bool:
        order = receive(self._requests)
        if order is None:
            return False
        try:
            self._launch(order)
        except OSError as error:
            with contextlib.suppress(OSError):  # the agent may have stopped listening
                tell(order.answers, Answer(failed=str(error)))
        order.close()
        return True

    def _launch(self, order: Order) -> None:
        protected = order.request["view"]["protected"]
        held = [path for path in protected if self._names.is_wanted(path)]
        self._names.hold(held)
        try:
            tree = self._nursery.start(order)
        except OSError:
            self._names.release(held)
            self._unused_names = True
            raise
        self._trees[tree.pidfd] = (tree, held)
        self._poll.register(tree.pidfd, select.POLLIN)

    def _reap(self, fd: int) -> None:
        tree, held = self._trees.pop(fd)
        self._poll.unregister(fd)
        tree.reap()
        self._names.release(held)
        self._unused_names = self._one_ended = True


def main(requests_fd: int) -> NoReturn:
    """Be the zygote; `requests_fd` is the agent's socket."""
    with socket.socket(fileno=os.dup(requests_fd)) as requests:
        kernel.close_range(requests_fd, requests_fd)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        gc.disable()  # a collection would touch, and so copy, every page after each fork
        gc.freeze()
        zygote = Zygote(requests)
        zygote.serve()
        zygote.end()
    sys.exit(0)
