"""JSON-RPC envelopes as the app-server speaks them: one JSON object a line, no `jsonrpc` member sent.

Request ids are echoed in the type they came in. Error codes follow the reference, which answers
`INVALID_REQUEST` for nearly whatever a client did wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from journeyman.protocol.unknown import encode

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
OVERLOADED = -32001

RequestId = str | int
# JSON that is not read yet.
Json = msgspec.Raw | msgspec.UnsetType


class ErrorObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused."""

    code: int
    message: str
    data: Json = msgspec.UNSET


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Any message: a request has `method` and `id`, a notification `method`, an answer `id`."""

    id: RequestId | None = None
    method: str | None = None
    params: Json = msgspec.UNSET
    result: Json = msgspec.UNSET
    error: ErrorObject | None = None


class RpcError(Exception):
    """A refused request, on either side of the wire."""

    def __init__(
        self,
        message: str,
        *,
        code: int = INVALID_REQUEST,
        data: str | Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the message a person reads, and the code and the word that a program reads."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data


class ConnectionLostError(RpcError):
    """The other end is gone, or this end was closed: nothing more comes and nothing can be sent."""

    def __init__(self, message: str = "the connection is closed") -> None:
        """Keep the reason."""
        super().__init__(message, code=INTERNAL_ERROR)


class Transport(Protocol):
    """Carries envelopes between one client and one server, in order, each way on its own."""

    async def send(self, envelope: Envelope) -> None:
        """Send one message; raises `ConnectionLostError` once either end is closed."""
        ...

    async def receive(self) -> Envelope | None:
        """The next message, or None when no more will come.

        Raises:
            RpcError: what came was not a message; the next call goes on with what follows.
        """
        ...

    async def close(self) -> None:
        """Close this end; messages already sent still arrive. Idempotent."""
        ...


_decoder = msgspec.json.Decoder(Envelope)


def decode_envelope(line: bytes) -> Envelope:
    """Read one message; raises `RpcError` (`PARSE_ERROR`) where it is not one."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RpcError(f"not a JSON-RPC message: {error}", code=PARSE_ERROR) from error


def request(request_id: RequestId, method: str, params: msgspec.Struct) -> Envelope:
    """A request to be sent."""
    return Envelope(id=request_id, method=method, params=_raw(params))


def notification(method: str, params: msgspec.Struct) -> Envelope:
    """A notification to be sent."""
    return Envelope(method=method, params=_raw(params))


def response(request_id: RequestId, result: msgspec.Struct) -> Envelope:
    """The answer to a request."""
    return Envelope(id=request_id, result=_raw(result))


def error_response(request_id: RequestId | None, error: RpcError) -> Envelope:
    """The refusal of a request."""
    data = msgspec.UNSET if error.data is None else msgspec.Raw(msgspec.json.encode(error.data))
    return Envelope(id=request_id, error=ErrorObject(error.code, error.message, data))


def _raw(value: msgspec.Struct) -> msgspec.Raw:
    return msgspec.Raw(encode(value))
