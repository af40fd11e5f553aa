"""What a thread runs with: small frozen values that config made and the loop reads."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from journeyman.core.budget import Budgets
from journeyman.core.guidance import Guidance
from journeyman.models.api import ModelSettings
from journeyman.protocol.collaboration import ModeKind
from journeyman.protocol.permissions import ApprovalPolicy, ApprovalsReviewer, SandboxPolicy
from journeyman.sandbox.policy import NetworkRules, UserRules


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Where a turn stops by itself.

    A thread that nobody follows is unloaded when it had nothing to do for `unload_seconds`. Of a command's
    output at most `kept_output_bytes` are kept for the user, where they are more than its item holds.
    """

    max_steps: int = 500
    tool_output_tokens: int = 10_000
    kept_output_bytes: int = 64 << 20
    unload_seconds: float = 1800.0


class CompactionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When the history is compacted by itself, in tokens of context, and how it is asked for.

    None leaves the one to a share of the context window and the other to core.compaction.
    """

    auto_limit_tokens: int | None = None
    prompt: str | None = None


class AutoReview(msgspec.Struct, frozen=True, kw_only=True):
    """How a reviewer model decides: `model` None is the thread's own, `policy` what the user tells it."""

    model: str | None = None
    policy: str | None = None
    timeout_seconds: float = 90.0


class ThreadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one thread.

    `provider` is the provider's id; `instructions` the system prompt; `command_env` the whole environment
    of commands, already without secrets; `shell` the program that runs them. `network_rules` say what
    confined commands may reach where the sandbox policy has no network access, `command_rules` what else
    the user says of them; with `git_grant` plain git commands may write the repository's metadata. `guidance`
    is what the folder says to the model; `review_model` answers in reviews, where it is another one. A step that
    only goes on from `small_step_tokens` of output at most is a small one, for another model; None: none is.
    `mode_instructions` are a client's words to the model in place of the mode's own, `plan_effort` is what it
    reasons with while it plans, unless a client says otherwise.
    """

    cwd: str
    provider: str
    model: ModelSettings
    instructions: str
    sandbox: SandboxPolicy
    approval_policy: ApprovalPolicy
    command_env: Mapping[str, str]
    network_rules: NetworkRules | None = None
    command_rules: UserRules = UserRules()
    git_grant: bool = False
    approvals_reviewer: ApprovalsReviewer = "user"
    auto_review: AutoReview = AutoReview()
    developer_instructions: str | None = None
    mode: ModeKind = "default"
    mode_instructions: str | None = None
    plan_effort: str | None = None
    shell: str = "/bin/bash"
    context_window: int | None = None
    limits: Limits = Limits()
    budgets: Budgets = Budgets()
    guidance: Guidance = Guidance()
    review_model: str | None = None
    compaction: CompactionSettings = CompactionSettings()
    small_step_tokens: int | None = None
