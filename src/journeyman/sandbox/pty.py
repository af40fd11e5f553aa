"""Pseudo-terminals: opens a pair of a given size. Knows nothing of processes."""

from __future__ import annotations

import fcntl
import os
import struct
import termios


def open_terminal(columns: int, rows: int) -> tuple[int, int, str]:
    """Open a terminal of this size.

    Returns:
        The controlling end, not blocking; the program's end, to be held open until the program has
        opened it by itself; and the path of that end.
    """
    controller, terminal = os.openpty()
    set_size(terminal, columns, rows)
    os.set_blocking(controller, False)
    return controller, terminal, os.ttyname(terminal)


def set_size(terminal: int, columns: int, rows: int) -> None:
    """Give a terminal, by either end, this size."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def end_of_input(controller: int) -> bytes:
    """The character that means end of input on this terminal, as it is set now."""
    characters = termios.tcgetattr(controller)[6]
    return bytes(characters[termios.VEOF])
