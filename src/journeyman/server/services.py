"""What handlers work with: one field per resource, filled in by whoever composes the server.

A field that is None is a service this server was not given; its methods are then refused with a clear text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from journeyman.core.manager import ThreadManager
from journeyman.protocol.connection import ClientInfo, InitializeResponse
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.models import Model
from journeyman.server.peer import Peer
from journeyman.server.ports import (
    AccountStore,
    CommandRunner,
    ConfigStore,
    FileLister,
    Listings,
    McpSignIn,
)

ServiceT = TypeVar("ServiceT")


class Clients:
    """The clients that are connected and have introduced themselves."""

    def __init__(self) -> None:
        """Nobody is there yet."""
        self._peers: list[Peer] = []

    def add(self, peer: Peer) -> None:
        """A client introduced itself."""
        self._peers.append(peer)

    def remove(self, peer: Peer) -> None:
        """A client went away; no error where it never introduced itself."""
        if peer in self._peers:
            self._peers.remove(peer)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._peers)

    def notify(self, notification: msgspec.Struct) -> None:
        """Tell every client a fact that belongs to no thread, or to one that nobody needs to have loaded."""
        for peer in list(self._peers):
            peer.notify(notification)


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of one server, shared by its connections.

    `introduce` answers the handshake; `manager` owns the threads; `clients` are those connected; `models` lists
    what can be chosen of a provider, or of all.
    """

    introduce: Callable[[ClientInfo], InitializeResponse]
    manager: ThreadManager
    models: Callable[[str | None], Sequence[Model]] = lambda _: ()
    clients: Clients = msgspec.field(default_factory=Clients)
    config: ConfigStore | None = None
    account: AccountStore | None = None
    commands: CommandRunner | None = None
    files: FileLister | None = None
    listings: Listings | None = None
    mcp_sign_in: McpSignIn | None = None

    def __post_init__(self) -> None:
        """Let every client hear of threads that nobody follows any more."""
        self.manager.tell_all = self.clients.notify


def required(service: ServiceT | None, name: str) -> ServiceT:
    """The service; raises `RpcError` where this server was not given it."""
    if service is None:
        message = f"this server has no part for {name}/*: use the one that `jm app-server` starts"
        raise RpcError(message)
    return service
