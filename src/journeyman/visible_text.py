"""Makes control and bidirectional characters visible before text of foreign origin reaches a terminal.

Owns the one rule of what is shown raw (newline, tab, ordinary characters); everything else that could
steer a terminal or reorder what a person reads becomes a printable mark. Never changes stored data.
"""

from __future__ import annotations

import re

# C0 but tab and newline, DEL, C1; bidirectional controls (Unicode UAX 9), invisible format characters,
# line and paragraph separators, tag characters, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)

# What a reader does not see: the above; fillers; joiners where they join nothing; variation selectors in a row and those
# for ideographs, which can carry any bytes.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d]{2,}|[\ufe00-\ufe0f]{2,}"
)


def _mark(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x7F:
        return "^?"
    if code < 0x20:
        return "^" + chr(code + 0x40)
    return f"<U+{code:04X}>"


def visible(text: str) -> str:
    r"""Return `text` with every character that could steer a terminal made a printable mark.

    `\r\n` becomes a plain newline; escape is shown as `^[`, bidirectional marks as `<U+202E>`.
    """
    return _UNSAFE.sub(_mark, text.replace("\r\n", "\n"))


def reveal(text: str) -> tuple[str, int]:
    """The text of foreign origin with hidden characters as printable marks, and how many there were.

    Wider than `visible`: for a model, which reads what a person does not see. What writing systems and
    emoji need stays.
    """
    found = 0

    def mark(match: re.Match[str]) -> str:
        nonlocal found
        found += len(match.group())
        return "".join(f"<U+{ord(character):04X}>" for character in match.group())

    return _HIDDEN.sub(mark, text), found


def visible_line(text: str) -> str:
    """As `visible`, for one line: newlines and tabs are made visible as well."""
    return visible(text).replace("\n", "^J").replace("\t", "^I")


def folded(text: str) -> str:
    """The text as a title: white space, newlines too, as single spaces."""
    return " ".join(text.split())


def revealed_line(text: str) -> str:
    """As `visible_line`, with hidden characters as marks as well: for what a person decides on."""
    return reveal(visible_line(text))[0]


def escape_json(data: bytes) -> bytes:
    r"""JSON on one line, with such characters as `\u` escapes: programs read what it was, a terminal obeys nothing."""
    if data.isascii() and b"\x7f" not in data:
        return data  # the other control characters are escaped in any JSON
    return _UNSAFE.sub(_escape, data.decode()).encode()


def _escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
