"""What goes between agent, zygote and the processes it prepares: a request with its descriptors."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import socket
from collections.abc import Sequence
from functools import cached_property

from journeyman.sandbox.namespaces.request import Answer, Request

_MOST_FDS = 8
# As large as a usual request.
_REHEARSED = json.dumps({"descriptors": [], "words": ["a word"] * 500}).encode()


class Order:
    """The descriptor of one request's text, the socket to answer on, and other descriptors."""

    def __init__(self, body: int, answers: socket.socket, others: list[int]) -> None:
        """Take them over."""
        self.body = body
        self.answers = answers
        self.others = others

    @cached_property
    def request(self) -> Request:
        """The request; read when it is wanted, as a tree's first process seldom does."""
        with mmap.mmap(self.body, 0, prot=mmap.PROT_READ) as text:
            return json.loads(text[:])

    def placed(self) -> dict[int, int]:
        """The others by the numbers that the request has for them."""
        return dict(zip(self.request["descriptors"], self.others, strict=True))

    def close(self) -> None:
        """Close this process's copies."""
        for fd in (self.body, *self.others):
            os.close(fd)
        self.answers.close()


def receive(orders: socket.socket) -> Order | None:
    """The next order; None when there will be none."""
    message, received, _, _ = socket.recv_fds(orders, 1, _MOST_FDS, socket.MSG_CMSG_CLOEXEC)
    if not message:
        return None
    body, answers, *others = received
    return Order(body, socket.socket(fileno=answers), others)


def send(orders: socket.socket, descriptors: Sequence[int]) -> None:
    """Give an order: the request's body, the socket to answer on, and others."""
    socket.send_fds(orders, [b"x"], descriptors)


def rehearse() -> None:
    """Give an order to oneself and drop it.

    After a fork the first use of every page copies it. For an order that takes longer than all it is for, so
    it is done while nobody waits.
    """
    orders, giver = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    body = os.memfd_create("rehearsal")
    with orders, giver:
        os.write(body, _REHEARSED)
        send(giver, [body, giver.fileno()])
        order = receive(orders)
        if order is not None:
            order.placed()
            tell(order.answers, Answer(launched=True))
            order.close()
    os.close(body)


def report_failure(orders: socket.socket, error: BaseException) -> None:
    """Wait for the order that cannot be met, and tell why."""
    with contextlib.suppress(OSError):
        order = receive(orders)
        if order is not None:
            tell(order.answers, Answer(failed=str(error) or type(error).__name__))


def tell(answers: socket.socket, answer: Answer, fds: Sequence[int] = ()) -> None:
    """Send one answer to the agent."""
    socket.send_fds(answers, [json.dumps(answer).encode()], fds)
