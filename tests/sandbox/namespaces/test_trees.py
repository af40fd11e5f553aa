"""The order in which the agent and the processes of a tree hear of a command."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from collections.abc import Generator

import pytest

from journeyman.sandbox.namespaces.zygote.orders import Order
from journeyman.sandbox.namespaces.zygote.trees import Tree
from journeyman.sandbox.namespaces.zygote_link import memory_file


class Ends:
    """Our ends of a tree's sockets and of the agent's."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        def pair() -> tuple[socket.socket, socket.socket]:
            one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            one.settimeout(0)
            return stack.enter_context(one), stack.enter_context(other)

        self.agent, answers = pair()
        self.init, init = pair()
        self.payload, payload = pair()
        null = os.open(os.devnull, os.O_RDWR)
        stack.callback(os.close, null)
        self.tree = Tree(os.getpid(), null, init, payload, signal.SIGKILL)
        body = stack.enter_context(memory_file(b'{"descriptors": [2]}'))
        self.order = Order(body, answers, [null, null])


@pytest.fixture
def ends() -> Generator[Ends]:
    with contextlib.ExitStack() as stack:
        yield Ends(stack)


def test_agent_has_the_process_descriptor_when_the_payload_has_its_order(ends: Ends) -> None:
    ends.tree.order(ends.order)
    assert ends.payload.recv(9) == b"x"
    assert json.loads(ends.agent.recv(99)) == {"launched": True}


def test_payload_gets_no_order_when_the_agent_could_not_be_told(ends: Ends) -> None:
    ends.agent.close()
    with pytest.raises(ConnectionError):
        ends.tree.order(ends.order)
    with pytest.raises(BlockingIOError):
        ends.payload.recv(9)
