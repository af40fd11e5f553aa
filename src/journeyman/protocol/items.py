"""Items: what a turn is made of, as every face shows it.

An item has one id from `item/started` to `item/completed`. Types and statuses are the wire's own and are
never extended; what a foreign program adds is kept as `UnknownItem` by protocol.unknown.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from journeyman.protocol.wire import Wire

RunStatus = Literal["inProgress", "completed", "failed", "declined"]


class TextInput(Wire, frozen=True, tag_field="type", tag="text"):
    """Text the user typed; `text_elements` are a face's own marks in it."""

    text: str
    text_elements: list[Any] = msgspec.field(default_factory=list[Any], name="text_elements")


class ImageInput(Wire, frozen=True, tag_field="type", tag="image"):
    """An image by URL (`data:` or https)."""

    url: str
    detail: str | None = None


class LocalImageInput(Wire, frozen=True, tag_field="type", tag="localImage"):
    """An image file on the machine of the server."""

    path: str
    detail: str | None = None


class SkillInput(Wire, frozen=True, tag_field="type", tag="skill"):
    """A skill the user named."""

    name: str
    path: str


class MentionInput(Wire, frozen=True, tag_field="type", tag="mention"):
    """A file or app the user mentioned."""

    name: str
    path: str


UserInput = TextInput | ImageInput | LocalImageInput | SkillInput | MentionInput


class UserMessageItem(Wire, frozen=True, tag_field="type", tag="userMessage"):
    """What the user said; `client_id` is the name that the client gave to it."""

    id: str
    content: list[UserInput]
    client_id: str | None = None


class FunctionCallOutputItem(Wire, frozen=True, tag_field="type", tag="functionCallOutput"):
    """What a tool outside of this program reported without having been called."""

    id: str
    name: str
    output: str | list[dict[str, Any]]
    namespace: str | None = None


class AgentMessageItem(Wire, frozen=True, tag_field="type", tag="agentMessage"):
    """What the model said; `phase` is `commentary` or `final_answer` where the provider tells."""

    id: str
    text: str
    phase: str | None = None


class ReasoningItem(Wire, frozen=True, tag_field="type", tag="reasoning"):
    """The readable part of the model's reasoning."""

    id: str
    summary: list[str] = []
    content: list[str] = []


class PlanItem(Wire, frozen=True, tag_field="type", tag="plan"):
    """A plan the model proposed as text."""

    id: str
    text: str


class ReadAction(Wire, frozen=True, tag_field="type", tag="read"):
    """A command that shows a file."""

    command: str
    name: str
    path: str


class ListFilesAction(Wire, frozen=True, tag_field="type", tag="listFiles"):
    """A command that lists files."""

    command: str
    path: str | None = None


class SearchAction(Wire, frozen=True, tag_field="type", tag="search"):
    """A command that searches in files."""

    command: str
    query: str | None = None
    path: str | None = None


class UnknownCommandAction(Wire, frozen=True, tag_field="type", tag="unknown"):
    """A command nobody classified."""

    command: str


CommandAction = ReadAction | ListFilesAction | SearchAction | UnknownCommandAction


class CommandExecutionItem(Wire, frozen=True, tag_field="type", tag="commandExecution"):
    """A command run by the shell tool; `command` is what was executed, quoted for a shell."""

    id: str
    command: str
    cwd: str
    status: RunStatus
    command_actions: list[CommandAction] = []
    process_id: str | None = None
    source: Literal["agent", "userShell", "unifiedExecStartup", "unifiedExecInteraction"] = "agent"
    aggregated_output: str | None = None
    exit_code: int | None = None
    duration_ms: int | None = None


class AddKind(Wire, frozen=True, tag_field="type", tag="add"):
    """The file is new."""


class DeleteKind(Wire, frozen=True, tag_field="type", tag="delete"):
    """The file is gone."""


class UpdateKind(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="update"):
    """The file changed, and moved when `move_path` is set."""

    move_path: str | None = None


class FileUpdateChange(Wire, frozen=True):
    """One file of a patch; `diff` is the content of an added or deleted file, else unified hunks."""

    path: str
    kind: AddKind | DeleteKind | UpdateKind
    diff: str


class FileChangeItem(Wire, frozen=True, tag_field="type", tag="fileChange"):
    """Files changed by one patch."""

    id: str
    changes: list[FileUpdateChange]
    status: RunStatus


class McpToolCallResult(Wire, frozen=True):
    """What an MCP tool answered."""

    content: list[Any]
    structured_content: Any = None


class McpToolCallError(Wire, frozen=True):
    """Why an MCP tool call failed."""

    message: str


class McpToolCallItem(Wire, frozen=True, tag_field="type", tag="mcpToolCall"):
    """A call of a tool on an MCP server."""

    id: str
    server: str
    tool: str
    status: Literal["inProgress", "completed", "failed"]
    arguments: Any
    result: McpToolCallResult | None = None
    error: McpToolCallError | None = None
    duration_ms: int | None = None


class DynamicToolCallItem(Wire, frozen=True, tag_field="type", tag="dynamicToolCall"):
    """A call of a tool that the client brought and runs itself."""

    id: str
    tool: str
    status: Literal["inProgress", "completed", "failed"]
    arguments: Any
    namespace: str | None = None
    content_items: list[dict[str, Any]] | None = None
    success: bool | None = None
    duration_ms: int | None = None


class WebSearchItem(Wire, frozen=True, tag_field="type", tag="webSearch"):
    """A search the provider ran."""

    id: str
    query: str
    action: dict[str, Any] | None = None


class ImageViewItem(Wire, frozen=True, tag_field="type", tag="imageView"):
    """An image file shown to the model."""

    id: str
    path: str


class ContextCompactionItem(Wire, frozen=True, tag_field="type", tag="contextCompaction"):
    """The history was replaced by a summary."""

    id: str


class EnteredReviewModeItem(Wire, frozen=True, tag_field="type", tag="enteredReviewMode"):
    """A review begins; `review` says of what."""

    id: str
    review: str


class ExitedReviewModeItem(Wire, frozen=True, tag_field="type", tag="exitedReviewMode"):
    """A review ended; `review` is what was found, as text."""

    id: str
    review: str


class UnknownItem(msgspec.Struct, frozen=True, tag_field="type", tag="journeyman/unknown"):
    """An item of a type this program does not know, kept as it came.

    The tag never travels: protocol.unknown puts the raw item back when a message is sent.
    """

    raw: dict[str, Any]

    @property
    def id(self) -> str:
        """The item's id, empty where it has none."""
        return str(self.raw.get("id", ""))


ThreadItem = (
    UserMessageItem
    | FunctionCallOutputItem
    | AgentMessageItem
    | ReasoningItem
    | PlanItem
    | CommandExecutionItem
    | FileChangeItem
    | McpToolCallItem
    | DynamicToolCallItem
    | WebSearchItem
    | ImageViewItem
    | ContextCompactionItem
    | EnteredReviewModeItem
    | ExitedReviewModeItem
    | UnknownItem
)
