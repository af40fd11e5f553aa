"""Which user is at the other end of a named socket: as the kernel says, not as anybody claims."""

from __future__ import annotations

import socket
import struct
import sys

# struct ucred of Linux (unix(7)): process, user, group.
_LINUX = struct.Struct("=iII")


def user_of(connected: socket.socket) -> int | None:
    """The user's number; None where this system does not tell."""
    if sys.platform != "linux":
        return None
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _LINUX.size)
    return int(_LINUX.unpack(raw)[1])
