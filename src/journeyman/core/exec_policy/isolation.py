"""Reads a script in a child process, so that a text which crashes or stalls the parser costs only its answer.

The grammar's scanner is C code and the text is a model's: it has been seen to end the process it runs in.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress

import msgspec

from journeyman.core.exec_policy.script import Script, unreadable

_SECONDS = 2
_READ_BYTES = 65_536


def read_apart(read: Callable[[], Script]) -> Script:
    """What `read` returns, computed in a child; an unreadable script where the child does not answer."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(read, writing)
    os.close(writing)
    with open(reading, "rb", buffering=_READ_BYTES) as file:  # noqa: PTH123 -- it is a descriptor
        answer = file.read()
    _, status = os.waitpid(child, 0)
    if status == 0:
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(answer, type=Script)
    return unreadable("it cannot be read")


def _answer(read: Callable[[], Script], writing: int) -> None:
    """Write the script and end, whatever happens; never returns."""
    code = 1
    with suppress(BaseException):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        signal.alarm(_SECONDS)
        with open(writing, "wb") as file:
            file.write(msgspec.json.encode(read()))
        code = 0
    os._exit(code)
