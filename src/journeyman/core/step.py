"""One step's question to the model: streams the answer into items and returns what it asks to be done.

The answer enters the history only when it is whole; a stream that breaks leaves no trace there, so a retry
repeats nothing. Tool calls are not run here.
"""

from __future__ import annotations

from contextlib import aclosing

import msgspec

from journeyman.core.call_ids import with_unique_call_ids
from journeyman.core.call_previews import CallPreviews, PreviewOf, no_preview
from journeyman.core.journal import Journal
from journeyman.core.proposed_plan import PlannedMessage
from journeyman.core.web_search import search_item
from journeyman.models.api import (
    Finished,
    InputDelta,
    ItemBegun,
    ItemDone,
    ModelClient,
    Prompt,
    ReasoningDelta,
    Remark,
    Retrying,
    StreamEvent,
    TextDelta,
)
from journeyman.protocol import events
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    OpaqueItem,
    OutputText,
    Reasoning,
    Refusal,
    ToolCallItem,
)
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import AgentMessageItem, ReasoningItem, ThreadItem
from journeyman.protocol.turns import TurnError
from journeyman.protocol.usage import TokenUsage


class StepAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the model answered: the calls to run and the last text it wrote."""

    calls: list[ToolCallItem]
    last_message: AgentMessageItem | None
    usage: TokenUsage
    incomplete_reason: str | None
    paused: bool

    @property
    def goes_on(self) -> bool:
        """Whether the model waits to be asked again: for outputs, or to go on after a pause."""
        return bool(self.calls) or self.paused


async def ask_model(
    client: ModelClient,
    prompt: Prompt,
    journal: Journal,
    *,
    planning: bool = False,
    preview_of: PreviewOf = no_preview,
) -> StepAnswer:
    """Ask once and stream the answer to the journal.

    While `planning`, a message may hold a plan; `preview_of` is for calls that are still being written.

    Raises:
        ModelError: no whole answer came; open items are settled, the history is unchanged.
    """
    answer = _Answer(journal, CallPreviews(journal, preview_of), planning=planning)
    try:
        async with aclosing(client.stream(prompt)) as stream:
            async for event in stream:
                if isinstance(event, Finished):
                    return answer.finish(event)
                answer.take(event)
    finally:
        answer.settle()
    message = "the model's stream ended without its last event"
    raise AssertionError(message)


class _Growing:
    """An item that streams: as it began, and the pieces of its parts; joined once, however many they are."""

    def __init__(self, item: AgentMessageItem | ReasoningItem) -> None:
        self.item = item
        self.parts: list[list[str]] = [[]] if isinstance(item, AgentMessageItem) else []
        self.raw_parts: list[list[str]] = []

    def whole(self) -> AgentMessageItem | ReasoningItem:
        texts = ["".join(pieces) for pieces in self.parts]
        if isinstance(self.item, AgentMessageItem):
            return msgspec.structs.replace(self.item, text=texts[0])
        raw = ["".join(pieces) for pieces in self.raw_parts]
        return msgspec.structs.replace(self.item, summary=texts, content=raw)


class _Answer:
    """The answer while it streams."""

    def __init__(self, journal: Journal, previews: CallPreviews, *, planning: bool) -> None:
        self._journal = journal
        self._previews = previews
        self._planning = planning
        self._open: dict[str, _Growing] = {}
        self._planned: dict[str, PlannedMessage] = {}
        self._done: list[HistoryItem] = []
        self._last_message: AgentMessageItem | None = None

    def take(self, event: StreamEvent) -> None:
        match event:
            case ItemBegun():
                self._begin(event)
            case TextDelta():
                self._add_text(event)
            case ReasoningDelta():
                self._add_reasoning(event)
            case InputDelta():
                self._previews.add(event)
            case ItemDone():
                self._complete(event)
            case Retrying():
                self._start_over(event)
            case Remark():
                tell_remark(self._journal, event)
            case Finished():
                pass

    def finish(self, event: Finished) -> StepAnswer:
        self._previews.settle()
        self.settle()
        items = with_unique_call_ids(self._done, self._journal.history)
        for item in items:
            self._journal.add_to_history(item)
        return StepAnswer(
            calls=[item for item in items if isinstance(item, FunctionCall | CustomToolCall)],
            last_message=self._last_message,
            usage=event.usage,
            incomplete_reason=event.incomplete_reason,
            paused=event.paused,
        )

    def settle(self) -> None:
        for growing in self._open.values():
            self._journal.complete_item(growing.whole())
        for message in self._planned.values():
            message.complete()
        self._previews.take_back()
        self._open.clear()
        self._planned.clear()

    def _begin(self, event: ItemBegun) -> None:
        # Two items of one name: the service will not come back to the first.
        if (before := self._open.pop(event.key, None)) is not None:
            self._journal.complete_item(before.whole())
        if (planned := self._planned.pop(event.key, None)) is not None:
            planned.complete()
        if self._planning and event.kind == "message":
            self._planned[event.key] = PlannedMessage(self._journal, event.phase)
            return
        item: AgentMessageItem | ReasoningItem
        if event.kind == "message":
            item = AgentMessageItem(id=new_id(), text="", phase=event.phase)
        else:
            item = ReasoningItem(id=new_id())
        self._open[event.key] = _Growing(item)
        self._journal.start_item(item)

    def _add_text(self, event: TextDelta) -> None:
        if (planned := self._planned.get(event.key)) is not None:
            planned.add(event.text)
            return
        growing = self._open.get(event.key)
        if growing is None or not isinstance(growing.item, AgentMessageItem) or not event.text:
            return
        growing.parts[0].append(event.text)
        self._journal.notify(
            events.AgentMessageDeltaNotification(
                thread_id=self._journal.thread_id,
                turn_id=self._journal.turn_id,
                item_id=growing.item.id,
                delta=event.text,
            )
        )

    def _add_reasoning(self, event: ReasoningDelta) -> None:
        growing = self._open.get(event.key)
        if growing is None or not isinstance(growing.item, ReasoningItem):
            return
        if event.is_raw:
            self._add_raw_reasoning(event, growing)
            return
        journal, parts = self._journal, growing.parts
        while len(parts) <= event.part:
            journal.notify(
                events.ReasoningSummaryPartAddedNotification(
                    thread_id=journal.thread_id,
                    turn_id=journal.turn_id,
                    item_id=growing.item.id,
                    summary_index=len(parts),
                )
            )
            parts.append([])
        if event.text:
            parts[event.part].append(event.text)
            journal.notify(
                events.ReasoningSummaryTextDeltaNotification(
                    thread_id=journal.thread_id,
                    turn_id=journal.turn_id,
                    item_id=growing.item.id,
                    delta=event.text,
                    summary_index=event.part,
                )
            )

    def _add_raw_reasoning(self, event: ReasoningDelta, growing: _Growing) -> None:
        while len(growing.raw_parts) <= event.part:
            growing.raw_parts.append([])
        if event.text:
            growing.raw_parts[event.part].append(event.text)
            self._journal.notify(
                events.ReasoningTextDeltaNotification(
                    thread_id=self._journal.thread_id,
                    turn_id=self._journal.turn_id,
                    item_id=growing.item.id,
                    delta=event.text,
                    content_index=event.part,
                )
            )

    def _complete(self, event: ItemDone) -> None:
        self._done.append(event.item)
        self._previews.complete(event.item)
        if isinstance(event.item, Message) and event.key in self._planned:
            planned = self._planned.pop(event.key)
            self._last_message = planned.complete(_text(event.item)) or self._last_message
            return
        opened = self._open.pop(event.key, None) if event.key else None
        item = _shown(event.item, opened.item.id if opened else new_id())
        if item is None:
            return
        if opened is None:
            self._journal.start_item(item)
        self._journal.complete_item(item)
        if isinstance(item, AgentMessageItem):
            self._last_message = item

    def _start_over(self, event: Retrying) -> None:
        """Take back what the broken answer began: the next one says it again."""
        for growing in self._open.values():
            self._journal.complete_item(growing.item)
        for message in self._planned.values():
            message.take_back()
        self._open.clear()
        self._planned.clear()
        self.settle()
        self._done.clear()
        self._last_message = None
        tell_retry(self._journal, event)


def tell_retry(journal: Journal, event: Retrying) -> None:
    """Tell the clients that a request is sent again."""
    text = f"Reconnecting... {event.attempt}/{event.limit} ({event.reason})"
    journal.notify(
        events.ErrorNotification(
            thread_id=journal.thread_id,
            turn_id=journal.turn_id,
            error=TurnError(
                message=text,
                codex_error_info={"responseStreamDisconnected": {"httpStatusCode": None}},
            ),
            will_retry=True,
        )
    )


def tell_remark(journal: Journal, event: Remark) -> None:
    """Tell the clients what they should know of a request."""
    journal.notify(events.WarningNotification(message=event.text, thread_id=journal.thread_id))


def _text(message: Message) -> str:
    """What the model said in words, or by way of a refusal."""
    return "".join(
        part.text if isinstance(part, OutputText) else part.refusal
        for part in message.content
        if isinstance(part, OutputText | Refusal)
    )


def _shown(item: HistoryItem, item_id: str) -> ThreadItem | None:
    """The item as the user sees it; None for what has no face of its own."""
    match item:
        case Message():
            return AgentMessageItem(id=item_id, text=_text(item), phase=item.phase)
        case Reasoning():
            content = [str(part.get("text", "")) for part in item.content or []]
            return ReasoningItem(
                id=item_id, summary=[part.text for part in item.summary], content=content
            )
        case OpaqueItem(raw) if raw.get("type") == "web_search_call":
            return search_item(raw, item_id)
        case _:
            return None
