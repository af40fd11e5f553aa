"""Which texts could hold a dangerous command: a look that needs no parser, for the start of a run.

Invariant: whatever `dangerous` finds in a script is suspect here (tests/core/exec_policy holds both).
"""

from __future__ import annotations

import re

# Nothing that `find_danger` finds is without one of these, quotes and backslashes aside.
_SUSPECT = (
    r"\brm\b.*-|\bdd\b|\bmkfs|\bshred\b|\bwipefs\b|\bmkswap\b|disk\b|\bparted\b|\bblkdiscard\b"
    r"|\bshutdown\b|\breboot\b|\bhalt\b|\bpoweroff\b|\bch(mod|own|grp)\b.*-|\(\)\s*\{|/dev/|/etc/"
    r"|\b(sudo|doas|su|pkexec|crontab|kill)\b|\b(curl|wget|fetch)\b|-delete\b|\.ssh/|rc\b|profile\b"
    r"|zshenv\b|gitconfig\b|autostart/|\.git/|\b(publish|destroy|prune|upload|delete)\b"
    r"|\baws\b|\bdocker\b.*\brm\b"
    r"|\bgit\b.*\b(clean|reset|checkout|restore|switch|push|branch|stash|filter-branch|reflog|gc|update-ref|worktree)\b"
)  # fmt: skip
_SUSPECT_PATTERN = re.compile(_SUSPECT, re.DOTALL)
# A quote joins what stands around it, or, where it is never closed, parts it.
_QUOTES = "'\"\\"
_JOINED = str.maketrans("", "", _QUOTES)
_PARTED = str.maketrans(_QUOTES, " " * len(_QUOTES))


def is_suspect(text: str) -> bool:
    """Whether `find_danger` could find something: a look at the text that needs no parser."""
    readings = {text.translate(_JOINED), text.translate(_PARTED)}
    return any(_SUSPECT_PATTERN.search(reading) for reading in readings)
