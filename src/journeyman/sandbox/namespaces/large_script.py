"""Carries scripts that are larger than one argument may be: the shell reads them from a descriptor. Pure."""

from __future__ import annotations

from pathlib import PurePath

from journeyman.sandbox.namespaces.request import SCRIPT_FD

# MAX_ARG_STRLEN of Linux, the final NUL included.
_ARGUMENT_BYTES = 131_072
_SHELLS = frozenset(("bash", "dash", "ksh", "sh", "zsh"))


def carried(argv: tuple[str, ...]) -> tuple[tuple[str, ...], bytes | None]:
    """The words to run, and what `SCRIPT_FD` must hold when the script does not fit into them."""
    script_at = _script_at(argv)
    if script_at is None:
        return argv, None
    script = argv[script_at].encode(errors="surrogateescape")
    if len(script) < _ARGUMENT_BYTES:
        return argv, None
    words = list(argv)
    words[script_at] = f". /dev/fd/{SCRIPT_FD}"
    # On the first line, so that no line number in a message changes.
    return tuple(words), f"exec {SCRIPT_FD}<&-; ".encode() + script


def _script_at(argv: tuple[str, ...]) -> int | None:
    if PurePath(argv[0]).name not in _SHELLS:
        return None
    for place, word in enumerate(argv[1:], start=1):
        if not word.startswith(("-", "+")):
            return None
        if not word.startswith("--") and word.endswith("c"):
            return place + 1 if place + 1 < len(argv) else None
    return None
