"""Who may speak to the server over a WebSocket: checked on the handshake, before a byte of the protocol.

Pages of other sites reach a local port through the user's browser, by name (DNS rebinding) or directly; they
are told by `Host` and `Origin`. Programs of other users are told by the token.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

_OPEN_PATHS = ("/readyz", "/healthz")
_SCHEME = b"bearer "


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """What the client's handshake says; each header with every value it was given."""

    path: str
    host: Sequence[str]
    origin: Sequence[str]
    authorization: Sequence[str]


class Gate:
    """The rules of one listening address; `token` None means that the way in is guarded otherwise."""

    def __init__(self, *, host: str | None, token: str | None) -> None:
        """`host` is what the server listens on; None for a named socket, where names say nothing."""
        self._host = host
        self._token = token.encode() if token is not None else None

    def answer(self, hello: Hello) -> tuple[HTTPStatus, str] | None:
        """How a handshake ends without a WebSocket: refused, or a question after the server's health."""
        if self._host is not None and not self._is_own(hello.host):
            return HTTPStatus.FORBIDDEN, "the Host is not this server\n"
        if any(origin != f"http://{hello.host[0]}" for origin in hello.origin):
            return HTTPStatus.FORBIDDEN, "pages of other sites may not connect\n"
        if hello.path in _OPEN_PATHS:
            return HTTPStatus.OK, "ok\n"
        if self._token is not None and not self._has_token(hello.authorization):
            return HTTPStatus.UNAUTHORIZED, "send the token: Authorization: Bearer TOKEN\n"
        return None

    def _is_own(self, hosts: Sequence[str]) -> bool:
        """Addresses cannot be rebound, names can; of names only our own are ours."""
        if len(hosts) != 1:
            return False
        try:
            name = urlsplit(f"//{hosts[0]}").hostname or ""
        except ValueError:
            return False
        return name in ("localhost", self._host) or _is_address(name)

    def _has_token(self, values: Sequence[str]) -> bool:
        if len(values) != 1 or self._token is None:
            return False
        given = values[0].encode(errors="surrogateescape")
        scheme, token = given[: len(_SCHEME)], given[len(_SCHEME) :]
        return scheme.lower() == _SCHEME and hmac.compare_digest(token.strip(), self._token)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
