"""What a thread tells one connection: notifications in order, and questions that wait for the client.

While it is held, notifications are kept back, so that the answer to thread/start or turn/start is out before
the first of them. Questions are held with them: order on the wire is the order of the calls.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import msgspec

from journeyman.protocol import jsonrpc
from journeyman.protocol.events import Notification, ServerRequestResolvedNotification
from journeyman.protocol.jsonrpc import Envelope, RpcError
from journeyman.protocol.readers import decode_params
from journeyman.protocol.server_requests import SERVER_REQUESTS
from journeyman.server.outbox import Outbox
from journeyman.server.peer import Peer

_QUESTION_BY_PARAMS = {method.params: method for method in SERVER_REQUESTS}


class Subscription:
    """One connection's subscription to one thread; the core calls `emit` and `ask`."""

    def __init__(self, peer: Peer, outbox: Outbox) -> None:
        """Send through `outbox` what `peer` wants to hear."""
        self._peer = peer
        self._outbox = outbox
        self._held: list[Envelope] | None = None

    def emit(self, notification: Notification) -> None:
        """Tell the client; never blocks, and is silent once the client is gone."""
        if envelope := self._peer.envelope(notification):
            self._send(envelope)

    async def ask(self, question: msgspec.Struct) -> msgspec.Struct:
        """Ask the client and wait for its answer; cancelling withdraws the question.

        serverRequest/resolved follows the answer or the withdrawal.

        Raises:
            RpcError: the client refused, is gone, or its answer does not fit: nothing was allowed.
        """
        method = _QUESTION_BY_PARAMS[type(question)]
        self._peer.admit(method)
        thread_id: str = getattr(question, "thread_id", "")
        request_id, answer = self._outbox.expect_answer()
        try:
            self._send(jsonrpc.request(request_id, method.name, question))
            envelope = await answer
        finally:
            self._outbox.forget(request_id)
            self.emit(ServerRequestResolvedNotification(thread_id=thread_id, request_id=request_id))
        if envelope.error is not None:
            raise RpcError(envelope.error.message, code=envelope.error.code)
        return decode_params(method.name, method.response, envelope.result)

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Keep everything back until the block is left; requests on one thread run one by one."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held or [], None
            for envelope in held:
                self._outbox.put(envelope)

    def _send(self, envelope: Envelope) -> None:
        if self._held is None:
            self._outbox.put(envelope)
        else:
            self._held.append(envelope)
