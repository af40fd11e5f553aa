"""The agent for a script: a synchronous wrapper that `import journeyman` offers.

An `Agent` is one app-server, started for it or already there; it lives on a loop in a thread of its own, so that a
script needs no asyncio. Leaving it ends the server that it started, with everything that ran.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from journeyman.client.client import Client
from journeyman.client.spawn import spawn
from journeyman.protocol import events, threads, turns
from journeyman.protocol.approvals import (
    CommandApprovalParams,
    CommandApprovalResponse,
    FileChangeApprovalParams,
    FileChangeApprovalResponse,
)
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.items import AgentMessageItem, TextInput, ThreadItem
from journeyman.protocol.jsonrpc import ConnectionLostError, RpcError, Transport
from journeyman.protocol.permission_requests import (
    PermissionsApprovalParams,
    PermissionsApprovalResponse,
    PermissionsProfile,
)
from journeyman.protocol.permissions import ApprovalPolicy, SandboxMode
from journeyman.protocol.readers import UnknownNotification
from journeyman.protocol.spending import Spending, UsageUpdatedNotification
from journeyman.protocol.usage import TokenUsage

Event = events.Notification | UnknownNotification
Question = CommandApprovalParams | FileChangeApprovalParams | PermissionsApprovalParams
ResultT = TypeVar("ResultT")
_NAME, _VERSION = "journeyman_python", "1"
# A lost connection, in the queue of a thread.
_LOST = None


class TurnFailedError(Exception):
    """The turn failed; the text says why."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn brought: its final text, its settled items in order, the thread's tokens so far.

    `spending` is what the turn's requests cost; None where none was answered, or the server does not say.
    """

    text: str
    status: turns.TurnStatus
    items: list[ThreadItem]
    usage: TokenUsage
    spending: Spending | None = None


class Agent:
    """A connection to the agent; used as a context manager.

    Raises:
        RpcError: (everywhere) the agent refuses what is asked; a `ConnectionLostError` where it is gone.
    """

    def __init__(
        self,
        *,
        approve: Callable[[Question], bool] | None = None,
        url: str | None = None,
        token: str | None = None,
        config: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            approve: asked before a command or a change that needs consent, and when the model asks for
                permissions, which are then those of the turn; without it nothing is allowed.
            url: `ws://HOST:PORT` of a server that runs already; None starts one.
            token: that server's token.
            config: `KEY=VALUE` overrides for the server that is started.
            env: its whole environment; None for this process's.
        """
        self._approve = approve
        self._url, self._token = url, token
        self._argv = [sys.executable, "-m", "journeyman", "app-server"]
        for override in config:
            self._argv += ["-c", override]
        self._env = env
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: threading.Thread | None = None
        self._heard: dict[str, queue.SimpleQueue[Event | None]] = {}
        self._client: Client | None = None
        self._reading: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Start and shake hands."""
        self._loop = asyncio.new_event_loop()
        self._runner = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner.start()
        try:
            self._do(self._open())
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; a server that was started for this agent ends."""
        self._leave()

    def start(
        self,
        cwd: str | None = None,
        *,
        model: str | None = None,
        sandbox: SandboxMode | None = None,
        approval_policy: ApprovalPolicy | None = None,
        ephemeral: bool = False,
    ) -> Thread:
        """A new thread; what is not said comes from the configuration of `cwd`, this process's directory if None."""
        params = threads.ThreadStartParams(
            cwd=cwd,
            model=model,
            sandbox=sandbox,
            approval_policy=approval_policy,
            ephemeral=ephemeral,
        )
        return self._opened(self._do(self._connected().thread_start(params)))

    def resume(self, thread_id: str) -> Thread:
        """A recorded thread, to go on with."""
        params = threads.ThreadResumeParams(thread_id=thread_id, exclude_turns=True)
        return self._opened(self._do(self._connected().thread_resume(params)))

    def fork(self, thread_id: str) -> Thread:
        """A copy of a recorded thread, to go on with."""
        params = threads.ThreadForkParams(thread_id=thread_id, exclude_turns=True)
        return self._opened(self._do(self._connected().thread_fork(params)))

    def threads(self, *, search: str | None = None, limit: int = 25) -> list[threads.Thread]:
        """The recorded threads that scripts and people began, newest first."""
        params = threads.ThreadListParams(limit=limit, search_term=search)
        return self._do(self._connected().thread_list(params)).data

    def begin_turn(self, thread_id: str, prompt: str) -> str:
        """Begin a turn and return its id; its events are read with `next_event`."""
        params = turns.TurnStartParams(thread_id=thread_id, input=[TextInput(text=prompt)])
        return self._do(self._connected().turn_start(params)).turn.id

    def interrupt(self, thread_id: str, turn_id: str) -> None:
        """Stop a turn; no error where it is over."""
        params = turns.TurnInterruptParams(thread_id=thread_id, turn_id=turn_id)
        try:
            self._do(self._connected().turn_interrupt(params))
        except ConnectionLostError:
            raise
        except RpcError:
            return

    def next_event(self, thread_id: str) -> Event:
        """Wait for the next event of a thread; raises `ConnectionLostError` where none will come."""
        heard = self._queue_of(thread_id)
        event = heard.get()
        if event is None:
            heard.put(_LOST)
            raise ConnectionLostError
        return event

    def _opened(self, opened: threads.ThreadStartResponse) -> Thread:
        return Thread(self, opened.thread.id)

    def _connected(self) -> Client:
        if self._client is None:
            raise ConnectionLostError(
                "the agent is not started: use it as `with Agent() as agent:`"
            )
        return self._client

    def _do(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        if self._loop is None:
            work.close()
            raise ConnectionLostError("the agent is left already")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _leave(self) -> None:
        try:
            self._do(self._close())
        finally:
            self._stop()

    def _stop(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and self._runner is not None:
            loop.call_soon_threadsafe(loop.stop)
            self._runner.join()
            loop.close()

    async def _open(self) -> None:
        client = Client(await self._transport(), self._answer)
        self._client = client
        self._reading = asyncio.create_task(self._read(client))
        await client.start(ClientInfo(name=_NAME, version=_VERSION))

    async def _transport(self) -> Transport:
        if self._url is None:
            return await spawn(self._argv, env=self._env)
        # A script that starts its own server needs no WebSocket.
        from journeyman.client.websocket import connect  # noqa: PLC0415 -- costs 0.1 s

        return await connect(self._url, token=self._token)

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.close()
        if self._reading is not None:
            await self._reading

    async def _read(self, client: Client) -> None:
        try:
            async for event in client.notifications():
                thread_id = _thread_of(event)
                if thread_id is not None:
                    self._queue_of(thread_id).put(event)
        except ConnectionLostError:
            pass
        for heard in self._heard.values():
            heard.put(_LOST)

    def _queue_of(self, thread_id: str) -> queue.SimpleQueue[Event | None]:
        return self._heard.setdefault(thread_id, queue.SimpleQueue())

    async def _answer(self, method: str, params: msgspec.Struct) -> msgspec.Struct:
        if isinstance(params, CommandApprovalParams):
            return CommandApprovalResponse(decision=await self._decision(params))
        if isinstance(params, FileChangeApprovalParams):
            return FileChangeApprovalResponse(decision=await self._decision(params))
        if isinstance(params, PermissionsApprovalParams):
            allowed = await self._allowed(params)
            given = params.permissions if allowed else PermissionsProfile()
            return PermissionsApprovalResponse(permissions=given)
        message = f"this script answers no {method}"
        raise RpcError(message)

    async def _decision(self, question: Question) -> Any:
        return "accept" if await self._allowed(question) else "decline"

    async def _allowed(self, question: Question) -> bool:
        # The script may take its time, or ask a person: nothing else of the agent waits for it.
        approve = self._approve
        return approve is not None and await asyncio.to_thread(approve, question)


class Thread:
    """One thread of an agent."""

    def __init__(self, agent: Agent, thread_id: str) -> None:
        """Made by `Agent.start`, `resume` or `fork`."""
        self.id = thread_id
        self._agent = agent

    def run(self, prompt: str) -> Result:
        """Run a turn to its end.

        Raises:
            TurnFailedError: it failed; an interrupted one is a result like any other.
        """
        items: list[ThreadItem] = []
        usage, spending = TokenUsage(), None
        for event in self.stream(prompt):
            if isinstance(event, events.ItemCompletedNotification):
                items.append(event.item)
            elif isinstance(event, events.TokenUsageUpdatedNotification):
                usage = event.token_usage.total
            elif isinstance(event, UsageUpdatedNotification):
                spending = event.turn
            elif isinstance(event, events.TurnCompletedNotification):
                return _result(event.turn, items, usage, spending)
        raise ConnectionLostError

    def stream(self, prompt: str) -> Generator[Event]:
        """Run a turn and give its events as they come, `turn/completed` last; leaving early interrupts it."""
        turn_id = self._agent.begin_turn(self.id, prompt)
        is_over = False
        try:
            while not is_over:
                event = self._agent.next_event(self.id)
                is_over = _ends(event, turn_id)
                yield event
        finally:
            if not is_over:
                self._agent.interrupt(self.id, turn_id)
                while not _ends(self._agent.next_event(self.id), turn_id):
                    pass


def _ends(event: Event, turn_id: str) -> bool:
    return isinstance(event, events.TurnCompletedNotification) and event.turn.id == turn_id


def _thread_of(event: Event) -> str | None:
    thread_id = getattr(event, "thread_id", None)
    if isinstance(thread_id, str):
        return thread_id
    return event.thread.id if isinstance(event, events.ThreadStartedNotification) else None


def _result(
    turn: turns.Turn, items: list[ThreadItem], usage: TokenUsage, spending: Spending | None
) -> Result:
    if turn.status == "failed":
        raise TurnFailedError(turn.error.message if turn.error else "the turn failed")
    said = [item for item in items if isinstance(item, AgentMessageItem)]
    final = [item.text for item in said if item.phase == "final_answer"]
    plain = [item.text for item in said if item.phase is None]
    text = (final or plain or [""])[-1]
    return Result(text=text, status=turn.status, items=items, usage=usage, spending=spending)
