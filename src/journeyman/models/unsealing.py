"""Asks once more without what only its maker can read, where a service says that it cannot read it.

A thread that changed its provider, account or region holds reasoning that is encrypted or signed for another one;
sent on, it would have every later request refused. What it said in words stays.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from journeyman.models.api import ModelClient, ModelError, Prompt, Retrying, StreamEvent
from journeyman.models.foreign import readable


class UnsealingClient:
    """A `ModelClient` that tells another one less where it was refused for the rest."""

    def __init__(self, inner: ModelClient) -> None:
        """Wrap `inner`."""
        self._inner = inner
        # By thread: how many items of its history are told bare, so that the prefix stays what it was.
        self._bare: dict[str, int] = {}

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`."""
        asked = self._bared(prompt)
        try:
            async with aclosing(self._inner.stream(asked)) as events:
                async for event in events:
                    yield event
        except ModelError as error:
            if not error.is_unreadable or readable(asked.history) == list(asked.history):
                raise
            self._bare[prompt.cache_key] = len(prompt.history)
            why = f"{error.message}; now asked without what another model or account had sealed"
            yield Retrying(1, 1, 0.0, why)
        else:
            return
        async with aclosing(self._inner.stream(self._bared(prompt))) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """Close the inner client."""
        await self._inner.close()

    def _bared(self, prompt: Prompt) -> Prompt:
        count = self._bare.get(prompt.cache_key)
        if count is None:
            return prompt
        if count > len(prompt.history):
            # The history was compacted, and begins anew.
            del self._bare[prompt.cache_key]
            return prompt
        history = [*readable(prompt.history[:count]), *prompt.history[count:]]
        return msgspec.structs.replace(prompt, history=history)
