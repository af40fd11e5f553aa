"""Watches the provider's cache of one thread's prompt, and says what it costs when that breaks.

A prompt only grows at its end, so that what was cached once stays cached; where it is not, the user should know.
"""

from __future__ import annotations

from journeyman.models.prices import Price
from journeyman.protocol.usage import TokenUsage

# Services cache from about 1,024 tokens on; a loss below twice that is not worth a word.
_WORTH_TOKENS = 2_048
_LOST_SHARE = 0.1
# The shortest time after which services forget by themselves.
_FORGOTTEN_SECONDS = 300.0


class CacheWatch:
    """Sees the steps of one thread, in order."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._last: tuple[str, TokenUsage, float] | None = None

    def see(
        self, served_by: str, usage: TokenUsage, price: Price | None, now_seconds: float
    ) -> str | None:
        """One more step: the warning where what was cached before had to be read anew.

        Args:
            served_by: provider and model; each has a cache of its own.
            usage: what the step used.
            price: what its tokens cost, where that is known.
            now_seconds: of a clock that never goes back.
        """
        last, self._last = self._last, (served_by, usage, now_seconds)
        if last is None or usage.input_tokens < last[1].input_tokens:
            return None
        before, after = last[1].cached_input_tokens, usage.cached_input_tokens
        if before < _WORTH_TOKENS or after >= before * _LOST_SHARE:
            return None
        if last[0] != served_by:
            why = f"{served_by} answered instead of {last[0]}"
        elif now_seconds - last[2] > _FORGOTTEN_SECONDS:
            why = "the last request is long ago"
        else:
            why = "the provider dropped it, or the beginning of the prompt changed"
        return f"The cached prompt is lost: {before - after:,} tokens were read anew{_cost(before - after, price)} ({why})."


def _cost(tokens: int, price: Price | None) -> str:
    if price is None or price.cached_input is None:
        return ", at a price that is not known" if price is None else ""
    dollars = tokens * (price.input - price.cached_input) / 1_000_000
    return f", for about ${dollars:.4f} more"
