"""One checked patch, ready to be decided on and written: its item, its texts, its writing.

Planned here, written inside the sandbox, so that the kernel decides what may be written even when a
link changes meanwhile. Imported with the first patch: the agent's start does not wait for difflib.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from journeyman.clock import Clock
from journeyman.protocol.items import (
    AddKind,
    DeleteKind,
    FileChangeItem,
    FileUpdateChange,
    RunStatus,
    UpdateKind,
)
from journeyman.sandbox.api import CONFINEMENT_EXIT_CODE, Command
from journeyman.sandbox.policy import is_protected
from journeyman.tools.api import (
    ApprovalNeed,
    FilesChanged,
    Scope,
    ToolContext,
    ToolError,
    ToolOutput,
)
from journeyman.tools.apply_patch import write_changes
from journeyman.tools.apply_patch.diff import change_diff
from journeyman.tools.apply_patch.heredoc import find_patch
from journeyman.tools.apply_patch.parse import BEGIN, ParseError, PatchError, parse_patch
from journeyman.tools.apply_patch.plan import (
    FileChange,
    FileReader,
    FileState,
    Plan,
    plan_patch,
    read_state,
)
from journeyman.tools.command_output import readable

_WRITER = str(Path(write_changes.__file__).resolve())
_MAX_ERROR_BYTES = 16_384
_FAILED = "apply_patch verification failed"
_NO_CALL = (
    f"{_FAILED}: patch detected without explicit call to apply_patch. Call the tool apply_patch with it, or run"
    f" apply_patch <<'EOF', the patch, and EOF on a line of its own"
)


class PatchInvocation:
    """See `journeyman.tools.api.Invocation`."""

    def __init__(self, text: str, call_id: str, scope: Scope, *, clock: Clock, python: str) -> None:
        """Check a patch against the files as they are; `python` runs the writer.

        Raises:
            ToolError: it does not fit.
        """
        try:
            patch = parse_patch(text)
            if not patch.hunks:
                raise ToolError("patch rejected: empty patch")
            plan = plan_patch(patch, Path(scope.cwd), _reader(scope))
        except (PatchError, OSError) as error:
            raise ToolError(f"{_FAILED}: {_told(error)}") from error
        self.mutates = bool(plan.writes)
        self._plan = plan
        self._clock = clock
        self._command = Command(
            argv=(python, "-S", "-I", _WRITER), cwd=scope.cwd, env=scope.env, stdin=True
        )
        self.item = FileChangeItem(
            id=call_id,
            changes=[_shown(change) for change in sorted(plan.changes, key=_location)],
            status="inProgress",
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


def _told(error: PatchError | OSError) -> str:
    """The reason in the reference's words for a model; its program, and so ours, has others for people."""
    if not isinstance(error, ParseError):
        return str(error)
    if error.line is None:
        return f"invalid patch: {error.problem}"
    return f"invalid hunk at line {error.line}, {error.problem}"


def _location(change: FileChange) -> Path:
    return change.location


def _shown(change: FileChange) -> FileUpdateChange:
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


def _reader(scope: Scope) -> FileReader:
    """Looks at files as far as the model may: a patch could move what it may not read to where it can."""

    def read(path: Path) -> FileState | None:
        if not scope.may_read(str(path)):
            raise OSError(f"path `{path}` may not be read: the user or the project denies it")
        return read_state(path)

    return read


def _outside(plan: Plan, scope: Scope) -> tuple[str, ...]:
    """The paths of a plan, its links resolved, that the sandbox would not let it write."""
    roots = [os.path.realpath(root) for root in scope.writable_roots]
    return tuple(write.path for write in plan.writes if not _is_writable(write.path, roots))


def _is_writable(path: str, roots: Sequence[str]) -> bool:
    prefixes = [root.rstrip("/") + "/" for root in roots]
    inside = [path.removeprefix(prefix) for prefix in prefixes if path.startswith(prefix)]
    return bool(inside) and not any(map(is_protected, inside))


def patch_in_command(script: str, cwd: str) -> tuple[str, str] | None:
    """The patch, and where it applies, of a shell script that only applies a patch in `cwd`.

    Raises:
        ToolError: the script is a patch itself, which a shell would run line by line.
    """
    if script.lstrip().startswith(BEGIN):
        raise ToolError(_NO_CALL)
    found = find_patch(script)
    if found is None:
        return None
    return found.patch, os.path.normpath(Path(cwd, found.workdir or "."))
