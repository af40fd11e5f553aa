"""Runs turns through the client, side by side, one call of an MCP client each.

Knows no MCP. Invariant: a question of the server goes to the call whose thread asks; without one it is declined.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec

from journeyman.client.client import Client
from journeyman.protocol import approvals, events, threads
from journeyman.protocol.items import AgentMessageItem, CommandExecutionItem, TextInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.mcp import ElicitationParams, ElicitationResponse, is_about_tool
from journeyman.protocol.spending import Spending, UsageUpdatedNotification
from journeyman.protocol.turns import Turn, TurnInterruptParams, TurnStartParams
from journeyman.visible_text import visible, visible_line

# A question in words, and the decisions that may answer it; returns one of them.
Ask = Callable[[str, list[str]], Awaitable[str]]
Tell = Callable[[str], Awaitable[None]]
_DECISIONS = ["accept", "acceptForSession", "decline", "cancel"]


class Caller(msgspec.Struct, frozen=True):
    """Who waits for a turn: can be asked, and told how it goes."""

    ask: Ask
    tell: Tell


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """How a turn ended; `text` is its answer, or why there is none; `spending` what its requests cost."""

    thread_id: str
    text: str
    is_error: bool = False
    spending: Spending | None = None


class _Running:
    """A turn that a caller waits for."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.heard: asyncio.Queue[msgspec.Struct | None] = asyncio.Queue()


class Agents:
    """The turns of one server; `serve` runs meanwhile."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._running: dict[str, _Running] = {}
        self._client: Client | None = None

    @asynccontextmanager
    async def serving(self, client: Client) -> AsyncGenerator[None]:
        """Take `client`, which is started with `answer`, and follow its notifications meanwhile."""
        self._client = client
        following = asyncio.create_task(self._follow(client))
        try:
            yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def start(self, opening: threads.ThreadStartParams, prompt: str, caller: Caller) -> Reply:
        """Start a thread and run its first turn; raises `RpcError` when that cannot be."""
        opened = await self._ready().thread_start(opening)
        return await self._turn(opened.thread.id, prompt, caller)

    async def go_on(self, thread_id: str, prompt: str, caller: Caller) -> Reply:
        """Run the next turn of a thread; raises `RpcError` when that cannot be."""
        params = threads.ThreadResumeParams(thread_id=thread_id, exclude_turns=True)
        await self._ready().thread_resume(params)
        return await self._turn(thread_id, prompt, caller)

    async def answer(self, _name: str, params: msgspec.Struct) -> msgspec.Struct:
        """What the client calls for a question of the server."""
        running = self._running.get(getattr(params, "thread_id", ""))
        match params:
            case approvals.CommandApprovalParams():
                decision = await _decide(running, _command_words(params))
                return msgspec.convert({"decision": decision}, approvals.CommandApprovalResponse)
            case approvals.FileChangeApprovalParams():
                decision = await _decide(running, _change_words(params))
                return msgspec.convert({"decision": decision}, approvals.FileChangeApprovalResponse)
            case ElicitationParams() if not is_about_tool(params):
                return ElicitationResponse(action="decline")
            case ElicitationParams():
                decision = await _decide(running, visible_line(params.message))
                is_yes = decision.startswith("accept")
                return ElicitationResponse(action="accept" if is_yes else "decline")
            case _:
                raise RpcError("nobody can be asked that here")

    async def _turn(self, thread_id: str, prompt: str, caller: Caller) -> Reply:
        if thread_id in self._running:
            raise RpcError(f"thread {thread_id} is at work already: wait for its answer")
        running = self._running[thread_id] = _Running(caller)
        try:
            params = TurnStartParams(thread_id=thread_id, input=[TextInput(text=prompt)])
            started = await self._ready().turn_start(params)
            return await self._ended(thread_id, started.turn.id, running)
        finally:
            self._running.pop(thread_id, None)

    async def _ended(self, thread_id: str, turn_id: str, running: _Running) -> Reply:
        text, spending = "", None
        try:
            while (heard := await running.heard.get()) is not None:
                match heard:
                    case events.ItemCompletedNotification(item=AgentMessageItem() as item):
                        text = item.text or text
                        await running.caller.tell(visible(item.text))
                    case events.ItemStartedNotification(item=CommandExecutionItem() as item):
                        await running.caller.tell(visible_line(item.command))
                    case UsageUpdatedNotification() if heard.turn_id == turn_id:
                        spending = heard.turn
                    case events.TurnCompletedNotification(turn=turn) if turn.id == turn_id:
                        return _reply(thread_id, turn, text, spending)
                    case _:
                        pass
        except asyncio.CancelledError:
            interrupt = TurnInterruptParams(thread_id=thread_id, turn_id=turn_id)
            with contextlib.suppress(RpcError):
                await self._ready().turn_interrupt(interrupt)
            raise
        raise RpcError("the agent's server ended")

    async def _follow(self, client: Client) -> None:
        try:
            async for notification in client.notifications():
                running = self._running.get(getattr(notification, "thread_id", None) or "")
                if running is not None:
                    running.heard.put_nowait(notification)
        finally:
            for running in self._running.values():
                running.heard.put_nowait(None)

    def _ready(self) -> Client:
        if self._client is None:
            raise RpcError("the agent's server is not there yet")
        return self._client


def _reply(thread_id: str, turn: Turn, text: str, spending: Spending | None) -> Reply:
    is_error = turn.status != "completed"
    if is_error:
        text = turn.error.text if turn.error else f"the turn was {turn.status}"
    return Reply(thread_id=thread_id, text=text, is_error=is_error, spending=spending)


async def _decide(running: _Running | None, words: str) -> str:
    if running is None:
        return "decline"
    decision = await running.caller.ask(words, _DECISIONS)
    return decision if decision in _DECISIONS else "decline"


def _command_words(params: approvals.CommandApprovalParams) -> str:
    lines = ["May this command run?", visible(params.command), f"in {visible_line(params.cwd)}"]
    if params.network_approval_context is not None:
        lines[0] = f"May the command reach {visible_line(params.network_approval_context.host)}?"
    return "\n".join([*lines, *([visible(params.reason)] if params.reason else [])])


def _change_words(params: approvals.FileChangeApprovalParams) -> str:
    reason = visible(params.reason) if params.reason else "it needs your word"
    return f"May these changes of files be written? {reason}"
