"""What one child of the nursery is asked to do, and the frames in which answers travel."""

from __future__ import annotations

import io
import pickle
import struct
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

_HEAD = struct.Struct("!I")
_ENGINE = __package__ or ""


@dataclass(frozen=True)
class Swap:
    """A statement of a module, padded to its line, as it is and as it should become."""

    path: str
    old: str
    new: str


@dataclass
class Job:
    """Run tests (`tests`; None for all that are collected) on an edited program.

    `kind` is "tests", "trace" (also record coverage, types and calls), "probe" (call one function
    on `inputs`), "examples" (of the docstrings of the edited files) or "screen" (one test on each of `screens`). `limit` is CPU seconds a test, `wall` the seconds it may take at all.
    """

    kind: str
    tests: list[str] | None = None
    texts: dict[str, str] = field(default_factory=dict[str, str])
    swaps: list[Swap] = field(default_factory=list[Swap])
    limit: float = 2.0
    wall: float = 10.0
    stop_at_failure: bool = False
    target: tuple[str, str, int] | None = None
    screens: list[list[Swap]] = field(default_factory=list[list[Swap]])
    inputs: list[bytes] = field(default_factory=list[bytes])


@dataclass
class Reply:
    """What a child said before it ended: a list of messages, and how it ended."""

    messages: list[Any] = field(default_factory=list[Any])
    died: bool = False
    late: bool = False


class _Pickler(pickle.Pickler):
    """Names the engine's own classes itself: pickle imports `journeyman` for them, which this Python may not have."""

    def persistent_id(self, obj: object) -> tuple[str, str] | None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """Module and name of a class of the engine."""
        if isinstance(obj, type) and obj.__module__.startswith(_ENGINE):
            return obj.__module__, obj.__qualname__
        return None


class _Unpickler(pickle.Unpickler):  # noqa: S301 -- the tested program runs as freely as this one
    """Reads what `_Pickler` wrote; both ends have the same modules."""

    def persistent_load(self, pid: tuple[str, str]) -> object:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """The class of that module and name."""
        module, name = pid
        return getattr(sys.modules[module], name)


def read(data: bytes) -> Any:
    """One message from its bytes, which a child of ours wrote."""
    return _Unpickler(io.BytesIO(data)).load()


def pack(message: object) -> bytes:
    """One message as a frame."""
    data = io.BytesIO()
    _Pickler(data).dump(message)
    return _HEAD.pack(data.tell()) + data.getvalue()


def send(channel: socket.socket, message: object) -> None:
    """Send one message."""
    channel.sendall(pack(message))


def receive(channel: socket.socket) -> Any:
    """Read one message; EOFError when the other side is gone."""
    size = _HEAD.unpack(_exactly(channel, _HEAD.size))[0]
    return read(_exactly(channel, size))


def _exactly(channel: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = channel.recv(min(size - len(data), 1 << 20))
        if not chunk:
            raise EOFError
        data += chunk
    return data


def first_frame(data: bytes) -> tuple[Any, bytes] | None:
    """The first message of a buffer and what follows it; None while it is incomplete."""
    if len(data) < _HEAD.size:
        return None
    end = _HEAD.size + _HEAD.unpack(data[: _HEAD.size])[0]
    if len(data) < end:
        return None
    return read(data[_HEAD.size : end]), data[end:]
