"""The client at the other end of one connection: what it said it can do, and what it is told.

A notification it opted out of, an experimental one it did not ask for, and one of our own that it does not
know are never sent.
"""

from __future__ import annotations

import msgspec

from journeyman.protocol import jsonrpc
from journeyman.protocol.connection import Capabilities, InitializeParams
from journeyman.protocol.jsonrpc import Envelope, RpcError
from journeyman.protocol.methods import NOTIFICATION_BY_NAME, NOTIFICATION_NAME
from journeyman.protocol.rows import Method
from journeyman.server.belongings import Belongings
from journeyman.server.outbox import Outbox

_OWN = "journeyman/"


class Peer:
    """One client; `params` are what it introduced itself with, None until it did."""

    def __init__(self, outbox: Outbox) -> None:
        """Send through `outbox`."""
        self.params: InitializeParams | None = None
        self.belongings = Belongings()
        self._outbox = outbox

    @property
    def capabilities(self) -> Capabilities:
        """What it said it can do."""
        return (self.params and self.params.capabilities) or Capabilities()

    def admit(self, method: Method) -> None:
        """Raise `RpcError` where the client may not call `method`."""
        if method.stability == "experimental" and not self.capabilities.experimental_api:
            message = f"{method.name} requires experimentalApi capability"
            raise RpcError(message)

    def admit_members(self, method: Method, params: msgspec.Struct) -> None:
        """Raise `RpcError` where the params hold something that the client may not ask of `method`."""
        if self.capabilities.experimental_api:
            return
        for field in msgspec.structs.fields(method.params):
            is_given = getattr(params, field.name) != field.default
            if field.name in method.experimental and is_given:
                text = f"{method.name}.{field.encode_name} requires experimentalApi capability"
                raise RpcError(text)

    def notify(self, notification: msgspec.Struct) -> None:
        """Tell the client; never blocks, and is silent once the client is gone."""
        if envelope := self.envelope(notification):
            self._outbox.put(envelope)

    def envelope(self, notification: msgspec.Struct) -> Envelope | None:
        """The notification as it is sent, or None where the client does not want it."""
        name = NOTIFICATION_NAME[type(notification)]
        if not self._wants(name):
            return None
        return jsonrpc.notification(name, notification)

    def _wants(self, name: str) -> bool:
        capabilities = self.capabilities
        if name in (capabilities.opt_out_notification_methods or ()):
            return False
        if name.startswith(_OWN):
            return capabilities.journeyman_extensions
        stable = NOTIFICATION_BY_NAME[name].stability == "stable"
        return stable or capabilities.experimental_api
