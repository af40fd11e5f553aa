"""Maps notifications to the lines that a person reads. Pure: no I/O, no clock.

Works line by line, without moving the cursor, so that it reads well on screen readers and slow links.
Everything that comes from a model, a tool or a file name is made visible before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from journeyman.protocol import events, items, reviews
from journeyman.protocol.hooks import HookCompletedNotification
from journeyman.protocol.permissions import Granular, SandboxPolicy, WorkspaceWrite, sandbox_mode
from journeyman.protocol.spending import UsageUpdatedNotification
from journeyman.protocol.threads import ThreadStartResponse
from journeyman.protocol.usage import TokenUsage
from journeyman.transcript.diffs import diff_lines
from journeyman.transcript.live_output import LiveOutput
from journeyman.transcript.style import Style
from journeyman.visible_text import visible, visible_line

_RULE = "--------"
# A patch can rewrite whole files; the item and the rollout hold all of it.
_MAX_DIFF_LINES = 200
_MARK = {"pending": "[ ]", "inProgress": "[>]", "completed": "[x]"}


def sandbox_words(policy: SandboxPolicy) -> str:
    """The sandbox as the header says it, with what may be written and whether there is a network."""
    words = sandbox_mode(policy)
    if isinstance(policy, WorkspaceWrite):
        roots = ["workdir"]
        roots += [] if policy.exclude_slash_tmp else ["/tmp"]  # noqa: S108 -- a word of the header
        roots += [] if policy.exclude_tmpdir_env_var else ["$TMPDIR"]
        words += f" [{', '.join([*roots, *policy.writable_roots])}]"
        words += " (network access enabled)" if policy.network_access else ""
    return words


class Transcript:
    """The transcript of one run, as its notifications arrive; every method returns the lines to write."""

    def __init__(
        self, style: Style, *, cwd: str, version: str, reasoning_summary: str | None = None
    ) -> None:
        """Write in `style`, with paths below `cwd` shortened; `version` is this program's."""
        self._below_cwd = cwd.rstrip("/") + "/"
        self._style = style
        self._version = version
        self._reasoning_summary = reasoning_summary or "none"
        self._outputs: dict[str, LiveOutput] = {}
        self._usage = TokenUsage()
        self._cost_usd = 0.0
        self._last_error = ""
        self._mappings: dict[type, Callable[[Any], list[str]]] = {
            events.ItemStartedNotification: self._started,
            events.CommandOutputDeltaNotification: self._output,
            events.ItemCompletedNotification: self._completed,
            events.TurnPlanUpdatedNotification: self._plan,
            events.TokenUsageUpdatedNotification: self._counted,
            UsageUpdatedNotification: self._paid,
            HookCompletedNotification: self._hook,
            events.WarningNotification: self._warned,
            reviews.AutoApprovalReviewCompletedNotification: self._reviewed,
            events.ErrorNotification: self._error,
            events.TurnCompletedNotification: self._settled,
        }
        self._item_mappings: dict[type, Callable[[Any], list[str]]] = {
            items.AgentMessageItem: self._agent_message,
            items.PlanItem: self._proposed_plan,
            items.ReasoningItem: self._reasoning,
            items.CommandExecutionItem: self._command_ended,
            items.FileChangeItem: self._file_change,
            items.ContextCompactionItem: self._compaction,
            items.EnteredReviewModeItem: self._review,
            items.ImageViewItem: self._image_view,
            items.WebSearchItem: self._web_search,
            items.McpToolCallItem: self._mcp_tool_call,
        }

    def header(self, thread: ThreadStartResponse) -> list[str]:
        """What runs with which settings."""
        approval = thread.approval_policy
        facts = [
            ("workdir", thread.cwd),
            ("model", thread.model),
            ("provider", thread.model_provider),
            ("approval", "granular" if isinstance(approval, Granular) else approval),
            ("sandbox", sandbox_words(thread.sandbox)),
            ("reasoning effort", thread.reasoning_effort or "none"),
            ("reasoning summaries", self._reasoning_summary),
            ("session id", thread.thread.id),
        ]
        if thread.collaboration_mode and thread.collaboration_mode.mode == "plan":
            facts.append(("mode", "plan: nothing is changed"))
        heading = self._style.heading
        return [
            f"journeyman v{self._version}",
            _RULE,
            *(f"{heading(name + ':')} {visible_line(value)}" for name, value in facts),
            _RULE,
        ]

    def user(self, text: str) -> list[str]:
        """What the user said."""
        return [self._style.heading("user"), *visible(text).split("\n")]

    def map(self, notification: msgspec.Struct) -> list[str]:
        """The lines that tell what `notification` says; none for what the transcript does not show."""
        show = self._mappings.get(type(notification))
        return [] if show is None else show(notification)

    def silent(self, seconds: int) -> list[str]:
        """A sign of life after `seconds` without news."""
        return [self._style.quiet(f"... still running {seconds} s")]

    def _visible(self, lines: list[str]) -> list[str]:
        return [self._style.quiet(visible(line)) for line in lines]

    def _started(self, notification: events.ItemStartedNotification) -> list[str]:
        item = notification.item
        if not isinstance(item, items.CommandExecutionItem):
            return []
        self._outputs[item.id] = LiveOutput()
        return [
            self._style.heading("exec"),
            *visible(item.command).split("\n"),
            self._style.quiet(f"in {visible_line(item.cwd)}"),
        ]

    def _output(self, notification: events.CommandOutputDeltaNotification) -> list[str]:
        output = self._outputs.setdefault(notification.item_id, LiveOutput())
        return self._visible(output.feed(notification.delta))

    def _completed(self, notification: events.ItemCompletedNotification) -> list[str]:
        show = self._item_mappings.get(type(notification.item))
        return [] if show is None else show(notification.item)

    def _proposed_plan(self, item: items.PlanItem) -> list[str]:
        return [self._style.heading("plan"), *visible(item.text).rstrip("\n").split("\n")]

    def _agent_message(self, item: items.AgentMessageItem) -> list[str]:
        if not item.text:
            return []
        return [self._style.heading("journeyman"), *visible(item.text).split("\n")]

    def _reasoning(self, item: items.ReasoningItem) -> list[str]:
        text = visible("\n".join(item.summary or item.content))
        return [self._style.quiet(line) for line in text.split("\n") if line]

    def _compaction(self, item: items.ContextCompactionItem) -> list[str]:
        del item
        return [
            self._style.notable("context compacted: a summary takes the place of what was said")
        ]

    def _review(self, item: items.EnteredReviewModeItem) -> list[str]:
        return [f"{self._style.heading('review of')} {visible_line(item.review)}"]

    def _image_view(self, item: items.ImageViewItem) -> list[str]:
        return [f"{self._style.heading('viewed image')} {self._path(item.path)}"]

    def _web_search(self, item: items.WebSearchItem) -> list[str]:
        return [f"{self._style.heading('searched the web for')} {visible_line(item.query)}"]

    def _counted(self, notification: events.TokenUsageUpdatedNotification) -> list[str]:
        self._usage = notification.token_usage.total
        return []

    def _warned(self, notification: events.WarningNotification) -> list[str]:
        return [self._style.notable("warning:") + f" {visible(notification.message)}"]

    def _hook(self, notification: HookCompletedNotification) -> list[str]:
        run = notification.run
        if run.status not in {"blocked", "stopped"}:
            return []
        said = [
            visible_line(entry.text) for entry in run.entries if entry.kind in {"feedback", "stop"}
        ]
        name = run.event_name[0].upper() + run.event_name[1:]
        return [self._style.notable(f"{name} hook {run.status}:") + " " + " ".join(said)]

    def _reviewed(self, notification: reviews.AutoApprovalReviewCompletedNotification) -> list[str]:
        review = notification.review
        paint = self._style.good if review.status == "approved" else self._style.bad
        why = f": {visible_line(review.rationale)}" if review.rationale else ""
        return [f"{self._style.heading('automatic review')} {paint(review.status)}{why}"]

    def _command_ended(self, item: items.CommandExecutionItem) -> list[str]:
        output = self._outputs.pop(item.id, None) or LiveOutput()
        before = [] if output.seen else output.feed(item.aggregated_output or "")
        lines = self._visible([*before, *output.end()])
        took = "" if item.duration_ms is None else f" in {_duration(item.duration_ms)}"
        if item.status == "declined":
            return [*lines, self._style.bad("declined, it did not run")]
        if item.exit_code is None:
            return [*lines, self._style.bad(f"stopped{took}")]
        paint = self._style.bad if item.exit_code else self._style.good
        return [*lines, paint(f"exited {item.exit_code}{took}")]

    def _file_change(self, item: items.FileChangeItem) -> list[str]:
        paint = self._style.good if item.status == "completed" else self._style.bad
        lines = [f"{self._style.heading('apply patch')} {paint(item.status)}"]
        shown = [diff_lines(change, self._style, self._path) for change in item.changes]
        diff = [line for lines in shown for line in lines]
        lines += diff[:_MAX_DIFF_LINES]
        if len(diff) > _MAX_DIFF_LINES:
            lines.append(self._style.quiet(f"[... {len(diff) - _MAX_DIFF_LINES} lines not shown]"))
        return lines

    def _path(self, path: str) -> str:
        return visible_line(path.removeprefix(self._below_cwd))

    def _mcp_tool_call(self, item: items.McpToolCallItem) -> list[str]:
        paint = self._style.good if item.status == "completed" else self._style.bad
        name = visible_line(f"{item.server}.{item.tool}")
        lines = [f"{self._style.heading('tool')} {name} {paint(item.status)}"]
        return lines if item.error is None else [*lines, visible(item.error.message)]

    def _plan(self, plan: events.TurnPlanUpdatedNotification) -> list[str]:
        why = [visible(plan.explanation)] if plan.explanation else []
        steps = [f"  {_MARK[step.status]} {visible_line(step.step)}" for step in plan.plan]
        return [self._style.heading("plan"), *why, *steps]

    def _error(self, notification: events.ErrorNotification) -> list[str]:
        text = visible(notification.error.text)
        if notification.will_retry:
            return [self._style.notable(text)]
        self._last_error = text
        return [self._style.bad(f"error: {text}")]

    def _settled(self, notification: events.TurnCompletedNotification) -> list[str]:
        turn = notification.turn
        lines: list[str] = []
        if turn.status == "failed" and turn.error is not None:
            text = visible(turn.error.text)
            lines = [] if text == self._last_error else [self._style.bad(f"error: {text}")]
        elif turn.status == "interrupted":
            lines = [self._style.bad("interrupted")]
        usage = self._usage
        spent = usage.input_tokens - usage.cached_input_tokens + usage.output_tokens
        # Where no price is known, nothing is said: it would read as nothing paid.
        if self._cost_usd:
            lines += [self._style.heading("cost"), dollars(self._cost_usd)]
        return [*lines, self._style.heading("tokens used"), f"{spent:,}"]

    def _paid(self, notification: UsageUpdatedNotification) -> list[str]:
        self._cost_usd = notification.turn.cost_usd or 0.0
        return []


def dollars(amount: float) -> str:
    """An amount of US dollars: to the cent, below a dollar to the hundredth of a cent."""
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def _duration(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
