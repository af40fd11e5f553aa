"""The engine's answer read back from what its command printed.

The engine writes it (`engine/result.py` shows the form). It stands between two lines with the mark
that the command line gave, so that nothing a tested program prints can pass for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, takewhile

import msgspec

_COUNTS = re.compile(r"tests: (\d+) passed, (\d+) failed")
_SEARCH = re.compile(r"search: tried (\d+) edits, (\d+) pass all tests(?:, confidence (\w+))?")
_EDIT = re.compile(r"edit: (.+) \(([^()]+)\)")
_SUSPECT = re.compile(r"suspect: (.+):(\d+)")
_PATCH_BEGINS, _PATCH_ENDS = "*** Begin Patch", "*** End Patch"
_PATCH_SIGNS = (" ", "-", "+", "@@", "*** ")


class Tests(msgspec.Struct, frozen=True):
    """How the tests ended; `failures` are the first few, a line each."""

    passed: int = 0
    failed: int = 0
    failures: tuple[str, ...] = ()


class Repair(msgspec.Struct, frozen=True):
    """An edit: its place as `file:line in function`, the kind of fault, and its V4A patch."""

    place: str
    kind: str
    patch: str

    @property
    def changed(self) -> list[str]:
        """The lines taken away and added, without their indentation."""
        lines = [line for line in self.patch.split("\n") if line[:1] in {"-", "+"}]
        return [f"{line[0]} {line[1:].strip()}" for line in lines if line[1:].strip()]

    @property
    def reverse(self) -> str:
        """The patch that takes it back."""
        turned = {"-": "+", "+": "-"}
        lines = [turned.get(line[:1], line[:1]) + line[1:] for line in self.patch.split("\n")]
        found: list[str] = []
        for changed, group in groupby(lines, key=lambda line: line[:1] in turned):
            part = list(group)
            found += sorted(part, key=lambda line: line[0] == "+") if changed else part
        return "\n".join(found)


class Suspect(msgspec.Struct, frozen=True):
    """A line that may be at fault: its place, the code before it (whole lines), and the line itself."""

    path: str
    line: int
    before: str
    text: str


class Proposal(msgspec.Struct, frozen=True):
    """Another text for a whole line."""

    path: str
    line: int
    text: str


class Answer(msgspec.Struct, frozen=True):
    """What the engine found. `status` is found, nothing found, green, no tests or tested."""

    status: str
    tests: Tests = Tests()
    tried: int = 0
    plausible: int = 0
    confidence: str = "low"
    repair: Repair | None = None
    others: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()


def read_answer(printed: str, mark: str) -> Answer | None:
    """The last answer with this mark; None when there is none or it is not whole."""
    begins, ends = f"=== repair {mark}: ", f"=== end {mark}"
    lines = printed.replace("\r\n", "\n").split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(begins)]
    if not mark or not starts or ends not in lines[starts[-1] :]:
        return None
    body = lines[starts[-1] + 1 : lines.index(ends, starts[-1])]
    status = lines[starts[-1]].removeprefix(begins)
    answer = _read_body(status, body)
    return None if status == "found" and answer.repair is None else answer


def _read_body(status: str, body: list[str]) -> Answer:
    counts = next(filter(None, map(_COUNTS.fullmatch, body)), None)
    search = next(filter(None, map(_SEARCH.fullmatch, body)), None)
    tests = Tests()
    if counts:
        failures = tuple(line[2:] for line in body if line.startswith("! "))
        tests = Tests(int(counts[1]), int(counts[2]), failures)
    return Answer(
        status,
        tests,
        tried=int(search[1]) if search else 0,
        plausible=int(search[2]) if search else 0,
        confidence=(search[3] if search else None) or "low",
        repair=_read_repair(body),
        others=tuple(line[7:] for line in body if line.startswith("other: ")),
        suspects=tuple(_read_suspects(body)),
    )


def _read_suspects(body: list[str]) -> Iterator[Suspect]:
    for number, line in enumerate(body):
        if place := _SUSPECT.fullmatch(line):
            code = [more[2:] for more in takewhile(_is_code, body[number + 1 :])]
            if code:
                before = "".join(f"{text}\n" for text in code[:-1])
                yield Suspect(place[1], int(place[2]), before, code[-1])


def _is_code(line: str) -> bool:
    return line.startswith("| ")


def _read_repair(body: list[str]) -> Repair | None:
    edit = next(filter(None, map(_EDIT.fullmatch, body)), None)
    if edit is None or _PATCH_BEGINS not in body or _PATCH_ENDS not in body:
        return None
    patch = body[body.index(_PATCH_BEGINS) : body.index(_PATCH_ENDS) + 1]
    if not all(line.startswith(_PATCH_SIGNS) for line in patch):
        return None
    return Repair(edit[1], edit[2], "\n".join(patch) + "\n")
