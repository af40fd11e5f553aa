"""A model client whose key may change: who signs in or out meanwhile is believed with the next request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from journeyman.auth.errors import AuthError
from journeyman.cli.keys import KeySource
from journeyman.models.api import ModelClient, ModelError, Prompt, StreamEvent


class KeyedClient:
    """See `ModelClient`; asks through a client made with the key of the moment."""

    def __init__(self, make: Callable[[str | None], ModelClient], keys: KeySource) -> None:
        """Nothing is read yet."""
        self._make = make
        self._keys = keys
        self._made: tuple[str | None, ModelClient] | None = None

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`; a key that is refused is read again once, where that can help."""
        may_repeat = True
        while True:
            client = await self._client()
            try:
                async with aclosing(client.stream(prompt)) as events:
                    async for event in events:
                        may_repeat = False
                        yield event
            except ModelError as error:
                if not (may_repeat and error.kind == "unauthorized" and self._keys.refused()):
                    raise
                may_repeat = False
            else:
                return

    async def close(self) -> None:
        """See `ModelClient.close`."""
        made, self._made = self._made, None
        if made is not None:
            await made[1].close()

    async def _client(self) -> ModelClient:
        try:
            key = await self._keys.read()
        except AuthError as error:
            raise ModelError("unauthorized", str(error)) from error
        if self._made is None or self._made[0] != key:
            await self.close()
            self._made = (key, self._make(key))
        return self._made[1]
