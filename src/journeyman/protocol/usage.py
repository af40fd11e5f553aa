"""Token counts: of one model request and of a thread, as the wire names them."""

from __future__ import annotations

from journeyman.protocol.wire import Wire


class TokenUsage(Wire, frozen=True):
    """Tokens by kind; `input_tokens` includes the cached ones, `output_tokens` the reasoning ones."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0
    total_tokens: int = 0

    def plus(self, other: TokenUsage) -> TokenUsage:
        """The sum, kind by kind."""
        return TokenUsage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            cache_write_input_tokens=self.cache_write_input_tokens + other.cache_write_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reasoning_output_tokens=self.reasoning_output_tokens + other.reasoning_output_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
        )


class ThreadTokenUsage(Wire, frozen=True):
    """What the thread used so far and what its last model request used."""

    total: TokenUsage
    last: TokenUsage
    model_context_window: int | None = None


NOTHING_USED = ThreadTokenUsage(total=TokenUsage(), last=TokenUsage())
