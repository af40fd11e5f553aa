"""What a hook's exit code and output mean: the published shape, exit codes first, JSON on stdout second. Pure.

Source of the shape: the hooks of Claude Code and of the reference, tried out with the latter.
"""

from __future__ import annotations

from typing import Any

import msgspec

from journeyman.protocol.hooks import HookEventName, HookOutputEntry, HookRunStatus
from journeyman.sandbox.api import ProgramEnd

_BLOCKS = 2
_CAN_BLOCK: frozenset[HookEventName] = frozenset(
    ("preToolUse", "permissionRequest", "postToolUse", "userPromptSubmit", "stop")
)
_PLAIN_TEXT_IS_CONTEXT: frozenset[HookEventName] = frozenset(("sessionStart", "userPromptSubmit"))
# What a hook adds is in every request from then on.
_MAX_TEXT = 10_000
_NO_REASON = "a hook said no, without a reason"


class HookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one hook, or all hooks of an event together, want.

    `block` is a reason; `stop` ends the work instead; `allow` is for permission requests; `updated_input` takes
    the place of a tool's input.
    """

    status: HookRunStatus = "completed"
    block: str | None = None
    stop: str | None = None
    allow: bool = False
    context: tuple[str, ...] = ()
    updated_input: dict[str, Any] | None = None
    entries: tuple[HookOutputEntry, ...] = ()


class _Decision(msgspec.Struct, frozen=True, rename="camel"):
    behavior: str | None = None
    message: str | None = None


class _Specific(msgspec.Struct, frozen=True, rename="camel"):
    additional_context: str | None = None
    permission_decision: str | None = None
    permission_decision_reason: str | None = None
    updated_input: dict[str, Any] | None = None
    decision: _Decision = _Decision()


class _Output(msgspec.Struct, frozen=True, rename="camel"):
    goes_on: bool = msgspec.field(default=True, name="continue")
    stop_reason: str | None = None
    system_message: str | None = None
    decision: str | None = None
    reason: str | None = None
    hook_specific_output: _Specific = _Specific()


def read_answer(event: HookEventName, end: ProgramEnd) -> HookAnswer:
    """The answer of a hook that ended like this; one that failed wants nothing."""
    if end.problem is not None:
        return _failed(end.problem)
    said = _cut(end.stderr.strip())
    if end.exit_code == _BLOCKS and event in _CAN_BLOCK:
        return _blocked(said or _NO_REASON)
    if end.exit_code != 0:
        return _failed(said or f"it exited with code {end.exit_code}")
    text = end.stdout.strip()
    if text.startswith("{"):
        return _read_json(event, text)
    if not text or event not in _PLAIN_TEXT_IS_CONTEXT:
        return HookAnswer()
    return HookAnswer(context=(_cut(text),), entries=(_entry("context", text),))


def merge(answers: list[HookAnswer]) -> HookAnswer:
    """What several hooks want together: a block of any counts before whatever others allow."""
    blocks = [answer.block for answer in answers if answer.block is not None]
    stops = [answer.stop for answer in answers if answer.stop is not None]
    updates = [answer.updated_input for answer in answers if answer.updated_input is not None]
    return HookAnswer(
        block="\n".join(blocks) if blocks else None,
        stop="\n".join(stops) if stops else None,
        allow=any(answer.allow for answer in answers) and not blocks,
        context=tuple(text for answer in answers for text in answer.context),
        updated_input=updates[-1] if updates else None,
    )


def _read_json(event: HookEventName, text: str) -> HookAnswer:
    try:
        output = msgspec.json.decode(text, type=_Output)
    except msgspec.DecodeError as error:
        return _failed(f"its output is no JSON answer: {error}")
    specific = output.hook_specific_output
    entries: list[HookOutputEntry] = []
    if output.system_message:
        entries.append(_entry("warning", output.system_message))
    context = specific.additional_context
    if context:
        entries.append(_entry("context", context))
    said = HookAnswer(context=(_cut(context),) if context else (), entries=tuple(entries))
    if (reason := _reason_to_block(event, output)) is not None:
        blocked = _blocked(_cut(reason))
        return msgspec.structs.replace(
            blocked, context=said.context, entries=(*said.entries, *blocked.entries)
        )
    if not output.goes_on:
        stop = _cut(output.stop_reason or "a hook ended the work")
        return msgspec.structs.replace(
            said, status="stopped", stop=stop, entries=(*said.entries, _entry("stop", stop))
        )
    allow = event == "permissionRequest" and specific.decision.behavior == "allow"
    return msgspec.structs.replace(said, allow=allow, updated_input=specific.updated_input)


def _reason_to_block(event: HookEventName, output: _Output) -> str | None:
    specific = output.hook_specific_output
    if event not in _CAN_BLOCK:
        return None
    if output.decision == "block":
        return output.reason or _NO_REASON
    if event == "preToolUse" and specific.permission_decision == "deny":
        return specific.permission_decision_reason or _NO_REASON
    if event == "permissionRequest" and specific.decision.behavior == "deny":
        return specific.decision.message or _NO_REASON
    return None


def _blocked(reason: str) -> HookAnswer:
    return HookAnswer(status="blocked", block=reason, entries=(_entry("feedback", reason),))


def _failed(why: str) -> HookAnswer:
    return HookAnswer(status="failed", entries=(_entry("error", why),))


def _entry(kind: Any, text: str) -> HookOutputEntry:
    return HookOutputEntry(kind=kind, text=_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "\n... (cut)"
