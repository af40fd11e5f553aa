"""A model client whose key may change: who signs in or out meanwhile is believed with the next request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from journeyman.auth.errors import AuthError
from journeyman.models.api import ModelClient, ModelError, Prompt, StreamEvent


class KeyedClient:
    """See `ModelClient`; asks through a client made with the key of the moment."""

    def __init__(
        self, make: Callable[[str | None], ModelClient], read_key: Callable[[], str | None]
    ) -> None:
        """Nothing is read yet; `read_key` may raise `AuthError`."""
        self._make = make
        self._read_key = read_key
        self._made: tuple[str | None, ModelClient] | None = None

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`."""
        client = await self._client()
        async with aclosing(client.stream(prompt)) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """See `ModelClient.close`."""
        made, self._made = self._made, None
        if made is not None:
            await made[1].close()

    async def _client(self) -> ModelClient:
        try:
            key = self._read_key()
        except AuthError as error:
            raise ModelError("unauthorized", str(error)) from error
        if self._made is None or self._made[0] != key:
            await self.close()
            self._made = (key, self._make(key))
        return self._made[1]
