"""What is said of an MCP server, and the names its tools go by. Pure.

Follows https://modelcontextprotocol.io/specification; the approval modes and name scheme are the reference's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from journeyman.tools.api import Form, FormAnswer

ApprovalMode = Literal["auto", "prompt", "approve"]

# What providers accept as the name of a function.
_MAX_NAME_CHARS = 64
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_DIGEST_CHARS = 8


class McpServer(msgspec.Struct, frozen=True, kw_only=True):
    """One server: a program to start (`argv`), or an address (`url`).

    `env` is the program's whole environment and `headers` go with every request; both hold secrets already, but for
    the token of `missing_variable`, without which it cannot be used.
    `scopes` is what a sign-in asks for, where the server shall not say it. Times are in seconds. `enabled_tools` None
    means all but the disabled ones.
    """

    name: str
    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = {}
    cwd: str = ""
    url: str | None = None
    headers: Mapping[str, str] = {}
    missing_variable: str = ""
    scopes: tuple[str, ...] = ()
    startup_seconds: float = 30.0
    tool_seconds: float = 60.0
    enabled_tools: tuple[str, ...] | None = None
    disabled_tools: tuple[str, ...] = ()
    parallel: bool = False
    required: bool = False
    approval_mode: ApprovalMode = "auto"
    tool_approval_modes: Mapping[str, ApprovalMode] = {}

    def offers(self, tool: str) -> bool:
        """Whether the user wants this tool."""
        if tool in self.disabled_tools:
            return False
        return self.enabled_tools is None or tool in self.enabled_tools

    def approval_of(self, tool: str) -> ApprovalMode:
        """When the user is asked before this tool is called."""
        return self.tool_approval_modes.get(tool, self.approval_mode)


class McpToolFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One tool as its server describes it; `is_read_only` only where the server says so."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    is_read_only: bool = False


class McpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool answered: blocks and a value as JSON, and whether the server calls it an error."""

    blocks: Sequence[Mapping[str, Any]]
    structured: Any = None
    is_error: bool = False


FillIn = Callable[[Form], Awaitable[FormAnswer]]
# Makes the way to a server, which fills in forms through the second argument; may take a while, since it
# imports the SDK.
Connect = Callable[["McpServer", FillIn], Awaitable["Connection"]]


async def decline(form: Form) -> FormAnswer:
    """The answer where there is nobody to ask."""
    del form
    return FormAnswer("decline")


class McpServerError(Exception):
    """The server cannot be used; the text says why and what to do."""


class Connection(Protocol):
    """The way to one server; it is connected when it is first needed, and again after it was lost."""

    async def tools(self) -> list[McpToolFacts]:
        """The tools that the user wants, by name; raises `McpServerError`."""
        ...

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        on_progress: Callable[[str], None] | None = None,
    ) -> McpAnswer:
        """Call a tool; raises `McpServerError`. `on_progress` hears what the server says meanwhile."""
        ...

    async def read(self, uri: str) -> list[dict[str, Any]]:
        """The contents of a resource; raises `McpServerError`."""
        ...

    async def close(self) -> None:
        """Let the server go; idempotent."""
        ...


def function_name(server: str, tool: str) -> str:
    """The name a model calls a tool by: `mcp__server__tool`, in the characters and length providers take.

    What had to be changed or cut gets a digest, so that two tools never share a name.
    """
    whole = f"mcp__{server}__{tool}"
    name = _NOT_IN_NAMES.sub("_", whole)
    if name == whole and len(name) <= _MAX_NAME_CHARS:
        return name
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST_CHARS]
    return f"{name[: _MAX_NAME_CHARS - _DIGEST_CHARS - 1]}_{digest}"
