"""One thread as the face talks with it: opening, turns, changes of settings for the turns to come.

Everything goes through the client. Invariant: `settled` is set exactly while no turn runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import msgspec

from journeyman.client.client import Client
from journeyman.clock import Clock
from journeyman.plain.turn_view import TurnView
from journeyman.protocol import events, items, threads
from journeyman.protocol.collaboration import CollaborationMode, ModeSettings
from journeyman.protocol.connection import Empty
from journeyman.protocol.items import TextInput, UserInput, UserMessageItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.permissions import SandboxPolicy, sandbox_mode
from journeyman.protocol.thread_settings import ThreadShellCommandParams
from journeyman.protocol.turns import (
    Turn,
    TurnInterruptParams,
    TurnStartParams,
    TurnSteerParams,
)
from journeyman.transcript.silence import Silence
from journeyman.transcript.style import Style
from journeyman.transcript.transcript import Transcript

Opening = threads.ThreadStartParams | threads.ThreadResumeParams | threads.ThreadForkParams


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How threads are shown: the colours, this program's version, where text goes, what time it is."""

    style: Style
    version: str
    write: Callable[[str], None]
    clock: Clock


class Talk:
    """The thread that is open; `open` comes first.

    Attributes:
        thread: the thread and its settings, as they were when it was opened.
        view: shows it.
        changes: settings that the next turn brings, by the name of their member in turn/start.
        settled: set while no turn runs.
        waits_for_user: a question is open, so that silence means nothing.
        unread: what was said to the running turn and the model has not got yet.
    """

    thread: threads.ThreadStartResponse
    view: TurnView

    def __init__(self, client: Client, look: Look) -> None:
        """Talk through `client`, which is started."""
        self.client = client
        self.look = look
        self.changes: dict[str, Any] = {}
        self.settled = asyncio.Event()
        self.settled.set()
        self.waits_for_user = False
        self.unread: list[str] = []
        self._turn_id = ""
        self._silence = Silence(look.clock.monotonic())

    async def open(self, opening: Opening) -> None:
        """Open a thread in place of the present one, and show its settings and its last turn.

        Raises:
            RpcError: it cannot be opened; the present one stays.
        """
        match opening:
            case threads.ThreadStartParams():
                opened = await self.client.thread_start(opening)
            case threads.ThreadResumeParams():
                opened = await self.client.thread_resume(opening)
            case threads.ThreadForkParams():
                opened = await self.client.thread_fork(opening)
        look = self.look
        transcript = Transcript(look.style, cwd=opened.cwd, version=look.version)
        self.thread = msgspec.structs.replace(
            opened, thread=msgspec.structs.replace(opened.thread, turns=[])
        )
        self.view = TurnView(transcript, look.style, look.write)
        self.changes = {}
        self.unread = []
        self.view.lines(transcript.header(opened))
        self._show_past(transcript, opened.thread.turns)

    async def open_alike(
        self, opening: threads.ThreadStartParams | threads.ThreadForkParams
    ) -> None:
        """As `open`, for a thread that runs with the settings of the present one and the changes made since.

        A model that `opening` names is not changed again.
        """
        before, changes = self.thread, self.changes
        await self.open(
            msgspec.structs.replace(
                opening,
                cwd=before.cwd,
                sandbox=sandbox_mode(before.sandbox),
                approval_policy=before.approval_policy,
            )
        )
        self.changes = {**_lost(before, self.thread), **changes}
        if self.thread.model != before.model:
            self.changes.pop("model", None)

    async def start_turn(self, user_input: list[UserInput]) -> None:
        """Start a turn with the changed settings; raises `RpcError` when it cannot be started."""
        changes = self._changes_to_send()
        params = TurnStartParams(thread_id=self.thread.thread.id, input=user_input, **changes)
        # Before it is asked for: its end can be heard before the answer is.
        self.settled.clear()
        try:
            started = await self.client.turn_start(params)
        except RpcError:
            self.settled.set()
            raise
        self._apply(changes)
        self.changes = {}
        self._turn_id = started.turn.id
        self._silence.news(self.look.clock.monotonic())

    async def run_command(self, command: str) -> None:
        """Run a command of the user's own, without the sandbox; the model sees what came of it."""
        thread_id = self.thread.thread.id
        params = ThreadShellCommandParams(thread_id=thread_id, command=command)
        await self.begin("thread/shellCommand", params)

    async def begin(
        self, method: str, params: msgspec.Struct, response: type[msgspec.Struct] = Empty
    ) -> None:
        """Ask for something that runs as a turn; raises `RpcError` when it cannot begin."""
        self.settled.clear()
        try:
            await self.client.request(method, params, response)
        except RpcError:
            self.settled.set()
            raise

    async def steer(self, text: str) -> bool:
        """Say something to the running turn; False when it was over already."""
        params = TurnSteerParams(
            thread_id=self.thread.thread.id,
            expected_turn_id=self._turn_id,
            input=[TextInput(text=text)],
        )
        try:
            await self.client.turn_steer(params)
        except RpcError:
            if not self.settled.is_set():
                raise
            return False
        self.unread.append(text)
        return True

    async def interrupt(self) -> None:
        """Stop the running turn; one that is over in the meantime is what was wanted."""
        params = TurnInterruptParams(thread_id=self.thread.thread.id, turn_id=self._turn_id)
        with contextlib.suppress(RpcError):
            await self.client.turn_interrupt(params)

    def hear(self, notification: msgspec.Struct) -> None:
        """Show a notification of this thread; those of other threads are left out."""
        of = getattr(notification, "thread_id", None)
        if of not in {None, self.thread.thread.id}:
            return
        self._silence.news(self.look.clock.monotonic())
        if isinstance(notification, events.TurnStartedNotification):
            self._turn_id = notification.turn.id
            self.settled.clear()
        if isinstance(notification, events.ItemStartedNotification):
            self._note_read(notification.item)
        self.view.show(notification)
        if isinstance(notification, events.TurnCompletedNotification):
            self.settled.set()

    def show_silence(self) -> None:
        """Give a sign of life when a running turn has said nothing for long."""
        if self.waits_for_user or self.settled.is_set():
            self._silence.news(self.look.clock.monotonic())
            return
        seconds = self._silence.due(self.look.clock.monotonic())
        if seconds is not None:
            self.view.silent(seconds)

    def _note_read(self, item: items.ThreadItem) -> None:
        if isinstance(item, UserMessageItem):
            text = _text_of(item)
            with contextlib.suppress(ValueError):
                self.unread.remove(text)

    def _apply(self, changes: dict[str, Any]) -> None:
        """Keep in `thread` what the turn was started with."""
        sandbox: SandboxPolicy = changes.get("sandbox_policy", self.thread.sandbox)
        self.thread = msgspec.structs.replace(
            self.thread,
            model=changes.get("model", self.thread.model),
            reasoning_effort=changes.get("effort", self.thread.reasoning_effort),
            approval_policy=changes.get("approval_policy", self.thread.approval_policy),
            sandbox=sandbox,
            collaboration_mode=changes.get("collaboration_mode", self.thread.collaboration_mode),
        )

    def _changes_to_send(self) -> dict[str, Any]:
        """The changes; a mode names what it runs with, which counts more than the rest."""
        if (mode := self.changes.get("collaboration_mode")) is None:
            return self.changes
        # To plan, the server knows the effort that is configured for it.
        effort = None if mode == "plan" else self.thread.reasoning_effort
        runs_with = ModeSettings(
            model=self.changes.get("model", self.thread.model),
            reasoning_effort=self.changes.get("effort", effort),
        )
        return {
            **self.changes,
            "collaboration_mode": CollaborationMode(settings=runs_with, mode=mode),
        }

    def _show_past(self, transcript: Transcript, turns: list[Turn]) -> None:
        if not turns:
            return
        if len(turns) > 1:
            self.view.lines([self.look.style.quiet(f"[{len(turns) - 1} earlier turns not shown]")])
        for item in turns[-1].items:
            if isinstance(item, UserMessageItem):
                self.view.lines(transcript.user(_text_of(item)))
                continue
            past = events.ItemCompletedNotification(
                thread_id="", turn_id="", item=item, completed_at_ms=0
            )
            self.view.lines(transcript.map(past))


def _text_of(message: UserMessageItem) -> str:
    return "\n".join(part.text for part in message.content if isinstance(part, TextInput))


def _lost(before: threads.ThreadStartResponse, now: threads.ThreadStartResponse) -> dict[str, Any]:
    """Settings that a thread opened like another one did not get from it, as the next turn's changes."""
    lost: dict[str, Any] = {}
    if now.sandbox != before.sandbox:
        # The name of a mode says nothing of folders and of the network.
        lost["sandbox_policy"] = before.sandbox
    if before.reasoning_effort and now.reasoning_effort != before.reasoning_effort:
        lost["effort"] = before.reasoning_effort
    if before.collaboration_mode and now.collaboration_mode != before.collaboration_mode:
        lost["collaboration_mode"] = before.collaboration_mode.mode
    return lost
