"""Reads the text of a patch into a Patch, without looking at any file.

Owns the grammar (grammar.lark is the same grammar for models that can be held to one). Tolerates
what models really write: padded markers, a heredoc wrapper, CR LF line ends, empty context lines.
"""

import re
from typing import Literal, NamedTuple, TypeAlias, cast

BEGIN = "*** Begin Patch"
END = "*** End Patch"
ADD = "*** Add File: "
DELETE = "*** Delete File: "
UPDATE = "*** Update File: "
MOVE = "*** Move to: "
END_OF_FILE = "*** End of File"

_HEREDOC = re.compile(r"<<\s*(['\"]?)(\w+)\1\s*")

Sign: TypeAlias = Literal[" ", "+", "-"]


class PatchError(Exception):
    """A patch that cannot be read, matched or applied; the text tells a model how to mend it."""


class ParseError(PatchError):
    """Text that is not a patch.

    Attributes:
        problem: what is wrong.
        line: one-based line in the patch, None when the whole text is wrong.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        where = "Invalid patch" if line is None else f"Invalid patch hunk on line {line}"
        super().__init__(f"{where}: {problem}")
        self.problem = problem
        self.line = line


class ChunkLine(NamedTuple):
    """One line of a chunk: kept (' '), added ('+') or removed ('-')."""

    sign: Sign
    text: str


class Chunk(NamedTuple):
    """Neighbouring lines to change, optionally below a context line or at the end of the file."""

    lines: tuple[ChunkLine, ...]
    context: str | None = None
    at_end: bool = False


class AddFile(NamedTuple):
    """Write a whole file; one that exists is overwritten."""

    path: str
    content: str


class DeleteFile(NamedTuple):
    """Remove a file or a symbolic link."""

    path: str


class UpdateFile(NamedTuple):
    """Change parts of a file, and move it when `move_to` is given."""

    path: str
    chunks: tuple[Chunk, ...]
    move_to: str | None = None


Hunk: TypeAlias = AddFile | DeleteFile | UpdateFile


class Patch(NamedTuple):
    """The hunks of one patch in their order; none at all for an empty patch."""

    hunks: tuple[Hunk, ...]


def parse_patch(text: str) -> Patch:
    """Read a patch.

    Args:
        text: from '*** Begin Patch' to '*** End Patch', blanks and one heredoc wrapper around it
            allowed.

    Returns:
        The patch. It may have no hunks.

    Raises:
        ParseError: what was wrong, and on which line.
    """
    _check_characters(text)
    lines = _without_heredoc(_lines(text))
    if lines[0].strip() != BEGIN:
        raise ParseError(f"The first line of the patch must be '{BEGIN}'")
    if len(lines) < 2 or lines[-1].strip() != END:
        raise ParseError(f"The last line of the patch must be '{END}'")
    return _Parser(lines).patch()


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise ParseError("the text has a lone surrogate, which no file can hold", line) from None


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.strip().split("\n")]


def _without_heredoc(lines: list[str]) -> list[str]:
    opening = _HEREDOC.fullmatch(lines[0])
    if opening is None or len(lines) < 4 or lines[-1].strip() != opening[2]:
        return lines
    return _lines("\n".join(lines[1:-1]))


class _Parser:
    """A cursor over the lines between the two outer markers."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 1
        self._last = len(lines) - 1

    def patch(self) -> Patch:
        hunks: list[Hunk] = []
        while self._at < self._last:
            hunks.append(self._hunk())
        return Patch(tuple(hunks))

    def _peek(self) -> str | None:
        return self._lines[self._at] if self._at < self._last else None

    def _error(self, problem: str, at: int | None = None) -> ParseError:
        return ParseError(problem, (self._at if at is None else at) + 1)

    def _hunk(self) -> Hunk:
        header = self._lines[self._at].strip()
        for marker, read in ((ADD, self._add), (DELETE, DeleteFile), (UPDATE, self._update)):
            if header.startswith(marker):
                path = self._path(header.removeprefix(marker))
                self._at += 1
                return read(path)
        raise self._error(
            f"'{header}' is not a valid hunk header. Valid hunk headers: "
            f"'{ADD}{{path}}', '{DELETE}{{path}}', '{UPDATE}{{path}}'"
        )

    def _path(self, written: str) -> str:
        path = written.strip()
        if not path or "\0" in path or path.endswith("/"):
            raise self._error(f"{path!r} does not name a file")
        return path

    def _add(self, path: str) -> AddFile:
        content: list[str] = []
        while (line := self._peek()) is not None and line.startswith("+"):
            content.append(line[1:] + "\n")
            self._at += 1
        return AddFile(path, "".join(content))

    def _update(self, path: str) -> UpdateFile:
        header_at = self._at - 1
        move_to = None
        if (line := self._peek()) is not None and line.startswith(MOVE):
            move_to = self._path(line.removeprefix(MOVE))
            self._at += 1
        chunks: list[Chunk] = []
        while (line := self._peek()) is not None and not line.startswith("***"):
            if not line.strip() and chunks:
                self._at += 1
                continue
            chunk = self._chunk(first=not chunks)
            if any(line.sign != " " or line.text for line in chunk.lines):
                chunks.append(chunk)
        if not chunks:
            raise self._error(f"Update file hunk for path '{path}' is empty", header_at)
        return UpdateFile(path, tuple(chunks), move_to)

    def _chunk(self, *, first: bool) -> Chunk:
        context = self._heading(first=first)
        lines: list[ChunkLine] = []
        while (line := self._peek()) is not None and (line == "" or line[0] in " +-"):
            lines.append(ChunkLine(cast("Sign", line[:1] or " "), line[1:]))
            self._at += 1
        at_end = line is not None and line.rstrip() == END_OF_FILE
        if not lines and (line is None or at_end):
            raise self._error("Update hunk does not contain any lines")
        if not lines:
            raise self._error(
                f"Unexpected line found in update hunk: '{line}'. Every line should start with "
                "' ' (context line), '+' (added line), or '-' (removed line)"
            )
        if at_end:
            self._at += 1
        return Chunk(tuple(lines), context, at_end)

    def _heading(self, *, first: bool) -> str | None:
        line = self._lines[self._at]
        if line.rstrip() == "@@":
            self._at += 1
            return None
        if line.startswith("@@ "):
            self._at += 1
            return line.removeprefix("@@ ").rstrip()
        if not first:
            raise self._error(
                f"Expected update hunk to start with a @@ context marker, got: '{line}'"
            )
        return None
