"""The events of a thread as its parts meet them: what each hook is told, and what its answer means there.

Context that hooks add waits here until the history can take it: never between a call and its output.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec

from journeyman.core.hooks import HookEvents
from journeyman.models.api import ModelError
from journeyman.protocol.foreign_json import read_json
from journeyman.protocol.history import (
    Content,
    CustomToolCall,
    FunctionCall,
    InputText,
    Message,
    ToolCallItem,
    text_of,
)
from journeyman.protocol.items import CommandExecutionItem
from journeyman.protocol.usage import TokenUsage
from journeyman.tools.api import ToolOutput

# Somebody waits for the end of a turn or of the program.
_SECONDS_AT_THE_END = 10
# A hook that never lets the model stop is a mistake that costs money.
_MAX_CONTINUATIONS = 25
_SHELL_TOOLS = frozenset(("exec_command", "shell", "shell_command"))
_PATCH_TOOL = "apply_patch"


class Refusal(msgspec.Struct, frozen=True):
    """A call that a hook blocked, in words for the model."""

    text: str


class Permission(msgspec.Struct, frozen=True):
    """A question that a hook answered in the user's place."""

    allowed: bool
    reason: str = ""


class TurnHooks:
    """What the turns of one thread tell its hooks."""

    def __init__(self, events: HookEvents, *, resumed: bool) -> None:
        """A thread begins, new or `resumed`; its hooks hear so with its first turn."""
        self._events = events
        self._occasion: Literal["startup", "resume", "compact"] | None = (
            "resume" if resumed else "startup"
        )
        self._has_begun = False
        self._continuations = 0
        self._context: list[str] = []

    def take_context(self) -> list[Message]:
        """What hooks have to say to the model since the last time."""
        texts, self._context = self._context, []
        return [Message(role="developer", content=[InputText(text)]) for text in texts]

    async def prompt(self, text: str) -> str | None:
        """The user said something; returns why it must not reach the model, if so."""
        stopped = await self._begin()
        if stopped is not None:
            return stopped
        self._continuations = 0
        answer = await self._events.fire("userPromptSubmit", {"prompt": text})
        reason = answer.block if answer.block is not None else answer.stop
        if reason is None:
            self._context += answer.context
        return reason

    async def _begin(self) -> str | None:
        """Tell that the thread begins, if it does; returns why it must not go on, if so."""
        if self._occasion is None:
            return None
        source, self._occasion = self._occasion, None
        self._has_begun = True
        answer = await self._events.fire("sessionStart", {"source": source}, subject=source)
        self._context += answer.context
        return answer.stop

    async def before_tool(self, call: ToolCallItem) -> ToolCallItem | Refusal:
        """The model wants a tool; returns the call to run."""
        name, told = _named(call)
        answer = await self._events.fire(
            "preToolUse",
            {"tool_name": name, "tool_input": told, "tool_use_id": call.call_id},
            subject=name,
            call_id=call.call_id,
        )
        self._context += answer.context
        reason = answer.block if answer.block is not None else answer.stop
        if reason is not None:
            what, shown = (
                ("Command", told.get("command")) if name == "Bash" else ("Tool call", None)
            )
            text = f"{what} blocked by PreToolUse hook: {reason}"
            return Refusal(f"{text}. Command: {shown}" if shown else text)
        return call if answer.updated_input is None else _updated(call, answer.updated_input)

    async def after_tool(self, call: ToolCallItem, output: ToolOutput) -> str | list[Content]:
        """A tool has run; returns what the model gets for its output."""
        name, told = _named(call)
        answer = await self._events.fire(
            "postToolUse",
            {
                "tool_name": name,
                "tool_input": told,
                "tool_response": _response(output),
                "tool_use_id": call.call_id,
            },
            subject=name,
            call_id=call.call_id,
        )
        self._context += answer.context
        reason = answer.block if answer.block is not None else answer.stop
        return output.content if reason is None else reason

    async def permission(
        self, command: str | None, justification: str | None, call_id: str
    ) -> Permission | None:
        """The user is about to be asked; returns the answer of a hook, if one has it."""
        name = _PATCH_TOOL if command is None else "Bash"
        told = {"command": command, "description": justification}
        answer = await self._events.fire(
            "permissionRequest",
            {"tool_name": name, "tool_input": {k: v for k, v in told.items() if v is not None}},
            subject=name,
            call_id=call_id,
        )
        if answer.block is not None:
            return Permission(allowed=False, reason=answer.block)
        return Permission(allowed=True) if answer.allow else None

    @asynccontextmanager
    async def model_request(self) -> AsyncGenerator[Callable[[TokenUsage], None]]:
        """Around a request to the model; call what it yields with the tokens of the answer."""
        await self._events.fire("preModelRequest", {})
        told: dict[str, Any] = {"status": "cancelled", "error": None, "token_usage": None}

        def answered(usage: TokenUsage) -> None:
            told.update(status="completed", token_usage=msgspec.structs.asdict(usage))

        try:
            yield answered
        except ModelError as error:
            told.update(status="failed", error=error.message)
            raise
        finally:
            await self._events.fire("postModelRequest", told)

    async def stop(self, last_message: str | None) -> Message | None:
        """The model is done; returns what it must go on with, if a hook says so."""
        answer = await self._events.fire(
            "stop",
            {"stop_hook_active": self._continuations > 0, "last_assistant_message": last_message},
        )
        self._context += answer.context
        is_over = answer.block is None or answer.stop is not None
        self._continuations += not is_over
        if is_over or self._continuations > _MAX_CONTINUATIONS:
            self._events.notice.turn_ended(last_message)
            return None
        text = f'<hook_prompt hook_run_id="stop">{answer.block}</hook_prompt>'
        return Message(role="user", content=[InputText(text)])

    async def interrupted(self) -> None:
        """The user ended the turn."""
        await self._events.fire("interrupt", {}, at_most_seconds=_SECONDS_AT_THE_END)

    async def before_compaction(self, trigger: str) -> bool:
        """The history is about to be replaced; returns whether it may be."""
        answer = await self._events.fire("preCompact", {"trigger": trigger}, subject=trigger)
        return answer.stop is None

    async def after_compaction(self, trigger: str) -> None:
        """The history was replaced; the next turn begins like a new thread's."""
        await self._events.fire("postCompact", {"trigger": trigger}, subject=trigger)
        self._occasion = "compact"

    async def end(self) -> None:
        """The thread is closed."""
        if self._has_begun:
            self._has_begun = False
            told = {"reason": "other"}
            await self._events.fire("sessionEnd", told, at_most_seconds=_SECONDS_AT_THE_END)


