"""What a thread may do: the sandbox policy and when to ask, as the wire names them."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.wire import Wire

SandboxMode = Literal["read-only", "workspace-write", "danger-full-access"]


class DangerFullAccess(Wire, frozen=True, tag_field="type", tag="dangerFullAccess"):
    """No confinement at all."""


class ReadOnly(Wire, frozen=True, tag_field="type", tag="readOnly"):
    """Everything may be read, nothing written; no network unless `network_access`."""

    network_access: bool = False


class WorkspaceWrite(Wire, frozen=True, tag_field="type", tag="workspaceWrite"):
    """The working directory, `writable_roots` (absolute paths) and temporary folders may be written."""

    writable_roots: list[str] = []
    network_access: bool = False
    exclude_tmpdir_env_var: bool = False
    exclude_slash_tmp: bool = False


SandboxPolicy = DangerFullAccess | ReadOnly | WorkspaceWrite


class GranularAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Which kinds of question may be asked; a kind that is off is declined without asking.

    `sandbox_approval` is about commands and changes beyond the sandbox, `rules` about what a rule asks for,
    `skill_approval` about scripts of skills beyond the sandbox.
    """

    sandbox_approval: bool
    rules: bool
    mcp_elicitations: bool
    request_permissions: bool = False
    skill_approval: bool = False


class Granular(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The granular approval policy."""

    granular: GranularAsk


ApprovalPolicy = Literal["untrusted", "on-request", "never"] | Granular
ApprovalsReviewer = Literal["user", "auto_review", "guardian_subagent"]


def sandbox_mode(policy: SandboxPolicy) -> SandboxMode:
    """The mode's name, as config and the command line write it."""
    if isinstance(policy, DangerFullAccess):
        return "danger-full-access"
    return "read-only" if isinstance(policy, ReadOnly) else "workspace-write"
