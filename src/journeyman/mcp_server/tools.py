"""The tools of the server: names, schemas, arguments. Pure.

Names and members follow the `codex` and `codex-reply` tools of the reference's former MCP server, which many
clients are configured for; those names are understood as well.
"""

from __future__ import annotations

from typing import Any

import msgspec

from journeyman.protocol import threads
from journeyman.protocol.permissions import SandboxMode

RUN, REPLY = "journeyman", "journeyman-reply"
ALIASES = {"codex": RUN, "codex-reply": REPLY}

_TEXT = {"type": "string"}
OUTPUT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"threadId": _TEXT, "content": _TEXT},
    "required": ["threadId", "content"],
}
_POLICIES = ["untrusted", "on-request", "never"]
_MODES = ["read-only", "workspace-write", "danger-full-access"]


def _described(text: str, **schema: Any) -> dict[str, Any]:
    return {**_TEXT, "description": text, **schema}


SCHEMAS: dict[str, dict[str, Any]] = {
    RUN: {
        "type": "object",
        "properties": {
            "prompt": _described("What to do."),
            "cwd": _described("The folder to work in; relative to the server's."),
            "model": _described("The model, or provider/model."),
            "sandbox": _described("What commands may touch.", enum=_MODES),
            "approval-policy": _described("When the user is asked.", enum=_POLICIES),
            "config": {"type": "object", "description": "Configuration values, by their keys."},
            "base-instructions": _described("Instead of the default instructions."),
            "developer-instructions": _described("Beside the instructions."),
        },
        "required": ["prompt"],
        "additionalProperties": False,
    },
    REPLY: {
        "type": "object",
        "properties": {
            "threadId": _described("The thread, as an earlier answer named it."),
            "prompt": _described("What to say next."),
        },
        "required": ["threadId", "prompt"],
        "additionalProperties": False,
    },
}
DESCRIPTIONS = {
    RUN: "Let a coding agent work on a task in a folder, and wait for its answer. It reads, edits and runs code in a"
    " sandbox. The answer names the thread to go on with.",
    REPLY: "Go on with a thread of the coding agent, and wait for its answer.",
}


class RunArguments(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"
):
    """What `journeyman` is called with."""

    prompt: str
    cwd: str | None = None
    model: str | None = None
    profile: str | None = None
    sandbox: SandboxMode | None = None
    approval_policy: str | None = None
    config: dict[str, Any] | None = None
    base_instructions: str | None = None
    developer_instructions: str | None = None
    compact_prompt: str | None = None

    def opening(self) -> threads.ThreadStartParams:
        """How to open the thread; raises `msgspec.ValidationError` for a policy that there is not."""
        config = dict(self.config or {})
        if self.compact_prompt is not None:
            config["compact_prompt"] = self.compact_prompt
        said = {
            "cwd": self.cwd,
            "model": self.model,
            "sandbox": self.sandbox,
            "approvalPolicy": self.approval_policy,
            "config": config or None,
            "baseInstructions": self.base_instructions,
            "developerInstructions": self.developer_instructions,
        }
        return msgspec.convert(said, threads.ThreadStartParams)


class ReplyArguments(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `journeyman-reply` is called with; `conversation_id` is the thread's former name."""

    prompt: str
    thread_id: str | None = None
    conversation_id: str | None = None
