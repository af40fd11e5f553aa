"""What goes between agent, zygote and the processes it prepares: a request with its descriptors."""

from __future__ import annotations

import json
import mmap
import os
import socket
from collections.abc import Sequence
from typing import NamedTuple

from journeyman.sandbox.namespaces.request import Answer, Request

_MOST_FDS = 8


class Order(NamedTuple):
    """One request, the descriptor of its text, the socket to answer on, and other descriptors."""

    request: Request
    body: int
    answers: socket.socket
    others: list[int]

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
    with mmap.mmap(body, 0, prot=mmap.PROT_READ) as text:
        request: Request = json.loads(text[:])
    return Order(request, body, socket.socket(fileno=answers), others)


def send(orders: socket.socket, descriptors: Sequence[int]) -> None:
    """Give an order: the request's body, the socket to answer on, and others."""
    socket.send_fds(orders, [b"x"], descriptors)


def tell(answers: socket.socket, answer: Answer, fds: Sequence[int] = ()) -> None:
    """Send one answer to the agent."""
    socket.send_fds(answers, [json.dumps(answer).encode()], fds)
