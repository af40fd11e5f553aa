"""The tool `request_permissions`: the model asks the user to open folders or the network to later commands.

It only asks. Whom, for what, and what an answer gives is decided where the calls are run.
"""

from __future__ import annotations

from typing import Any

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.tools.api import (
    Invocation,
    PermissionsRequest,
    Scope,
    ToolCall,
    ToolContext,
    ToolError,
    ToolOutput,
)
from journeyman.tools.quiet_invocation import QuietInvocation

_DESCRIPTION = (
    "Ask the user to let later commands write to existing folders outside of the sandbox's, or use the network."
    " Ask for no more than the task needs; the user may grant less."
)
# More at once is nothing that a person reads.
MAX_PATHS = 8
# Members that models know from elsewhere are understood where they mean something here, and else left alone.
_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "description": "One sentence."},
        "permissions": {
            "type": "object",
            "properties": {
                "file_system": {
                    "type": "object",
                    "properties": {"write": {"type": "array", "items": {"type": "string"}}},
                },
                "network": {"type": "object", "properties": {"enabled": {"type": "boolean"}}},
            },
        },
    },
    "required": ["permissions"],
}


class _FileSystem(msgspec.Struct, frozen=True):
    read: list[str] | None = None
    write: list[str] | None = None


class _Network(msgspec.Struct, frozen=True):
    enabled: bool | None = None


class _Permissions(msgspec.Struct, frozen=True):
    file_system: _FileSystem | None = None
    network: _Network | None = None


class _Arguments(msgspec.Struct, frozen=True):
    permissions: _Permissions
    reason: str | None = None


class RequestPermissionsTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self) -> None:
        """Offer it."""
        self.spec = ToolSpec(
            name="request_permissions", description=_DESCRIPTION, parameters=_PARAMETERS
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        del scope
        try:
            given = msgspec.convert(call.arguments, _Arguments)
        except msgspec.ValidationError as error:
            raise ToolError(f"request_permissions: {error}") from error
        files = given.permissions.file_system or _FileSystem()
        network = given.permissions.network or _Network()
        request = PermissionsRequest(
            call_id=call.call_id,
            reason=given.reason,
            read=tuple(files.read or ()),
            write=tuple(files.write or ()),
            network=network.enabled is True,
        )
        paths = len(request.read) + len(request.write)
        if not paths and not request.network:
            raise ToolError("request_permissions: name a folder to write to, or the network")
        if paths > MAX_PATHS:
            raise ToolError(f"request_permissions: ask for at most {MAX_PATHS} paths at once")

        async def ask(context: ToolContext) -> ToolOutput:
            answer, is_granted = await context.request_permissions(request)
            return ToolOutput(content=answer, success=is_granted)

        return QuietInvocation(ask)

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""
        del kill
