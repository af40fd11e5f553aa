"""Finds the named sockets that programs of this machine listen on: whoever connects speaks to the outside."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_PATH_FIELD = 7


def listening_sockets() -> tuple[str, ...]:
    """Paths of named sockets, without links; empty where the kernel does not tell."""
    try:
        text = Path("/proc/net/unix").read_bytes()
    except OSError:
        return ()
    return named_sockets(text.splitlines()[1:])


def named_sockets(lines: Iterable[bytes]) -> tuple[str, ...]:
    """The paths in lines of /proc/net/unix; abstract sockets have none."""
    found: set[str] = set()
    real: dict[str, str] = {}  # a desktop has a hundred sockets in a few directories
    for line in lines:
        fields = line.split(None, _PATH_FIELD)
        if len(fields) > _PATH_FIELD and fields[_PATH_FIELD].startswith(b"/"):
            directory, name = os.path.split(os.fsdecode(fields[_PATH_FIELD]))
            if directory not in real:
                real[directory] = os.path.realpath(directory)
            found.add(f"{real[directory].rstrip('/')}/{name}")
    return tuple(sorted(found))
