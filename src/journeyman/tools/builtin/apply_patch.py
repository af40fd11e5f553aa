"""The tool `apply_patch`: changes files by a patch, all of it or nothing.

The patch is read and checked here; the writing runs inside the sandbox, so that the kernel decides what
may be written even when a link changes meanwhile. Owns the texts for the model and the item.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from journeyman.clock import Clock
from journeyman.models.api import ToolSpec
from journeyman.protocol.items import (
    AddKind,
    DeleteKind,
    FileChangeItem,
    FileUpdateChange,
    RunStatus,
    UpdateKind,
)
from journeyman.sandbox.api import CONFINEMENT_EXIT_CODE, Command
from journeyman.sandbox.policy import PROTECTED_NAMES
from journeyman.tools.api import (
    ApprovalNeed,
    FilesChanged,
    Invocation,
    Scope,
    ToolCall,
    ToolContext,
    ToolError,
    ToolOutput,
)
from journeyman.tools.apply_patch import write_changes
from journeyman.tools.apply_patch.parse import PatchError, parse_patch
from journeyman.tools.apply_patch.plan import FileChange, Plan, plan_patch
from journeyman.tools.builtin.arguments import prompt_beside, read_arguments
from journeyman.tools.builtin.command_output import readable

_WRITER = str(Path(write_changes.__file__).resolve())
_GRAMMAR = Path(_WRITER).with_name("grammar.lark")
_MAX_ERROR_BYTES = 16_384

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "input": {
            "type": "string",
            "description": "The patch, from *** Begin Patch to *** End Patch.",
        }
    },
    "required": ["input"],
    "additionalProperties": False,
}


class _Arguments(msgspec.Struct, frozen=True):
    input: str


class ApplyPatchTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self, clock: Clock, *, freeform: bool, python: str = sys.executable) -> None:
        """Offer the shape that the model's profile asks for; `python` runs the writer."""
        self._clock = clock
        self._python = python
        description = prompt_beside(__file__)
        if freeform:
            grammar = _GRAMMAR.read_text(encoding="utf-8")
            self.spec = ToolSpec(name="apply_patch", description=description, grammar=grammar)
        else:
            self.spec = ToolSpec(
                name="apply_patch", description=description, parameters=_PARAMETERS
            )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        text = call.text if call.text is not None else read_arguments(call, _Arguments).input
        return self.prepare_patch(text, call.call_id, scope)

    def prepare_patch(self, text: str, call_id: str, scope: Scope) -> Invocation:
        """Check a patch against the files as they are; raises `ToolError` where it does not fit."""
        try:
            patch = parse_patch(text)
            if not patch.hunks:
                raise ToolError("patch rejected: empty patch")
            plan = plan_patch(patch, Path(scope.cwd))
        except (PatchError, OSError) as error:
            raise ToolError(f"apply_patch verification failed: {error}") from error
        return _Apply(plan, call_id, scope, clock=self._clock, python=self._python)

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""


class _Apply:
    """One checked patch."""

    def __init__(
        self, plan: Plan, call_id: str, scope: Scope, *, clock: Clock, python: str
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._command = Command(
            argv=(python, "-S", "-I", _WRITER), cwd=scope.cwd, env=scope.env, stdin=True
        )
        self.item = FileChangeItem(
            id=call_id, changes=[_shown(change) for change in plan.changes], status="inProgress"
        )
        outside = _outside(plan, scope) if scope.confined else ()
        self.need = ApprovalNeed(cwd=scope.cwd, outside=outside)

    async def run(self, context: ToolContext) -> ToolOutput:
        """See `Invocation.run`."""
        started = self._clock.monotonic()
        code, answer = await self._write(context) if self._plan.writes else (0, b"")
        seconds = self._clock.monotonic() - started
        if code != 0:
            reason = readable(answer.decode("utf-8", "replace")).strip()
            return ToolOutput(
                content=_result_text(code, seconds, reason + "\n"),
                item=self._settled("failed"),
                success=False,
                denied=code != CONFINEMENT_EXIT_CODE and "Read-only file system" in reason,
            )
        context.emit(FilesChanged(_contents(self._plan.changes)))
        return ToolOutput(
            content=_result_text(0, seconds, self._plan.summary), item=self._settled("completed")
        )

    def refused(self, reason: str) -> ToolOutput:
        """See `Invocation.refused`."""
        return ToolOutput(content=reason, item=self._settled("declined"), success=False)

    def interrupted(self) -> ToolOutput:
        """See `Invocation.interrupted`."""
        return ToolOutput(content="aborted by user", item=self._settled("failed"), success=False)

    async def _write(self, context: ToolContext) -> tuple[int, bytes]:
        try:
            process = await context.launch(self._command)
        except OSError as error:
            raise ToolError(f"apply_patch failed: {error}") from error
        try:
            try:
                await process.write(write_changes.encode_request(self._plan.writes))
                await process.close_stdin()
            except BrokenPipeError:
                pass  # it ended early, and its output says why
            answer = b""
            while data := await process.read():
                answer += data[: _MAX_ERROR_BYTES - len(answer)]
            return await process.wait(), answer
        finally:
            await process.kill()

    def _settled(self, status: RunStatus) -> FileChangeItem:
        return msgspec.structs.replace(self.item, status=status)


def _result_text(code: int, seconds: float, output: str) -> str:
    return f"Exit code: {code}\nWall time: {seconds:.1f} seconds\nOutput:\n{output}"


def _shown(change: FileChange) -> FileUpdateChange:
    # difflib is slow to import and the first request must not wait for it.
    from journeyman.tools.apply_patch.diff import change_diff  # noqa: PLC0415 -- see above

    kind: AddKind | DeleteKind | UpdateKind
    if change.kind == "add":
        kind = AddKind()
    elif change.kind == "delete":
        kind = DeleteKind()
    else:
        moved = change.new_location
        kind = UpdateKind(move_path=str(moved) if change.move_to and moved else None)
    return FileUpdateChange(path=str(change.location), kind=kind, diff=change_diff(change))


def _contents(
    changes: Sequence[FileChange],
) -> list[tuple[str, bytes | None, bytes | None]]:
    found: list[tuple[str, bytes | None, bytes | None]] = []
    for change in changes:
        if change.new_location is None or change.move_to is None:
            found.append((str(change.location), change.old, change.new))
        else:
            found.append((str(change.location), change.old, None))
            found.append((str(change.new_location), None, change.new))
    return found


def _outside(plan: Plan, scope: Scope) -> tuple[str, ...]:
    """The paths of a plan, its links resolved, that the sandbox would not let it write."""
    roots = [os.path.realpath(root) for root in scope.writable_roots]
    return tuple(write.path for write in plan.writes if not _is_writable(write.path, roots))


def _is_writable(path: str, roots: Sequence[str]) -> bool:
    inside = [root for root in roots if path.startswith(root.rstrip("/") + "/")]
    first = {path[len(root.rstrip("/")) + 1 :].split("/", 1)[0] for root in inside}
    return bool(inside) and first.isdisjoint(PROTECTED_NAMES)
