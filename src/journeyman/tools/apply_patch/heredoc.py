"""Recognises a shell command that does nothing but apply a patch.

Strict: whatever a shell would expand, or do besides, makes it an ordinary command (None), which is
then confined like any other.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_BARE = r"[A-Za-z0-9_./@%+=:,][A-Za-z0-9_./@%+=:,-]*"
# Single quotes, with the two ways people put a quote inside: 'it'\''s' and 'it'"'"'s'.
_SINGLE = r"""'[^']*'(?:(?:\\'|"'")'[^']*')*"""
_DOUBLE = r'"[^"$`\\!]*"'
_WORD = rf"(?:{_BARE}|{_SINGLE}|{_DOUBLE})"

_PREFIX = rf"\s*(?:cd[ \t]+(?P<dir>{_WORD})[ \t]*&&[ \t]*)?(?:apply_patch|applypatch)[ \t]*"
_HEREDOC = re.compile(
    _PREFIX + r"<<[ \t]*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)[ \t]*\n(?P<body>(?s:.*))"
)
_ARGUMENT = re.compile(rf"{_PREFIX}[ \t](?P<patch>{_SINGLE}|{_DOUBLE})\s*")
_SHELL = re.compile(rf"\s*{_BARE}[ \t]+-l?c[ \t]+(?P<script>{_SINGLE}|{_DOUBLE})\s*")
_SHELLS = ("bash", "sh", "zsh")


class PatchCommand(NamedTuple):
    """A command that only applies a patch.

    Attributes:
        workdir: the directory it changes to first, as written; None for the command's own.
        patch: the text of the patch, not yet parsed.
    """

    workdir: str | None
    patch: str


def find_patch(script: str) -> PatchCommand | None:
    """Read a shell script; None unless applying one literal patch is all it does."""
    wrapped = _SHELL.fullmatch(script)
    if wrapped is not None and _is_shell(script.split(maxsplit=1)[0]):
        script = _unquote(wrapped["script"])
    heredoc = _HEREDOC.fullmatch(script)
    if heredoc is not None:
        return _from_heredoc(heredoc)
    argument = _ARGUMENT.fullmatch(script)
    if argument is not None:
        return PatchCommand(_directory(argument), _unquote(argument["patch"]))
    return None


def find_patch_in_arguments(arguments: Sequence[str]) -> PatchCommand | None:
    """Read a program with its arguments: a shell with -c or -lc, or apply_patch itself."""
    match arguments:
        case ["apply_patch" | "applypatch", patch]:
            return PatchCommand(None, patch)
        case [shell, "-c" | "-lc", script] if _is_shell(shell):
            return find_patch(script)
        case _:
            return None


def _is_shell(program: str) -> bool:
    return program.removeprefix("/usr").removeprefix("/bin/") in _SHELLS


def _from_heredoc(found: re.Match[str]) -> PatchCommand | None:
    body, separator, rest = f"\n{found['body']}\n".partition(f"\n{found['end']}\n")
    if not separator or rest.strip():
        return None
    if not found["quote"] and re.search(r"[$`\\]", body):
        return None
    return PatchCommand(_directory(found), body[1:] + "\n")


def _directory(found: re.Match[str]) -> str | None:
    return None if found["dir"] is None else _unquote(found["dir"])


def _unquote(word: str) -> str:
    if word.startswith('"'):
        return word[1:-1]
    if word.startswith("'"):
        return word[1:-1].replace("'\\''", "'").replace("'\"'\"'", "'")
    return word