def _response(output: ToolOutput) -> str:
    """What a tool brought: of a command what it printed, without the words around it for the model."""
    if isinstance(output.item, CommandExecutionItem) and output.item.aggregated_output is not None:
        return output.item.aggregated_output
    return text_of(output.content)


def _named(call: ToolCallItem) -> tuple[str, dict[str, Any]]:
    """A call as hooks know it: the names and inputs that published hooks match on."""
    if isinstance(call, CustomToolCall):
        return call.name, {"command": call.input}
    arguments = _arguments(call)
    if call.name in _SHELL_TOOLS:
        command = arguments.get("cmd", arguments.get("command"))
        return "Bash", {"command": command}
    if call.name == _PATCH_TOOL:
        return call.name, {"command": arguments.get("input", "")}
    return call.name, arguments


def _updated(call: ToolCallItem, changed: dict[str, Any]) -> ToolCallItem:
    command = changed.get("command")
    if isinstance(call, CustomToolCall):
        return msgspec.structs.replace(call, input=str(command)) if command is not None else call
    arguments = _arguments(call)
    if call.name in _SHELL_TOOLS:
        key = "cmd" if "cmd" in arguments else "command"
        arguments = {**arguments, key: command} if command is not None else arguments
    elif call.name == _PATCH_TOOL:
        arguments = {**arguments, "input": command} if command is not None else arguments
    else:
        arguments = changed
    return msgspec.structs.replace(call, arguments=msgspec.json.encode(arguments).decode())


def _arguments(call: FunctionCall) -> dict[str, Any]:
    try:
        return msgspec.convert(read_json(call.arguments or "{}"), dict[str, Any])
    except msgspec.DecodeError:
        # The tool will say so; a hook sees what the model wrote.
        return {"arguments": call.arguments}
