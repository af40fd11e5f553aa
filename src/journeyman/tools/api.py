"""The tool port: what a tool tells the model, how one call is prepared, and how it runs.

A tool validates a call into an `Invocation`; dispatch decides (hooks, approval, sandbox) and then runs it
with a narrow `ToolContext`. The output for the model is bounded; the item for the user is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.protocol.events import PlanStep
from journeyman.protocol.history import Content
from journeyman.protocol.items import FileUpdateChange, ThreadItem
from journeyman.sandbox.api import Command, Process


class ToolError(Exception):
    """The call cannot run; the text goes to the model, so that it can mend the call."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call by the model: `arguments` of a function tool, or `text` of a freeform one."""

    call_id: str
    name: str
    arguments: Mapping[str, Any] = {}
    text: str | None = None


def _everything(_: str) -> bool:
    return True


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call happens: the thread's working directory, its command environment, its output limit.

    `may_read` says of an absolute path whether its content may reach the model.
    """

    cwd: str
    env: Mapping[str, str]
    writable_roots: tuple[str, ...]
    confined: bool
    max_output_tokens: int = 10_000
    may_read: Callable[[str], bool] = _everything


class OutputDelta(msgspec.Struct, frozen=True):
    """Output of the running command, for the user."""

    text: str


class PlanChanged(msgspec.Struct, frozen=True):
    """The model set its plan."""

    plan: list[PlanStep]
    explanation: str | None


class FilesChanged(msgspec.Struct, frozen=True):
    """Files were written: their old and new content by absolute path, None where there is no file."""

    changes: Sequence[tuple[str, bytes | None, bytes | None]]


class RunningCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command that outlived its call; `number` names it within its thread."""

    number: int
    item_id: str
    command: str
    cwd: str


class Typed(msgspec.Struct, frozen=True):
    """The model wrote to a running command, or looked after it where `text` is empty."""

    command: RunningCommand
    text: str


class Progressed(msgspec.Struct, frozen=True):
    """What runs says how far it is."""

    message: str


ToolEvent = OutputDelta | PlanChanged | FilesChanged | Typed | Progressed


class ToolOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What a call brought.

    `content` goes to the model. `item` is the settled item for the user; None when the invocation shows
    none, or when it is still running and will be settled through `ToolContext.settle_item`.
    `denied` says that the sandbox seems to have refused something, so that an escalation makes sense.
    """

    content: str | list[Content]
    item: ThreadItem | None = None
    success: bool = True
    denied: bool = False


class PermissionsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the model asks for beyond the sandbox: paths as it wrote them, and the network, all of it."""

    call_id: str
    reason: str | None = None
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    network: bool = False


class ToolContext(Protocol):
    """What a running invocation may use, and nothing more."""

    async def launch(self, command: Command) -> Process:
        """Start a command under the sandbox that dispatch chose; raises as `Launcher.launch`."""
        ...

    def emit(self, event: ToolEvent) -> None:
        """Tell the user, while it happens."""
        ...

    def keep_output(self) -> Callable[[bytes], None]:
        """Begin to keep for the user all that the command prints, from its start; returns what takes the bytes."""
        ...

    def settle_item(self, item: ThreadItem) -> None:
        """Complete an item that outlived its call; exactly once."""
        ...

    async def request_permissions(self, request: PermissionsRequest) -> tuple[str, bool]:
        """Ask the user; returns the answer for the model and whether it gives anything. Raises `ToolError`."""
        ...


class McpCallNeed(msgspec.Struct, frozen=True, kw_only=True):
    """A call of a tool on an MCP server; `mode` is the user's word on it, `is_read_only` the server's."""

    server: str
    tool: str
    description: str
    arguments: Mapping[str, Any]
    is_read_only: bool
    mode: Literal["auto", "prompt", "approve"]


class ApprovalNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What running an invocation asks for.

    `argv` is the command as it would be executed (empty for a file change), `escalate` that it wants to
    run without the sandbox, `outside` the paths it would write beyond the writable roots, `mcp_call` a call that
    goes to an MCP server instead.
    """

    argv: tuple[str, ...] = ()
    cwd: str = ""
    escalate: bool = False
    justification: str | None = None
    prefix_rule: tuple[str, ...] | None = None
    outside: tuple[str, ...] = ()
    mcp_call: McpCallNeed | None = None


class Invocation(Protocol):
    """One validated call, ready to be decided on and run."""

    @property
    def item(self) -> ThreadItem | None:
        """The item as it starts (status `inProgress`); None when there is nothing to show."""
        ...

    @property
    def need(self) -> ApprovalNeed | None:
        """What must be allowed first; None when the call touches nothing."""
        ...

    @property
    def mutates(self) -> bool:
        """Whether running it may change files, as far as its sandbox lets it."""
        ...

    async def run(self, context: ToolContext) -> ToolOutput:
        """Run. Cancelling it kills what it started.

        Raises:
            ToolError: it failed in a way the model should know.
            ConfinementError: the sandbox could not be set up; nothing ran.
        """
        ...

    def refused(self, reason: str) -> ToolOutput:
        """The output and the settled item when it was not allowed to run."""
        ...

    def interrupted(self) -> ToolOutput:
        """The output and the settled item when the turn was interrupted while it ran."""
        ...


class Tool(Protocol):
    """Something the model may call; one object per thread."""

    @property
    def spec(self) -> ToolSpec:
        """What the model is told; stable for the thread's life."""
        ...

    @property
    def parallel(self) -> bool:
        """Whether calls may run beside other parallel calls of the same step."""
        ...

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """Validate a call; raises `ToolError` when its arguments do not fit."""
        ...

    async def settle(self, *, kill: bool) -> None:
        """The turn ends: settle items still open; with `kill`, end what still runs."""
        ...


class Preview(Protocol):
    """What one call would change, while its input is still being written; never raises, whatever the text."""

    @property
    def size(self) -> int:
        """About how many characters `changes` holds; grows whenever there is more."""
        ...

    def add(self, member: str, text: str) -> None:
        """Take more of the text of one argument, which begins with the first of these; that of a freeform tool is `input`."""
        ...

    def changes(self) -> list[FileUpdateChange]:
        """The changes so far, whole, with paths as the model writes them."""
        ...


@runtime_checkable
class Previewing(Protocol):
    """A tool whose calls can be shown before they are whole."""

    def preview(self) -> Preview:
        """For one call of which nothing came yet."""
        ...


class ToolSourceError(Exception):
    """A source that the user cannot do without has failed; the text says why and what to do."""


class ToolSource(Protocol):
    """Tools that are known only once something has started, such as a server; one object per thread."""

    def begin(self, audience: SourceAudience) -> None:
        """Start in the background, and tell `audience` how it goes; the first call of a thread."""
        ...

    async def tools(self) -> Sequence[Tool]:
        """Its tools, once it is ready or has failed; the same ones every time.

        Raises:
            ToolSourceError: see there; any other failure costs only its tools.
        """
        ...

    async def close(self) -> None:
        """End what it started; idempotent."""
        ...


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """How a part of a source stands; `error` says why it failed and what to do."""

    name: str
    status: Literal["starting", "ready", "failed"]
    error: str | None = None


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What an MCP server wants filled in: a text, and the JSON Schema of a flat object."""

    server: str
    message: str
    schema: Mapping[str, Any]


class FormAnswer(msgspec.Struct, frozen=True):
    """What became of a form; `content` goes with `accept`."""

    action: Literal["accept", "decline", "cancel"]
    content: Mapping[str, Any] | None = None


class SourceAudience(Protocol):
    """Whom a source has to do with: the thread, and through it the user."""

    def tell(self, state: SourceState) -> None:
        """Tell how a part of the source stands."""
        ...

    async def fill_in(self, form: Form) -> FormAnswer:
        """Ask the user; where nobody can or may be asked, it is declined."""
        ...


class McpServers(Protocol):
    """The MCP servers of one thread, for a client that wants something of them itself.

    Values are those of the MCP specification, as JSON.
    """

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool; raises `ToolError`."""
        ...

    async def read(self, server: str, uri: str) -> list[dict[str, Any]]:
        """The contents of a resource; raises `ToolError`."""
        ...


class NoServers:
    """A thread without MCP servers."""

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """There is none."""
        del tool, arguments
        raise ToolError(f"this thread has no MCP server {server!r}: none is configured")

    async def read(self, server: str, uri: str) -> list[dict[str, Any]]:
        """There is none."""
        del uri
        raise ToolError(f"this thread has no MCP server {server!r}: none is configured")


class RunningCommands(Protocol):
    """The commands of one thread that still run."""

    def running(self) -> Sequence[RunningCommand]:
        """What runs now, oldest first."""
        ...

    async def end(self, number: int) -> bool:
        """End one of them with its descendants; False where there is none of this number."""
        ...


class NoCommands:
    """A thread whose tools leave nothing running."""

    def running(self) -> Sequence[RunningCommand]:
        """None."""
        return ()

    async def end(self, number: int) -> bool:
        """There is none."""
        del number
        return False


ToolFactory = Callable[[], Tool]
