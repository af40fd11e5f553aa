"""A client that speaks plain JSON: what it sends may be wrong, what it gets is as it came on the wire.

For tests of single methods; `AppServerHarness` is for turns.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import msgspec

from journeyman.client.memory import memory_pair
from journeyman.protocol.jsonrpc import Envelope, Json, RequestId, RpcError
from journeyman.server.connection import Connection
from journeyman.server.services import Services


class RawClient:
    """Used as `async with`: connected over the memory transport, and introduced.

    Attributes:
        seen: the notifications so far, as (method, params).
    """

    def __init__(self, services: Services, *, experimental: bool = True) -> None:
        """Talk to a server with these services."""
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._near, far = memory_pair()
        self._connection = Connection(far, services)
        self._experimental = experimental
        self._answers: dict[RequestId, asyncio.Future[Envelope]] = {}
        self._arrived = asyncio.Condition()

    async def __aenter__(self) -> Self:
        """Connect."""
        self._serving = asyncio.create_task(self._connection.serve())
        self._reading = asyncio.create_task(self._read())
        capabilities = {"experimentalApi": self._experimental}
        client = {"name": "raw", "version": "1"}
        await self.call("initialize", {"clientInfo": client, "capabilities": capabilities})
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; raises what the connection raised."""
        await self._near.close()
        await self._serving
        await self._reading

    async def call(self, method: str, params: Any = None) -> Any:
        """The result; raises `RpcError` where the server refused."""
        return await self.begin(method, params)

    def begin(self, method: str, params: Any = None) -> asyncio.Task[Any]:
        """As `call`, not waited for."""
        return asyncio.create_task(self._ask(method, params))

    async def wait_for(self, method: str, *, count: int = 1) -> dict[str, Any]:
        """The params of the `count`th notification of this name, once it is there."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.params_of(method)) >= count)
        return self.params_of(method)[count - 1]

    def params_of(self, method: str) -> list[dict[str, Any]]:
        """The params of all notifications of this name so far."""
        return [params for name, params in self.seen if name == method]

    async def _ask(self, method: str, params: Any) -> Any:
        request_id = f"r{len(self._answers)}"
        answer: asyncio.Future[Envelope] = asyncio.get_running_loop().create_future()
        self._answers[request_id] = answer
        raw = msgspec.UNSET if params is None else msgspec.Raw(msgspec.json.encode(params))
        await self._near.send(Envelope(id=request_id, method=method, params=raw))
        envelope = await answer
        if envelope.error is not None:
            error = envelope.error
            raise RpcError(error.message, code=error.code, data=_value(error.data))
        return _value(envelope.result)

    async def _read(self) -> None:
        while (envelope := await self._near.receive()) is not None:
            if envelope.method is None and envelope.id is not None:
                self._answers[envelope.id].set_result(envelope)
            elif envelope.method is not None and isinstance(envelope.params, msgspec.Raw):
                async with self._arrived:
                    self.seen.append((envelope.method, msgspec.json.decode(envelope.params)))
                    self._arrived.notify_all()


def _value(raw: Json) -> Any:
    return msgspec.json.decode(raw) if isinstance(raw, msgspec.Raw) else None
