"""One MCP server: connects, lists its tools, calls them, connects again after the server was lost.

The SDK's scopes have to be left by the task that entered them, so that a connection lives in a task of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar, cast

from mcp.client._transport import TransportStreams
from mcp.client.client import Client
from mcp.client.session import ClientRequestContext
from mcp.shared.dispatcher import ProgressFnT
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    Implementation,
    Tool,
)
from pydantic import BaseModel, ValidationError

from journeyman.tools.api import Form
from journeyman.tools.mcp.servers import (
    FillIn,
    McpAnswer,
    McpServer,
    McpServerError,
    McpToolFacts,
)

ResultT = TypeVar("ResultT")

# What the SDK logs is for its makers, and can hold what must not be shown; our errors say what matters.
logging.getLogger("mcp").addHandler(logging.NullHandler())
logging.getLogger("mcp").propagate = False

# More is no tool set any more, and every one costs tokens in every request.
_MAX_TOOLS = 256
_MAX_PROGRESS = 1000
_MAX_MESSAGE_CHARS = 4000


Opening = Callable[[McpServer], AbstractAsyncContextManager[TransportStreams]]


class McpConnection:
    """The way to one server."""

    def __init__(
        self,
        server: McpServer,
        opening: Opening,
        version: str,
        *,
        complaints: Callable[[], str],
        fill_in: FillIn,
    ) -> None:
        """Connect later.

        Args:
            server: what is said of it.
            opening: makes the streams.
            version: what the server is told of us.
            complaints: what the server itself wrote last about what is wrong; empty for nothing.
            fill_in: asks the user what the server wants to know.
        """
        self.server = server
        self._opening = opening
        self._version = version
        self._complaints = complaints
        self._fill_in = fill_in
        self._waiting: set[asyncio.Timeout] = set()
        self._client: Client | None = None
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()

    async def tools(self) -> list[McpToolFacts]:
        """Connect and list the tools that the user wants, by name.

        Raises:
            McpServerError: it does not start, does not answer in time or answers nonsense.
        """
        try:
            return await self._tools()
        except McpServerError as error:
            complaints = self._complaints()
            wrote = f"; it wrote: {complaints}" if complaints else ""
            raise McpServerError(f"{error}{wrote}") from error

    async def _tools(self) -> list[McpToolFacts]:
        try:
            async with asyncio.timeout(self.server.startup_seconds):
                client = await self._connected()
                return await self._list(client)
        except TimeoutError:
            await self._drop()
            seconds = f"{self.server.startup_seconds:g}"
            raise McpServerError(
                f"it did not answer in {seconds} s; raise mcp_servers.{self.server.name}.startup_timeout_sec"
            ) from None
        except MCPError as error:
            await self._drop()
            raise McpServerError(str(error)) from error

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        on_progress: Callable[[str], None] | None = None,
    ) -> McpAnswer:
        """Call a tool; what the server was doing when it was lost is not asked for again.

        Raises:
            McpServerError: it cannot be reached, was lost, or took too long.
        """
        progress = None if on_progress is None else _progress(on_progress)
        result = await self._ask(
            lambda client: client.call_tool(tool, dict(arguments), progress_callback=progress)
        )
        return McpAnswer(
            blocks=[_json(block) for block in result.content],
            structured=result.structured_content,
            is_error=result.is_error,
        )

    async def read(self, uri: str) -> list[dict[str, Any]]:
        """Read a resource; raises as `call`."""
        result = await self._ask(lambda client: client.read_resource(uri))
        return [_json(content) for content in result.contents]

    async def _ask(self, request: Callable[[Client], Awaitable[ResultT]]) -> ResultT:
        """Make a request; the time that the user takes to fill in a form is not the server's."""
        seconds = self.server.tool_seconds
        try:
            async with asyncio.timeout(seconds) as timeout:
                self._waiting.add(timeout)
                try:
                    return await request(await self._connected())
                finally:
                    self._waiting.discard(timeout)
        except TimeoutError:
            raise McpServerError(
                f"no answer in {seconds:g} s; raise mcp_servers.{self.server.name}.tool_timeout_sec"
            ) from None
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                await self._drop()
                raise McpServerError("the server ended; the next call starts it again") from error
            raise McpServerError(str(error)) from error
        except ValidationError as error:
            raise McpServerError("it answered what the protocol does not know") from error

    async def close(self) -> None:
        """Let the server go; idempotent."""
        await self._drop()

    async def _list(self, client: Client) -> list[McpToolFacts]:
        found: list[Tool] = []
        cursor: str | None = None
        while True:
            page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None:
                break
            if len(found) > _MAX_TOOLS:
                raise McpServerError(
                    f"it offers more than {_MAX_TOOLS} tools; name some in enabled_tools"
                )
        wanted = sorted(
            (tool for tool in found if self.server.offers(tool.name)), key=lambda it: it.name
        )
        return [_facts(tool) for tool in wanted]

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None:
                ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
                self._leave = asyncio.Event()
                self._task = asyncio.create_task(self._live(ready, self._leave))
                try:
                    self._client = await ready
                except BaseException:
                    self._task.cancel()
                    raise
            return self._client

    async def _live(self, ready: asyncio.Future[Client], leave: asyncio.Event) -> None:
        """The life of one connection, from its start until `leave`."""
        info = Implementation(name="journeyman", title="Journeyman", version=self._version)
        mode = "auto" if self.server.url else "legacy"  # a probe can cost a program ten seconds
        try:
            async with Client(
                self._opening(self.server),
                client_info=info,
                mode=mode,
                cache=None,
                elicitation_callback=self._elicited,
            ) as client:
                if not ready.done():
                    ready.set_result(client)
                await leave.wait()
        except asyncio.CancelledError:
            ready.cancel()
            raise
        except Exception as error:
            if not ready.done():
                ready.set_exception(McpServerError(_reason(error)))

    async def _elicited(
        self, context: ClientRequestContext, params: ElicitRequestParams
    ) -> ElicitResult:
        """The server asks something of the user. A page to open is never opened."""
        del context
        if not isinstance(params, ElicitRequestFormParams):
            return ElicitResult(action="decline")
        form = Form(
            server=self.server.name,
            message=params.message[:_MAX_MESSAGE_CHARS],
            schema=params.requested_schema,
        )
        paused = list(self._waiting)
        for timeout in paused:
            timeout.reschedule(None)
        try:
            answer = await self._fill_in(form)
        finally:
            again = asyncio.get_running_loop().time() + self.server.tool_seconds
            for timeout in paused:
                if timeout in self._waiting and not timeout.expired():
                    timeout.reschedule(again)
        content = None if answer.content is None else dict(answer.content)
        return ElicitResult(action=answer.action, content=content)

    async def _drop(self) -> None:
        task, self._task, self._client = self._task, None, None
        self._leave.set()
        if task is not None:
            await asyncio.wait([task], timeout=5)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _progress(on_progress: Callable[[str], None]) -> ProgressFnT:
    """Passes on what a server says of its progress; a flood of it is cut."""
    left = itertools.repeat(None, _MAX_PROGRESS)

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        for _ in itertools.islice(left, 1):
            share = f"{progress:g}" if total is None else f"{progress:g}/{total:g}"
            on_progress((message or share)[:_MAX_MESSAGE_CHARS])

    return progressed


def _json(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _facts(tool: Tool) -> McpToolFacts:
    hints = tool.annotations
    return McpToolFacts(
        name=tool.name,
        description=tool.description or "",
        input_schema=tool.input_schema,
        is_read_only=hints is not None and hints.read_only_hint is True,
    )


def _reason(error: BaseException) -> str:
    """The innermost reason: the SDK wraps what happened in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseException", error.exceptions[0])
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
