"""Threads: a talk with the agent that outlives processes."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from journeyman.protocol.collaboration import CollaborationMode
from journeyman.protocol.dynamic_tools import DynamicToolSpec
from journeyman.protocol.permissions import (
    ApprovalPolicy,
    ApprovalsReviewer,
    SandboxMode,
    SandboxPolicy,
)
from journeyman.protocol.read_states import ThreadReadState
from journeyman.protocol.sections import ThreadSection
from journeyman.protocol.turns import Turn
from journeyman.protocol.wire import Wire


class NotLoaded(Wire, frozen=True, tag_field="type", tag="notLoaded"):
    """Known from its rollout only."""


class Idle(Wire, frozen=True, tag_field="type", tag="idle"):
    """Loaded, no turn running."""


class Active(Wire, frozen=True, tag_field="type", tag="active"):
    """A turn is running; flags such as `waitingOnApproval` say what it waits for."""

    active_flags: list[str] = []


class SystemFault(Wire, frozen=True, tag_field="type", tag="systemError"):
    """Loaded, no turn running, and the last one failed."""


ThreadStatus = NotLoaded | Idle | Active | SystemFault


class GitInfo(Wire, frozen=True):
    """Where the repository stood when the thread began."""

    sha: str | None = None
    branch: str | None = None
    origin_url: str | None = None


class Thread(Wire, frozen=True):
    """A thread as lists and headers show it; instants in unix seconds."""

    id: str
    session_id: str
    cwd: str
    preview: str
    model_provider: str
    created_at: int
    updated_at: int
    cli_version: str
    source: str | dict[str, Any]
    status: ThreadStatus
    ephemeral: bool = False
    turns: list[Turn] = []
    path: str | None = None
    name: str | None = None
    model: str | None = None
    forked_from_id: str | None = None
    git_info: GitInfo | None = None
    thread_source: str | None = None
    originator: str | None = None
    project_id: str | None = None
    section: ThreadSection | None = None
    section_entered_at: int | None = None


class ThreadOverrides(Wire, frozen=True, kw_only=True):
    """What a client may say of a thread's settings; what is not given comes from elsewhere."""

    cwd: str | None = None
    model: str | None = None
    model_provider: str | None = None
    service_tier: str | None = None
    approval_policy: ApprovalPolicy | None = None
    approvals_reviewer: ApprovalsReviewer | None = None
    sandbox: SandboxMode | None = None
    config: dict[str, Any] | None = None
    base_instructions: str | None = None
    developer_instructions: str | None = None


class ThreadStartParams(ThreadOverrides, frozen=True, kw_only=True):
    """Start a thread; what is not given comes from the configuration of `cwd`. `dynamic_tools` run at the client.

    An ephemeral thread belongs to no project.
    """

    ephemeral: bool | None = None
    thread_source: str | None = None
    dynamic_tools: list[DynamicToolSpec] | None = None
    project_id: str | None = None


class ThreadStartResponse(Wire, frozen=True):
    """The thread and the settings it runs with."""

    thread: Thread
    cwd: str
    model: str
    model_provider: str
    approval_policy: ApprovalPolicy
    approvals_reviewer: ApprovalsReviewer
    sandbox: SandboxPolicy
    reasoning_effort: str | None = None
    service_tier: str | None = None
    collaboration_mode: CollaborationMode | None = None
    instruction_sources: list[str] = []


class ThreadResumeParams(ThreadOverrides, frozen=True, kw_only=True):
    """Load a thread from its rollout; settings given here replace the recorded ones."""

    thread_id: str
    path: str | None = None
    exclude_turns: bool = False


class ThreadForkParams(ThreadOverrides, frozen=True, kw_only=True):
    """Copy a thread's history into a new thread, up to and with `last_turn_id`, or before `before_turn_id`.

    With `path` the thread is the one that this rollout holds.
    """

    thread_id: str
    path: str | None = None
    last_turn_id: str | None = None
    before_turn_id: str | None = None
    ephemeral: bool = False
    exclude_turns: bool = False


class ThreadListParams(Wire, frozen=True):
    """List threads, newest first; `cursor` continues an earlier page.

    Without `source_kinds` only interactive threads are listed; `search_term` is looked for in titles. Null for a
    section or a project means the threads that are in none; `section_position` needs a section.
    """

    cursor: str | None = None
    limit: int | None = None
    cwd: str | list[str] | None = None
    archived: bool | None = None
    search_term: str | None = None
    source_kinds: list[str] | None = None
    model_providers: list[str] | None = None
    parent_thread_id: str | None = None
    excluded_thread_ids: list[str] | None = None
    section_id: str | msgspec.UnsetType | None = msgspec.UNSET
    project_id: str | msgspec.UnsetType | None = msgspec.UNSET
    sort_key: Literal["created_at", "updated_at", "recency_at", "section_position"] | None = None
    sort_direction: Literal["asc", "desc"] | None = None


class ThreadListResponse(Wire, frozen=True):
    """One page; `next_cursor` is null on the last, `backwards_cursor` turns round at the first thread."""

    data: list[Thread]
    next_cursor: str | None = None
    backwards_cursor: str | None = None
    read_states: dict[str, ThreadReadState] | None = None


class ThreadReadParams(Wire, frozen=True):
    """Read one thread without loading it."""

    thread_id: str
    include_turns: bool = False


class ThreadReadResponse(Wire, frozen=True):
    """The thread."""

    thread: Thread
    read_state: ThreadReadState | None = None
