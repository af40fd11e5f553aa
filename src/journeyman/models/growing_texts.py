"""The texts among the arguments of a tool call, read out of their JSON while that is still being written.

Every character is looked at once, however small the pieces. Nothing is judged: what is broken ends the reading,
and the call as it comes whole is read by others.
"""

from __future__ import annotations

import re

_STRUCTURE = re.compile(r'["{}\[\]:,]')
_END_OR_ESCAPE = re.compile(r'["\\]')
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}
_HEX = re.compile("[0-9a-fA-F]{4}")
# How the first half of a character begins that JSON writes in two.
_HIGH_SURROGATES = {"d8", "d9", "da", "db"}


Texts = list[tuple[str, str]]


class GrowingTexts:
    """The members of an object that are texts, while it comes in pieces."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._held = ""
        self._depth = 0
        self._expects_key = False
        self._key: list[str] = []
        self._member: str | None = None
        self._found: list[tuple[str, list[str]]] = []
        # Where the string that is being read goes: into a key of the object, into a text, or nowhere.
        self._string: list[str] | None = None
        self._is_in_string = False
        self._is_over = False

    def add(self, piece: str) -> Texts:
        """What this piece adds, by member in order; a text that begins is told also where it is empty yet."""
        if self._is_over:
            return []
        piece, at = self._held + piece, 0
        self._held, self._found = "", []
        goes_on = self._is_in_text
        if self._member is not None and goes_on:
            self._begin_text(self._member)
        while at < len(piece) and not self._is_over:
            at = self._in_string(piece, at) if self._is_in_string else self._between(piece, at)
        texts = [(member, "".join(parts)) for member, parts in self._found]
        return texts[1:] if goes_on and not texts[0][1] else texts

    def _between(self, piece: str, at: int) -> int:
        found = _STRUCTURE.search(piece, at)
        if found is None:
            return len(piece)
        match found.group():
            case "{" | "[" as opening:
                self._depth += 1
                self._expects_key = opening == "{" and self._depth == 1
            case "}" | "]":
                self._depth -= 1
            case ":":
                self._expects_key = False
            case ",":
                self._expects_key = self._depth == 1
            case _:
                self._begin_string()
        return found.end()

    @property
    def _is_in_text(self) -> bool:
        return self._is_in_string and self._string is not None and self._string is not self._key

    def _begin_string(self) -> None:
        self._is_in_string = True
        self._string = None
        if self._depth == 1 and self._expects_key:
            self._string = self._key
        elif self._depth == 1 and self._member is not None:
            self._begin_text(self._member)

    def _begin_text(self, member: str) -> None:
        self._string = []
        self._found.append((member, self._string))

    def _in_string(self, piece: str, at: int) -> int:
        found = _END_OR_ESCAPE.search(piece, at)
        end = found.start() if found else len(piece)
        self._keep(piece[at:end])
        if found is None:
            return end
        if found.group() == '"':
            self._end_string()
            return found.end()
        return self._escape(piece, end)

    def _end_string(self) -> None:
        self._is_in_string = False
        if self._string is self._key:
            self._member = "".join(self._key)
            self._key.clear()
        else:
            self._member = None

    def _escape(self, piece: str, at: int) -> int:
        """Read the escape at `at`; one that is cut is held back until the rest comes."""
        letter, code, rest = piece[at + 1 : at + 2], piece[at + 2 : at + 6], piece[at + 6 : at + 12]
        if letter in _ESCAPED:
            self._keep(_ESCAPED[letter])
            return at + 2
        is_half = code[:2].lower() in _HIGH_SURROGATES
        is_cut = len(code) < 4 or (is_half and len(rest) < 6 and "\\u".startswith(rest[:2]))
        if letter in {"", "u"} and is_cut:
            self._held = piece[at:]
            return len(piece)
        if letter != "u" or not _HEX.fullmatch(code):
            self._is_over = True
            return at
        if is_half and rest.startswith("\\u") and _HEX.fullmatch(rest[2:]):
            self._keep(_decoded(code + rest[2:]))
            return at + 12
        self._keep(_decoded(code))
        return at + 6

    def _keep(self, text: str) -> None:
        if self._string is not None:
            self._string.append(text)


def _decoded(units: str) -> str:
    """The characters of these UTF-16 units, in hexadecimal; a half of one is none."""
    return bytes.fromhex(units).decode("utf-16-be", "replace")
