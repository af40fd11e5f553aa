"""The handshake: who the client is and who answers."""

from __future__ import annotations

from journeyman.protocol.wire import Wire

# The level of the wire protocol that clients may count on: the version of the program it is that of.
PROTOCOL_LEVEL = "0.169.0"


class ClientInfo(Wire, frozen=True):
    """The program at the other end."""

    name: str
    version: str
    title: str | None = None


class Capabilities(Wire, frozen=True):
    """What the client can do and wants; `journeyman_extensions` asks for notifications of our own."""

    experimental_api: bool = False
    opt_out_notification_methods: list[str] | None = None
    journeyman_extensions: bool = False


class InitializeParams(Wire, frozen=True):
    """The first request of a connection."""

    client_info: ClientInfo
    capabilities: Capabilities | None = None


class ServerInfo(Wire, frozen=True):
    """The protocol level this server speaks: the reference's name for it is a version of its program."""

    name: str
    version: str


class InitializeResponse(Wire, frozen=True):
    """Who answers; `codex_home` is the server's state folder."""

    user_agent: str
    codex_home: str
    platform_family: str
    platform_os: str
    server_info: ServerInfo


class Empty(Wire, frozen=True):
    """No params, or nothing to say."""
