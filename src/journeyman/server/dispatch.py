"""From a request to its handler: the one routing of the server, checked against the method table.

A handler gets a `Call` and the params, and replies exactly once. Whatever goes wrong becomes an error answer;
nothing a client sends ends the connection.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec

from journeyman.protocol.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    Envelope,
    Json,
    RequestId,
    RpcError,
    error_response,
    response,
)
from journeyman.protocol.methods import CLIENT_REQUESTS
from journeyman.protocol.readers import decode_params
from journeyman.protocol.rows import Method
from journeyman.protocol.unsupported import why_unsupported
from journeyman.server.outbox import Outbox
from journeyman.server.peer import Peer
from journeyman.server.services import Services
from journeyman.server.subscription import Subscription
from journeyman.store.errors import MarkError, StoreError

ParamsT = TypeVar("ParamsT", bound=msgspec.Struct)
# Of a name that is none, this much is told back.
_MAX_NAME = 200
_METHOD_BY_NAME = {method.name: method for method in CLIENT_REQUESTS}


class Call:
    """One request being answered, with what handlers need for it."""

    def __init__(
        self,
        request_id: RequestId,
        *,
        outbox: Outbox,
        peer: Peer,
        services: Services,
        subscriptions: dict[str, Subscription],
    ) -> None:
        """Answer `peer`'s request through `outbox`; `subscriptions` are the connection's, by thread id."""
        self.peer = peer
        self.services = services
        self.manager = services.manager
        self.subscriptions = subscriptions
        self.is_answered = False
        self._request_id = request_id
        self._outbox = outbox

    def reply(self, result: msgspec.Struct) -> None:
        """Answer; whatever is sent later comes later."""
        self.is_answered = True
        self._outbox.put(response(self._request_id, result))

    def refuse(self, error: RpcError) -> None:
        """Answer with an error, unless the call is answered already."""
        if not self.is_answered:
            self.is_answered = True
            self._outbox.put(error_response(self._request_id, error))

    def subscription(self, thread_id: str | None = None) -> Subscription:
        """The connection's subscription to a thread, or a new one for a thread yet without id."""
        known = self.subscriptions.get(thread_id) if thread_id is not None else None
        return known or Subscription(self.peer, self._outbox)


Handler = Callable[[Call, Any], Awaitable[None]]


def find_method(envelope: Envelope) -> Method:
    """The table's entry for a request; raises `RpcError` when there is none."""
    method = _METHOD_BY_NAME.get(envelope.method or "")
    if method is None and (why := why_unsupported(envelope.method or "")):
        raise RpcError(f"{envelope.method} is not supported: {why}")
    if method is None:
        raise RpcError(f"unknown method `{(envelope.method or '')[:_MAX_NAME]}`")
    return method


async def answer(call: Call, method: Method, params: Json, handlers: Mapping[str, Handler]) -> None:
    """Run the handler of one request; always ends with an answer sent."""
    try:
        handler = handlers[method.name]
        given = decode_params(method.name, method.params, params)
        call.peer.admit_members(method, given)
        await handler(call, given)
    except RpcError as error:
        call.refuse(error)
    except MarkError as error:
        call.refuse(RpcError(str(error), code=INVALID_PARAMS))
    except StoreError as error:
        call.refuse(RpcError(str(error)))
    except Exception as error:
        kind = type(error).__name__
        call.refuse(
            RpcError(
                f"{method.name} failed inside the server: {kind}: {error}", code=INTERNAL_ERROR
            )
        )
