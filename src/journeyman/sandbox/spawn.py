"""Starts one program with exactly the file descriptors it is meant to have, and nothing of the agent's.

posix_spawn, because it costs the same from a 10 MB and a 500 MB agent and, unlike subprocess, can open a
terminal after setsid, which makes it the controlling one. Owns no waiting and no killing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence

import msgspec

STATUS_FD = 3
LIFELINE_FD = 4
FILTER_FD = 5
CHANNEL_FD = 6
# Linux has both, macOS only the second one.
_OPEN_FILES = "/dev/fd"
# Python ignores some, a shell that runs us in the background others; what is ignored stays so across exec.
_RESTORED_SIGNALS = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGHUP,
)


class Streams(msgspec.Struct, frozen=True, kw_only=True):
    """Descriptors of the new program: a terminal's path, or an input and an output.

    With `controlling` the terminal's signals go to the new session. `status` arrives as descriptor
    `STATUS_FD`, `lifeline` as `LIFELINE_FD`, `filter` as `FILTER_FD`, `channel` as `CHANNEL_FD`.
    """

    terminal: str | None = None
    controlling: bool = True
    stdin: int | None = None
    output: int | None = None
    status: int | None = None
    lifeline: int | None = None
    filter: int | None = None
    channel: int | None = None


def spawn(argv: Sequence[str], env: Mapping[str, str], streams: Streams) -> int:
    """Start `argv` (its first word a path) in a session of its own.

    Returns:
        The process id; the caller waits for it.

    Raises:
        OSError: it cannot be executed.
    """
    return os.posix_spawn(
        argv[0],
        list(argv),
        env,
        file_actions=_file_actions(streams),
        setsid=True,
        setsigmask=(),
        setsigdef=_RESTORED_SIGNALS,
    )


def _file_actions(streams: Streams) -> list[tuple[int, ...] | tuple[int, int, str, int, int]]:
    # Ours are all close-on-exec, but the agent may have been started with open ones of its starter's.
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_CLOSE, fd) for fd in inheritable_fds()
    ]
    if streams.terminal is not None:
        flags = os.O_RDWR if streams.controlling else os.O_RDWR | os.O_NOCTTY
        actions.append((os.POSIX_SPAWN_OPEN, 0, streams.terminal, flags, 0))
        actions.append((os.POSIX_SPAWN_DUP2, 0, 1))
    else:
        if streams.stdin is None:
            actions.append((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0))
        else:
            actions.append((os.POSIX_SPAWN_DUP2, streams.stdin, 0))
        if streams.output is not None:
            actions.append((os.POSIX_SPAWN_DUP2, streams.output, 1))
    actions.append((os.POSIX_SPAWN_DUP2, 1, 2))
    if streams.status is not None:
        actions.append((os.POSIX_SPAWN_DUP2, streams.status, STATUS_FD))
    if streams.lifeline is not None:
        actions.append((os.POSIX_SPAWN_DUP2, streams.lifeline, LIFELINE_FD))
    if streams.filter is not None:
        actions.append((os.POSIX_SPAWN_DUP2, streams.filter, FILTER_FD))
    if streams.channel is not None:
        actions.append((os.POSIX_SPAWN_DUP2, streams.channel, CHANNEL_FD))
    return actions


def inheritable_fds() -> list[int]:
    """The descriptors that a program started now would get from this process, but for 0, 1 and 2."""
    found: list[int] = []
    for name in os.listdir(_OPEN_FILES):  # noqa: PTH208 -- the names are wanted, on a hot path
        fd = int(name)
        try:
            if fd > 2 and os.get_inheritable(fd):
                found.append(fd)
        except OSError:  # the listing's own descriptor, closed by now
            continue
    return found
