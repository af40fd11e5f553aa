"""Compaction: a summary takes the place of the history when the model's context runs full, or on request.

Owns when it is due, how it is asked for and what stays: the instructions and permissions, said anew from the
settings and never from the summary, and what the user said. The history changes in one recorded line, so that
a program killed at any time goes on with the old one or the new one, both whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Literal

import msgspec

from journeyman.core.context import build_prompt, fragments_to_add
from journeyman.core.fragments import is_from_user, summary_of_work
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.core.step import tell_remark, tell_retry
from journeyman.core.turn_hooks import TurnHooks
from journeyman.core.usage_meter import UsageMeter, estimate
from journeyman.models.api import (
    Finished,
    ItemDone,
    ModelClient,
    ModelError,
    Remark,
    Retrying,
    ToolSpec,
)
from journeyman.protocol.history import (
    CustomToolCallOutput,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
    OutputText,
    text_of,
)
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import ContextCompactionItem
from journeyman.store.repair import repair_history

Trigger = Literal["manual", "auto"]

# Where the user set no limit: room for one large answer and its tool outputs stays.
_SHARE_OF_WINDOW = 0.9
# A history that is full again at once is not worth a request after every step.
_GROWTH = 1.25
# The user's own words survive word for word, the newest first, up to this or a quarter of the window.
_USER_TOKENS = 20_000
_BYTES_A_TOKEN = 4
# What stays of a tool's output where even the question for the summary is too long.
_SHORT_OUTPUT = 2_000
_FEWEST_ITEMS = 8

PROMPT = """\
The context is nearly full. Write the notes from which another model will go on with this work without having \
seen any of it. Do not call tools; answer with the notes alone.

Write under these headings, briefly and exactly:
- Task: what the user wants, with every constraint and preference in the user's own words.
- Done: what was changed and found out, with paths, names, commands and results that matter.
- Decisions: what was decided and why; what was tried and did not work, so that it is not tried again.
- Exact values: identifiers, versions, error texts, numbers that have to be kept letter by letter.
- Next: what remains, in order, and what is unclear.

Leave out what the tools or the user allow or forbid to run: that is said anew elsewhere."""


class Compactor:
    """Compacts one thread's history."""

    def __init__(
        self,
        journal: Journal,
        model: ModelClient,
        meter: UsageMeter,
        settings: ThreadSettings,
        *,
        tools: Sequence[ToolSpec],
        hooks: TurnHooks,
    ) -> None:
        """Ask `model`, with the same tools as ever, so that the provider's cache still holds."""
        self._journal = journal
        self._model = model
        self._meter = meter
        self._settings = settings
        self._tools = tools
        self._hooks = hooks

    def is_due(self) -> bool:
        """Whether the next request should wait for a compaction."""
        limit = self._limit()
        if limit is None or not self._journal.history:
            return False
        floor = self._meter.tokens_after_compaction * _GROWTH
        return self._meter.context_tokens() >= max(limit, floor)

    def can_shorten(self) -> bool:
        """Whether there is anything beside the user's own words, which are kept as they are."""
        return any(
            not isinstance(item, Message) or item.role == "assistant"
            for item in self._journal.history
        )

    async def run(self, trigger: Trigger) -> None:
        """Compact now, unless a hook keeps it from happening.

        Raises:
            ModelError: no summary came; the history is as it was.
        """
        journal = self._journal
        if not await self._hooks.before_compaction(trigger):
            journal.warn("A hook kept the context from being compacted.")
            return
        item = ContextCompactionItem(id=new_id())
        journal.start_item(item)
        summary = await self._summarise()
        fragments = fragments_to_add([], self._settings, journal.clock.now())
        kept = _user_messages(journal.history, self._user_budget())
        journal.replace_history(summary, [*fragments, *kept, summary_of_work(summary)])
        self._meter.compacted(self._settings.context_window)
        journal.complete_item(item)
        await self._hooks.after_compaction(trigger)

    def _limit(self) -> int | None:
        window, said = self._settings.context_window, self._settings.compaction.auto_limit_tokens
        share = None if window is None else int(window * _SHARE_OF_WINDOW)
        limits = [limit for limit in (said, share) if limit is not None]
        return min(limits, default=None)

    def _user_budget(self) -> int:
        window = self._settings.context_window
        return _USER_TOKENS if window is None else min(_USER_TOKENS, window // 4)

    async def _summarise(self) -> str:
        history: Sequence[HistoryItem] = tuple(self._journal.history)
        while True:
            try:
                summary = await self._ask(history)
            except ModelError as error:
                shorter = _shortened(history)
                if error.kind != "context_window_exceeded" or shorter is None:
                    raise
                history = shorter
                continue
            if not summary.strip():
                message = "the model wrote no summary, so the history stays as it is; try again"
                raise ModelError("other", message)
            return summary

    async def _ask(self, history: Sequence[HistoryItem]) -> str:
        words = self._settings.compaction.prompt or PROMPT
        question = Message(role="user", content=[InputText(words)])
        model = msgspec.structs.replace(self._settings.model, output_schema=None)
        settings = msgspec.structs.replace(self._settings, model=model)
        key = self._journal.cache_key
        asked = build_prompt(key, settings, (*history, question), self._tools)
        prompt = msgspec.structs.replace(asked, cause="compaction")
        texts: list[str] = []
        async with aclosing(self._model.stream(prompt)) as stream:
            async for event in stream:
                if isinstance(event, ItemDone) and isinstance(event.item, Message):
                    content = event.item.content
                    texts += [part.text for part in content if isinstance(part, OutputText)]
                elif isinstance(event, Retrying):
                    tell_retry(self._journal, event)
                    texts.clear()
                elif isinstance(event, Remark):
                    tell_remark(self._journal, event)
                elif isinstance(event, Finished):
                    window = self._settings.context_window
                    self._meter.count(event.usage, window, whole_history=False)
        return "\n".join(texts)


def _user_messages(history: Sequence[HistoryItem], budget_tokens: int) -> list[Message]:
    """What the user said, oldest first: the newest that fit, and the beginning of the one that does not."""
    kept: list[Message] = []
    for item in reversed(history):
        if not isinstance(item, Message) or not is_from_user(item):
            continue
        text = text_of(item.content) or "(an image)"
        message = Message(role="user", content=[InputText(text)])
        tokens = estimate([message])
        if tokens > budget_tokens:
            if budget_tokens > 0:
                text = text[: budget_tokens * _BYTES_A_TOKEN] + " ... (cut)"
                kept.append(Message(role="user", content=[InputText(text)]))
            break
        budget_tokens -= tokens
        kept.append(message)
    return kept[::-1]


def _shortened(history: Sequence[HistoryItem]) -> list[HistoryItem] | None:
    """The history with less in it: outputs first, then the oldest quarter; None where little is left."""
    cut = [_cut_output(item) for item in history]
    if any(new is not old for new, old in zip(cut, history, strict=True)):
        return cut
    if len(history) < _FEWEST_ITEMS:
        return None
    return repair_history(history[len(history) // 4 :])


def _cut_output(item: HistoryItem) -> HistoryItem:
    if not isinstance(item, FunctionCallOutput | CustomToolCallOutput):
        return item
    text = text_of(item.output)
    if isinstance(item.output, str) and len(text) <= _SHORT_OUTPUT:
        return item
    if len(text) > _SHORT_OUTPUT:
        half = _SHORT_OUTPUT // 2 - 10
        text = f"{text[:half]}\n... (cut)\n{text[-half:]}"
    return msgspec.structs.replace(item, output=text)
