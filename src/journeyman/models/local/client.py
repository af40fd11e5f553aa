"""Asks the local model: starts its server where it is not up, then asks it like any other over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from journeyman.models.api import ModelClient, ModelError, Prompt, Remark, StreamEvent
from journeyman.models.local.server import Address, LocalServer

_MODEL = "smollm2"
_EXPERIMENTAL = (
    "local/smollm2 is experimental: a tiny model that calls no tools and is often wrong. It shows that "
    "everything works without a network, not what an agent can do."
)


class LocalClient:
    """See `ModelClient`."""

    def __init__(self, server: LocalServer, make: Callable[[Address], ModelClient]) -> None:
        """Ask through the client that `make` gives for the server's address."""
        self._server = server
        self._make = make
        self._is_told = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`; the first one of a thread says what to expect."""
        if prompt.settings.model != _MODEL:
            message = f"there is no local model {prompt.settings.model!r}: the one there is is local/{_MODEL}"
            raise ModelError("model_not_found", message)
        if not self._is_told:
            self._is_told = True
            yield Remark(_EXPERIMENTAL)
        async with (
            self._server.running() as address,
            aclosing(self._make(address).stream(prompt)) as events,
        ):
            async for event in events:
                yield event

    async def close(self) -> None:
        """Nothing of its own to give up: the server belongs to whoever made it."""
