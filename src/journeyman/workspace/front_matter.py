"""Reads the front matter of a Markdown file: the part of YAML that such files use, as text values only.

Understood: `key: value` at the left edge, quoted values, folded (`>`) and literal (`|`) blocks, comments, values that
go on in indented lines. Nested mappings and lists are passed over. Nothing in it is executed or resolved.
"""

from __future__ import annotations

import re

_KEY = re.compile(r"([A-Za-z][\w.-]*):(?:[ \t]+(.*?))?[ \t]*")
_BLOCK = re.compile(r"([|>])[-+0-9]*(?:[ \t]+#.*)?")
_COMMENT = re.compile(r"(?:^|[ \t]+)#.*$")
_ESCAPES = {"n": "\n", "t": "\t"}


def read_front_matter(text: str) -> dict[str, str] | None:
    """The values by key; None where the text does not begin with `---` and a closing `---`."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return None
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        return None
    values: dict[str, str] = {}
    key, first, rest = "", "", list[str]()
    for line in [*lines[1:end], "end:"]:
        found = _KEY.fullmatch(line)
        if found is None:
            rest.append(line)
            continue
        if key:
            values.setdefault(key, _value(first, rest))
        key, first, rest = found[1], found[2] or "", []
    return values


def _value(first: str, rest: list[str]) -> str:
    inner = [line.strip() for line in rest]
    block = _BLOCK.fullmatch(first)
    if block:
        return _joined(rest, folded=block[1] == ">")
    if first[:1] in {'"', "'"}:
        return _unquoted(" ".join([first, *filter(None, inner)]))
    plain = [_COMMENT.sub("", part) for part in (first, *inner)]
    if not plain[0] and any(part.startswith("- ") or _KEY.fullmatch(part) for part in plain[1:]):
        return ""
    return " ".join(filter(None, plain))


def _joined(rest: list[str], *, folded: bool) -> str:
    filled = [line for line in rest if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    lines = [line[indent:].rstrip() for line in rest]
    text = "\n".join(lines).strip("\n")
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text) if folded else text


def _unquoted(value: str) -> str:
    quote = value[0]
    if quote == "'":
        found = re.match(r"'((?:[^']|'')*)'", value)
        return found[1].replace("''", "'") if found else value
    found = re.match(r'"((?:[^"\\]|\\.)*)"', value)
    if found is None:
        return value
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), found[1])
