"""Hooks: programs of the user's that are told of an event and may stop or change what follows.

Owns which of them run, what they are told and what clients hear of it. A hook that fails, hangs or answers
nonsense is told as a warning and changes nothing: it never breaks a turn.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from journeyman.core.hook_answers import HookAnswer, merge, read_answer
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.core.turn_notice import Notify, TurnNotice
from journeyman.protocol.hooks import (
    HookCompletedNotification,
    HookEventName,
    HookRunSummary,
    HookSource,
    HookStartedNotification,
)
from journeyman.sandbox.api import OnEnd, ProgramEnd, UserPrograms

_THREAD_EVENTS = frozenset(("sessionStart", "sessionEnd"))
_NO_PROGRAMS = "there is nothing here to run programs with"
# Published hooks for what changes files name the tools of the program they were written for.
_ALSO_CALLED = {"apply_patch": ("Edit", "Write")}
# A matcher of names alone means exactly these; anything else is a pattern.
_NAMES_ALONE = re.compile(r"[\w|]+")


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One hook: `matcher` says for which tool or occasion, None for all; `order` is its place among all."""

    event: HookEventName
    command: str
    matcher: str | None = None
    timeout_seconds: float = 600
    source: HookSource = "user"
    source_path: str = ""
    order: int = 0
    status_message: str | None = None


class NoPrograms:
    """Runs nothing, for threads without hooks."""

    async def run(
        self,
        line: str,
        *,
        stdin: bytes,
        cwd: str,
        env: Mapping[str, str],
        timeout_seconds: float,
    ) -> ProgramEnd:
        """See `UserPrograms.run`."""
        del line, stdin, cwd, env, timeout_seconds
        return ProgramEnd(problem=_NO_PROGRAMS)

    def start(
        self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], on_end: OnEnd
    ) -> None:
        """See `UserPrograms.start`."""
        del argv, cwd, env
        on_end(_NO_PROGRAMS)


class ThreadHooks(msgspec.Struct, frozen=True, kw_only=True):
    """The hooks of one thread, what runs them, and its rollout's path for them to read; what `notify` runs."""

    hooks: Sequence[Hook] = ()
    notify: Notify = Notify()
    programs: UserPrograms = NoPrograms()
    transcript_path: str | None = None


class HookEvents:
    """Tells a thread's hooks of events.

    Attributes:
        notice: tells the program of `notify`.
    """

    def __init__(
        self, parts: ThreadHooks, journal: Journal, settings: Callable[[], ThreadSettings]
    ) -> None:
        """Tell what the thread is from `settings`, as they are at the time."""
        self._parts = parts
        self._journal = journal
        self._settings = settings
        self.notice = TurnNotice(parts.notify, parts.programs, journal, settings)

    async def fire(
        self,
        event: HookEventName,
        told: Mapping[str, Any],
        *,
        subject: str = "",
        call_id: str = "",
        at_most_seconds: float | None = None,
    ) -> HookAnswer:
        """Run every hook of this event, all at once, and return what they want together.

        Args:
            event: what happens.
            told: what it is told beyond what every hook is.
            subject: what matchers are compared with.
            call_id: the tool call that it is about.
            at_most_seconds: a limit for events that nobody can wait for.
        """
        hooks = [
            hook
            for hook in self._parts.hooks
            if hook.event == event and _is_for(hook.matcher, subject)
        ]
        if not hooks:
            return HookAnswer()
        stdin = msgspec.json.encode({**self._told_to_all(event), **told}) + b"\n"
        return merge(
            await asyncio.gather(
                *(
                    self._run(hook, stdin, f":{call_id}" if call_id else "", at_most_seconds)
                    for hook in hooks
                )
            )
        )

    def _told_to_all(self, event: HookEventName) -> dict[str, Any]:
        settings = self._settings()
        told: dict[str, Any] = {
            "session_id": self._journal.thread_id,
            "transcript_path": self._parts.transcript_path,
            "cwd": settings.cwd,
            "hook_event_name": event[0].upper() + event[1:],
            "model": settings.model.model,
            "permission_mode": _permission_mode(settings),
        }
        if event not in _THREAD_EVENTS:
            told["turn_id"] = self._journal.turn_id
        return told

    async def _run(
        self, hook: Hook, stdin: bytes, suffix: str, at_most_seconds: float | None
    ) -> HookAnswer:
        journal, settings = self._journal, self._settings()
        began = journal.clock.now()
        kebab = re.sub("[A-Z]", lambda letter: "-" + letter[0].lower(), hook.event)
        run = HookRunSummary(
            id=f"{kebab}:{hook.order}:{hook.source_path}{suffix}",
            event_name=hook.event,
            source_path=hook.source_path,
            source=hook.source,
            display_order=hook.order,
            status="running",
            started_at=int(began),
            scope="thread" if hook.event in _THREAD_EVENTS else "turn",
            status_message=hook.status_message,
        )
        turn_id = journal.turn_id or None
        journal.notify(
            HookStartedNotification(thread_id=journal.thread_id, turn_id=turn_id, run=run)
        )
        answer = HookAnswer(status="stopped")
        try:
            end = await self._parts.programs.run(
                hook.command,
                stdin=stdin,
                cwd=settings.cwd,
                env=settings.command_env,
                timeout_seconds=min(hook.timeout_seconds, at_most_seconds or hook.timeout_seconds),
            )
            answer = read_answer(hook.event, end)
        finally:
            now = journal.clock.now()
            settled = msgspec.structs.replace(
                run,
                status=answer.status,
                completed_at=int(now),
                duration_ms=int((now - began) * 1000),
                entries=list(answer.entries),
            )
            journal.notify(
                HookCompletedNotification(thread_id=journal.thread_id, turn_id=turn_id, run=settled)
            )
        self._warn(hook, answer)
        return answer

    def _warn(self, hook: Hook, answer: HookAnswer) -> None:
        for entry in answer.entries:
            if entry.kind == "error":
                name = hook.event[0].upper() + hook.event[1:]
                self._journal.warn(
                    f"The {name} hook `{hook.command}` failed and changed nothing: {entry.text}"
                )
            elif entry.kind == "warning":
                self._journal.warn(entry.text)


def _is_for(matcher: str | None, subject: str) -> bool:
    return any(matches(matcher, name) for name in (subject, *_ALSO_CALLED.get(subject, ())))


def matches(matcher: str | None, subject: str) -> bool:
    """Whether a hook with this matcher is for `subject`: names apart by `|`, or a pattern; none or `*` is all."""
    if matcher in {None, "", "*"}:
        return True
    matcher = str(matcher)
    if _NAMES_ALONE.fullmatch(matcher):
        return subject in matcher.split("|")
    try:
        return re.search(matcher, subject) is not None
    except re.error:
        return False


def _permission_mode(settings: ThreadSettings) -> str:
    if settings.mode == "plan":
        return "plan"
    return "bypassPermissions" if settings.approval_policy == "never" else "default"
