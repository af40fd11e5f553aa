"""What the agent asks of the zygote for one command, and what it hears back. Types only.

A request travels as JSON in a memory file, with the command's descriptors beside it. The answers come over
a socket that belongs to this command alone. Standard library only: the zygote imports it.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from journeyman.sandbox.usage import Allowance

# "landlock" is the degraded mode: no namespaces, so no private view of the files.
Confinement = Literal["namespaces", "landlock"]
# Where a script that is larger than an argument may be waits for its shell.
SCRIPT_FD = 3
# What hands the listening socket of the proxy out (see sandbox/way_out.py).
CHANNEL_FD = 4
Access = Literal["read", "write", "device", "list"]


class View(TypedDict):
    """The file system that a command sees: absolute paths without links, parents before children."""

    hidden: list[str]  # private and empty
    temporary: str | None  # what is mounted on /tmp, instead of memory
    shown: list[str]  # read-only, although below a hidden one
    overlaid: list[str]  # the same files read-only, but nobody listens on their sockets
    writable: list[str]
    pinned: list[str]  # cannot be renamed or removed
    protected: list[str]  # read-only inside the writable ones; what is missing is held
    masked: list[str]  # cannot be read
    temporary_bytes: int


class Plan(TypedDict):
    """How a command is confined."""

    confinement: Confinement
    network: bool
    view: View
    landlock: list[tuple[str, Access]]
    limits: dict[str, int]  # names of RLIMIT_*
    allowance: Allowance
    filter: str  # the seccomp program, in hexadecimal


class Request(Plan):
    """One command. With it come two sockets, and a descriptor for each number in `descriptors`."""

    program: str
    argv: list[str]
    env: dict[str, str]
    cwd: str
    descriptors: list[int]  # what of 0, 1, 2 is missing is /dev/null, or the terminal
    terminal: list[int] | None  # columns and rows


class Answer(TypedDict, total=False):
    """What is said of one command.

    The zygote says `launched`, with a process descriptor of its tree's first process, and that one then
    `ended`; the command's own process says `ready`, with the terminal's controlling end where one was
    asked for, on a socket that ends when the program runs. Each may say what went wrong instead. Before
    `launched` and `ready` nothing of the command has run.
    """

    launched: bool
    ended: int  # exit code, negative for a signal
    too_much: str  # the limit it was ended for
    ready: bool
    failed: str  # why it could not be confined
    refused: int  # errno: why its program could not be executed
