"""Which commands are known to be harmless, so that nobody is asked about them.

This decides asking only, never confinement. Anything that is not one plain command of literal words is
not known.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_HARMLESS = frozenset(
    {
        "basename", "cat", "cut", "date", "df", "diff", "dirname", "du", "echo", "false", "file", "grep",
        "head", "id", "ls", "nl", "pwd", "realpath", "rg", "stat", "tail", "tr", "true", "uname", "uniq",
        "wc", "which", "whoami",
    }
)  # fmt: skip
_HARMLESS_GIT = frozenset({"status", "diff", "log", "show", "rev-parse", "ls-files", "blame"})
# Options by which a harmless command runs or writes something.
_RISKY_OPTIONS = ("--pre", "--hostname-bin", "--search-zip", "-z", "--output", "--ext-diff", "-o")
_PLAIN = re.compile(r"[\w@%+=:,./ \t'\"-]*")
_SHELL_ARGV_LENGTH = 3


def is_known_harmless(argv: Sequence[str]) -> bool:
    """Whether `argv` (`<shell> -c <command>`) only reads."""
    if len(argv) != _SHELL_ARGV_LENGTH or argv[1] not in {"-c", "-lc"}:
        return False
    command = argv[2]
    if not _PLAIN.fullmatch(command):
        return False
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    if not words or any(word.startswith(_RISKY_OPTIONS) for word in words[1:]):
        return False
    if words[0] == "git":
        return len(words) > 1 and words[1] in _HARMLESS_GIT
    return words[0] in _HARMLESS
