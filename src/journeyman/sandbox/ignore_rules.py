"""Reads patterns in gitignore syntax and says which paths they name. Pure.

Follows gitignore(5): the last pattern that fits decides, `!` takes back, `**` is any depth. A pattern never
makes matching slow, whoever wrote it: every star is tried once, at the first place where it fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_MAX_PATTERNS = 2_000
_MAX_LENGTH = 1_000
_ANY_DEPTH = "**"


class IgnoreError(ValueError):
    """The patterns are more than can be applied; the text says how many may be."""


class _Rule(NamedTuple):
    fits: re.Pattern[str]
    directories_only: bool
    takes_back: bool


class IgnoreRules:
    """The patterns of one place, applied to paths relative to it."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read lines as git reads a .gitignore.

        Raises:
            IgnoreError: there are too many, or one is too long.
        """
        self._rules = [rule for line in lines if (rule := _rule(line)) is not None]
        if len(self._rules) > _MAX_PATTERNS:
            raise IgnoreError(f"more than {_MAX_PATTERNS:,} patterns")
        # Most paths fit no pattern, which one look tells.
        self._any = re.compile(
            "|".join(f"(?:{rule.fits.pattern})" for rule in self._rules if not rule.takes_back)
            or "(?!)",
            re.DOTALL,
        )

    def __bool__(self) -> bool:
        """Whether there is any pattern."""
        return bool(self._rules)

    def name(self, path: str, *, is_directory: bool) -> bool:
        """Whether the patterns name this path itself; that it is below a named directory is not looked at."""
        if self._any.fullmatch(path) is None:
            return False
        for rule in reversed(self._rules):
            if (is_directory or not rule.directories_only) and rule.fits.fullmatch(path):
                return not rule.takes_back
        return False


def _rule(line: str) -> _Rule | None:
    if len(line) > _MAX_LENGTH:
        raise IgnoreError(f"a pattern of more than {_MAX_LENGTH:,} characters")
    text = _without_trailing_spaces(line.rstrip("\r\n"))
    takes_back = text.startswith("!")
    text = text.removeprefix("!")
    if not text or (text.startswith("#") and not takes_back):
        return None
    directories_only = text.endswith("/")
    text = text.rstrip("/")
    is_anchored = "/" in text
    parts = [part for part in text.split("/") if part]
    if not parts:
        return None
    pattern = _pattern(parts if is_anchored else [_ANY_DEPTH, *parts])
    return _Rule(re.compile(pattern, re.DOTALL), directories_only, takes_back)


def _without_trailing_spaces(text: str) -> str:
    bare = text.rstrip(" ")
    is_escaped = (len(bare) - len(bare.rstrip("\\"))) % 2 == 1
    return f"{bare} " if is_escaped and len(bare) < len(text) else bare


def _pattern(parts: Sequence[str]) -> str:
    """One regular expression for names joined by slashes, with any depth where `**` stands."""
    groups: list[list[str]] = [[]]
    for part in parts:
        if part == _ANY_DEPTH:
            groups.append([])
        else:
            groups[-1].append(_name(part))
    if len(groups) == 1:
        return "/".join(groups[0])
    first, *middle, last = groups
    found = "".join(f"{name}/" for name in first)
    for group in middle:
        # The first place is as good as any: what follows may begin anywhere below it.
        found += "(?>(?:[^/]+/)*?" + "".join(f"{name}/" for name in group) + ")" if group else ""
    return found + (f"(?:[^/]+/)*{'/'.join(last)}" if last else ".+")


def _name(glob: str) -> str:
    """One name with `*`, `?`, `[...]` and backslashes as a regular expression."""
    pieces: list[str] = [""]
    at = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        if character == "*":
            pieces.append("")
        elif character == "?":
            pieces[-1] += "[^/]"
        elif character == "[" and (end := _class_end(glob, at)) > 0:
            pieces[-1] += _class(glob[at:end])
            at = end + 1
        else:
            if character == "\\" and at < len(glob):
                character = glob[at]
                at += 1
            pieces[-1] += re.escape(character)
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + f"[^/]*{last}"


def _class_end(glob: str, start: int) -> int:
    """Where a character class ends; -1 where it does not, so that its bracket is a plain character."""
    first = start + 1 if glob[start : start + 1] in ("!", "^") else start
    return glob.find("]", first + 1)


def _class(text: str) -> str:
    negated = text[:1] in ("!", "^")
    inside = text[1:] if negated else text
    inside = re.sub(r"([\[\]\\^&~|])", r"\\\1", inside)
    try:
        re.compile(f"[{inside}]")
    except re.error:  # such as a range from z to a: git finds nothing for it, and so does this
        return "(?!)"
    return f"[^/{inside}]" if negated else f"(?!/)[{inside}]"
