"""The tool `edit_file`: replaces text in a file, for models that do better with that than with patches.

It becomes a patch of the lines around the text, so that approvals, sandbox, checkpoints and items are those of
`apply_patch`. Owns how the text is found: exactly, line ends aside, and once unless all are meant.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import msgspec

from journeyman.clock import Clock
from journeyman.models.api import ToolSpec
from journeyman.tools.api import Invocation, Preview, Scope, ToolCall, ToolError
from journeyman.tools.builtin.arguments import prompt_beside, read_arguments
from journeyman.tools.builtin.edit_preview import EditPreview

# Larger files are no source texts.
_MAX_FILE_BYTES = 16 << 20
_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "old_text": {
            "type": "string",
            "description": "Text to replace, exactly as in the file; empty to create a file.",
        },
        "new_text": {"type": "string"},
        "replace_all": {"type": "boolean", "description": "Replace every occurrence."},
    },
    "required": ["path", "old_text", "new_text"],
    "additionalProperties": False,
}


class _Arguments(msgspec.Struct, frozen=True):
    path: str
    old_text: str
    new_text: str
    replace_all: bool = False


class EditFileTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self, clock: Clock, *, python: str = sys.executable) -> None:
        """`python` runs the writer."""
        self._clock = clock
        self._python = python
        self.spec = ToolSpec(
            name="edit_file", description=prompt_beside(__file__), parameters=_PARAMETERS
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        from journeyman.tools.builtin import patch_invocation  # noqa: PLC0415 -- with the first patch

        given = read_arguments(call, _Arguments)
        if not given.path.strip() or "\n" in given.path:
            raise ToolError("edit_file: name one file in path")
        path = Path(os.path.normpath(Path(scope.cwd, given.path)))
        content = _content(path, scope)
        patch = _new_file(given, content) if not given.old_text else _update(given, content)
        return patch_invocation.PatchInvocation(
            patch, call.call_id, scope, clock=self._clock, python=self._python
        )

    def preview(self) -> Preview:
        """See `Previewing.preview`."""
        return EditPreview()

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""


def _content(path: Path, scope: Scope) -> str | None:
    """The file's text with plain line ends; None where there is none."""
    # The link's target as well: what may not be read must not be told by what matches.
    if not (scope.may_read(str(path)) and scope.may_read(os.path.realpath(path))):
        raise ToolError(f"`{path}` may not be read: the user or the project denies it")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ToolError(f"edit_file: `{path}` is not a file")
        if status.st_size > _MAX_FILE_BYTES:
            raise ToolError(f"edit_file: `{path}` is too large to edit")
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise ToolError(f"edit_file: `{path}` is not UTF-8 text") from None
    except OSError as error:
        raise ToolError(f"edit_file: cannot read `{path}`: {error.strerror}") from error


def _new_file(given: _Arguments, content: str | None) -> str:
    if content:
        raise ToolError(
            f"edit_file: {given.path} exists; old_text is empty only to create a file."
            " Give the text to replace"
        )
    return _patch(f"*** Add File: {given.path}", _signed("+", _lines(_plain(given.new_text))))


def _update(given: _Arguments, content: str | None) -> str:
    if content is None:
        raise ToolError(
            f"edit_file: there is no {given.path}; with an empty old_text it is created"
        )
    old, new = _plain(given.old_text), _plain(given.new_text)
    count = content.count(old)
    if count == 0:
        raise ToolError(
            f"edit_file: old_text is not in {given.path}. Read the file again and copy the text exactly,"
            " with its indentation"
        )
    if count > 1 and not given.replace_all:
        raise ToolError(
            f"edit_file: old_text is in {given.path} {count} times. Add lines around it until it is there"
            " once, or set replace_all"
        )
    if old == new:
        raise ToolError("edit_file: new_text is the same as old_text")
    return edit_as_patch(given.path, content, old, new)


def edit_as_patch(path: str, content: str, old: str, new: str) -> str:
    """The patch that replaces every `old`, of which there is one, in a file's text."""
    return _patch(f"*** Update File: {path}", _chunk(content, old, new))


def _chunk(content: str, old: str, new: str) -> list[str]:
    """The lines from the first place to the last, removed and written anew: whole lines, which are there once."""
    changed = content.replace(old, new)
    before, after = content.split("\n"), changed.split("\n")
    first = content.count("\n", 0, content.index(old))
    tail = content.count("\n", content.rindex(old) + len(old))
    removed, added = before[first : len(before) - tail], after[first : len(after) - tail]
    if tail == 0 and removed and not removed[-1]:
        # What stands behind the last line end is no line.
        removed.pop()
        if added and not added[-1]:
            added.pop()
    return ["@@", *_signed("-", removed), *_signed("+", added)]


def _patch(head: str, lines: list[str]) -> str:
    return "\n".join(["*** Begin Patch", head, *lines, "*** End Patch"])


def _signed(sign: str, lines: list[str]) -> list[str]:
    return [f"{sign}{line}" for line in lines]


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")
