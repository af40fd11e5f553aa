"""Counts the tokens of one thread: what it used so far, and how full the model's context is.

The provider's own count of the last answer is the truth; what entered the history since is estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

import msgspec

from journeyman.core.journal import Journal
from journeyman.protocol.history import HistoryItem, InputImage, Message, encode_history_item
from journeyman.protocol.usage import ThreadTokenUsage, TokenUsage

# Of JSON around English text and code; other scripts have fewer bytes a token, and the provider's count comes soon.
_BYTES_A_TOKEN = 4
# Providers count an image by its size in pixels, never by its bytes; this is a large one.
_IMAGE_TOKENS = 1_500


class UsageMeter:
    """Counts for one journal; `known` begins with what the thread used before, and is what clients were told last."""

    def __init__(
        self,
        journal: Journal,
        known: ThreadTokenUsage,
        on_count: Callable[[TokenUsage], None] = lambda _: None,
    ) -> None:
        """Know the history only by estimate until the first answer; `on_count` hears of every request."""
        self.known = known
        self.tokens_after_compaction = 0
        self._is_estimated = False
        self._journal = journal
        self._on_count = on_count
        self._counted_tokens = 0
        self._counted_items = 0

    def count(self, usage: TokenUsage, window: int | None, *, whole_history: bool = True) -> None:
        """Add one request's tokens and tell the clients.

        `whole_history` says that the request and its answer are what the history holds now; `window` is the
        model's context in tokens.
        """
        if whole_history and usage.total_tokens:
            if self._is_estimated:
                # Of what stays after a compaction the provider knows more: instructions, tools.
                self.tokens_after_compaction = usage.total_tokens
                self._is_estimated = False
            self._counted_tokens = usage.total_tokens
            self._counted_items = len(self._journal.history)
        self._tell(self.known.total.plus(usage), usage, window)
        self._on_count(usage)

    @contextmanager
    def aside(self) -> Generator[None]:
        """Another history is counted for as long as it lasts; the total goes on."""
        kept = self._counted_tokens, self._counted_items
        self._counted_tokens = self._counted_items = 0
        try:
            yield
        finally:
            self._counted_tokens, self._counted_items = kept

    def context_tokens(self) -> int:
        """How many tokens the history has."""
        return self._counted_tokens + estimate(self._journal.history[self._counted_items :])

    def forget_history(self) -> None:
        """The history is another one: what was counted of it is void until the next answer."""
        self._counted_tokens = self._counted_items = 0

    def compacted(self, window: int | None) -> None:
        """The history was replaced: what was counted of it is void; the clients are told what it has now."""
        self._counted_tokens = self._counted_items = 0
        self.tokens_after_compaction = self.context_tokens()
        self._is_estimated = True
        last = TokenUsage(total_tokens=self.tokens_after_compaction)
        self._tell(self.known.total, last, window)

    def _tell(self, total: TokenUsage, last: TokenUsage, window: int | None) -> None:
        self.known = ThreadTokenUsage(total=total, last=last, model_context_window=window)
        self._journal.tell_usage(self.known)


def estimate(items: Iterable[HistoryItem]) -> int:
    """About how many tokens these items have."""
    return sum(_tokens(item) for item in items)


def _tokens(item: HistoryItem) -> int:
    if not isinstance(item, Message):
        return len(msgspec.json.encode(encode_history_item(item))) // _BYTES_A_TOKEN
    images = sum(isinstance(part, InputImage) for part in item.content)
    texts = [part for part in item.content if not isinstance(part, InputImage)]
    return images * _IMAGE_TOKENS + len(msgspec.json.encode(texts)) // _BYTES_A_TOKEN
