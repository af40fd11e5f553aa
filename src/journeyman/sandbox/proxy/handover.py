"""Gets a command's listening socket out of its namespace, and makes its proxy live as long as it does.

For backends whose sandbox is another program: they run `namespace_listener.py` first inside it and pass
`channel` to it. Knows nothing of how that program is started.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from journeyman.sandbox.api import ConfinementError, OnRefused, Resolve
from journeyman.sandbox.policy import NetworkRules, Policy
from journeyman.sandbox.proxy.environment import PROXY_HOST, PROXY_PORT, proxied_environment
from journeyman.sandbox.proxy.rules import RuleError
from journeyman.sandbox.proxy.session import ProxySession

# Named, not imported: it is a program of its own.
_LISTENER = str(Path(__file__).resolve().with_name("namespace_listener.py"))
# Above what a new program's own descriptors are put on, so that none is overwritten on the way.
_LEAST_FD = 10


def hand_over(
    rules: NetworkRules, on_refused: OnRefused | None, resolve: Resolve | None, *, python: str
) -> Handover:
    """See `open_way_out`."""
    try:
        return Handover(ProxySession(rules, on_refused=on_refused, resolve=resolve), python)
    except RuleError as error:
        raise ConfinementError(error.what, fix=f"To mend it, {error.fix}") from error


class Handover:
    """See `journeyman.sandbox.way_out.WayOut`."""

    def __init__(self, session: ProxySession, python: str) -> None:
        """Open the channel; `python` runs inside."""
        self._session = session
        self._python = python
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self.channel = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD_CLOEXEC, _LEAST_FD)
        ours.settimeout(0)
        self._ours = ours
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(ours, self._receive)

    def command(self, argv: Sequence[str], *, channel: int) -> tuple[str, ...]:
        """See `WayOut.command`."""
        return (self._python, "-S", "-I", _LISTENER, str(channel), argv[0], *argv)

    def environment(self, env: Mapping[str, str], policy: Policy, tmp: str) -> dict[str, str]:
        """See `WayOut.environment`."""
        return proxied_environment(env, policy.writable_roots, tmp if policy.private_tmp else None)

    def started(self) -> None:
        """See `WayOut.started`."""
        os.close(self.channel)
        self.channel = -1

    def ended(self) -> None:
        """See `WayOut.ended`."""
        if self.channel >= 0:
            self.started()
        self._close()
        self._session.close()

    def _receive(self) -> None:
        fds: list[int] = []
        with contextlib.suppress(OSError):
            _, fds, _, _ = socket.recv_fds(self._ours, 1, 1, socket.MSG_CMSG_CLOEXEC)
        self._close()
        for fd in fds:
            listener = socket.socket(fileno=fd)
            if _listens(listener):
                self._session.serve(listener)
            else:
                listener.close()

    def _close(self) -> None:
        if self._ours.fileno() >= 0:
            self._loop.remove_reader(self._ours)
            self._ours.close()


def _listens(listener: socket.socket) -> bool:
    """Whether this is what the listener sends, and not what a stranger would have us accept on."""
    try:
        accepts = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        return bool(accepts) and listener.getsockname() == (PROXY_HOST, PROXY_PORT)
    except OSError:
        return False
