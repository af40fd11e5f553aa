"""What the process's standard streams are and how to write to them; the one place that decides on colour."""

from __future__ import annotations

import contextlib
import os
import select
import stat
import sys
import termios
from collections.abc import Iterable, Mapping

# How long a writer may pause before its pipe is given up, when the program ends without wanting its input.
_DRAIN_SECONDS = 1.0
# Some inputs never end.
_DRAIN_BYTES = 64 << 20


def wants_colour(choice: str, environment: Mapping[str, str], *, is_tty: bool) -> bool:
    """Whether to colour: `always`, `never`, or `auto` = on a terminal that is not dumb, unless NO_COLOR is set."""
    if choice != "auto":
        return choice == "always"
    return is_tty and not environment.get("NO_COLOR") and environment.get("TERM", "dumb") != "dumb"


def is_tty(fd: int) -> bool:
    """Whether the descriptor is a terminal; a closed one is not."""
    try:
        return os.isatty(fd)
    except OSError:
        return False


def hold_standard_streams() -> None:
    """Open those that were closed on nothing, so that no other file takes their numbers."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)


def has_input(fd: int = 0) -> bool:
    """Whether something is piped or redirected in, be it empty."""
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        return False
    return _is_pipe(mode) or stat.S_ISREG(mode)


def is_text(given: str) -> bool:
    """Whether an argument or a path can be said in JSON: its bytes are UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in given)


def write_error(text: str) -> None:
    """Write to stderr at once; characters that it cannot encode become escapes.

    A stderr that nobody reads is no reason to stop.
    """
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    with contextlib.suppress(OSError):
        _write_all(2, text.encode(encoding, "backslashreplace"))


def write_output(data: bytes) -> None:
    """Write to stdout at once.

    Raises:
        OSError: the reader is gone or the disk is full.
    """
    _write_all(1, data)


def write_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout at once; characters that cannot be encoded become escapes. Raises as `write_output`."""
    write_output("".join(f"{line}\n" for line in lines).encode(errors="backslashreplace"))


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:  # a terminal that another program left non-blocking
            select.select([], [fd], [])


def forget_typed_ahead(fd: int = 0) -> None:
    """Forget what was typed so far, so that it does not answer a question that is shown only now."""
    with contextlib.suppress(termios.error):
        termios.tcflush(fd, termios.TCIFLUSH)


def drain_stdin() -> None:
    """Read and forget what is piped in, so that a program that still writes gets no broken pipe.

    Ends at the end of the input, when nothing came for a second, or after 64 MiB.
    """
    left = _DRAIN_BYTES
    with contextlib.suppress(OSError):
        if not _is_pipe(os.fstat(0).st_mode):
            return
        while left > 0 and select.select([0], [], [], _DRAIN_SECONDS)[0]:
            piece = os.read(0, 1 << 16)
            if not piece:
                return
            left -= len(piece)


def _is_pipe(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
