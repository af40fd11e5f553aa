"""The history as the dialects with turns want it: who spoke, in groups, each call followed by its output.

Reading groups of a longer history gives the same first groups, so that prefixes stay stable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from journeyman.protocol.history import (
    Content,
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputImage,
    InputText,
    Message,
    Refusal,
    ToolCallItem,
    ToolOutputItem,
)


class UserRound(msgspec.Struct, frozen=True):
    """Messages of the user or the product, in a row."""

    messages: list[Message]


class AssistantRound(msgspec.Struct, frozen=True):
    """One answer of the model: everything it said and called, in order."""

    items: list[HistoryItem]


class ResultsRound(msgspec.Struct, frozen=True):
    """The outputs of the answer before, in the order of its calls, each with its call."""

    results: list[tuple[ToolCallItem, ToolOutputItem]]


Round = UserRound | AssistantRound | ResultsRound


def rounds(history: Sequence[HistoryItem]) -> Iterator[Round]:
    """The groups, oldest first.

    A message that came between a call and its output follows the output; an output without its call is left
    out: no service takes either.
    """
    gathering = _Gathering()
    for item in history:
        yield from gathering.take(item)
    yield from gathering.end()


class _Gathering:
    """Gathers an answer with its outputs, and the messages around it."""

    def __init__(self) -> None:
        self._answer: list[HistoryItem] = []
        self._outputs: dict[str, ToolOutputItem] = {}
        self._messages: list[Message] = []

    def take(self, item: HistoryItem) -> Iterator[Round]:
        if isinstance(item, FunctionCallOutput | CustomToolCallOutput):
            self._outputs[item.call_id] = item
        elif isinstance(item, Message) and item.role != "assistant":
            if self._answered:
                yield from self._flush_answer()
            self._messages.append(item)
        else:
            if self._answer and (self._messages or (self._calls and self._answered)):
                yield from self._flush_answer()
            if not self._answer:
                yield from self._flush_messages()
            self._answer.append(item)

    def end(self) -> Iterator[Round]:
        yield from self._flush_answer()
        yield from self._flush_messages()

    @property
    def _calls(self) -> list[ToolCallItem]:
        return [item for item in self._answer if isinstance(item, FunctionCall | CustomToolCall)]

    @property
    def _answered(self) -> bool:
        return all(call.call_id in self._outputs for call in self._calls)

    def _flush_answer(self) -> Iterator[Round]:
        calls = self._calls
        if self._answer:
            yield AssistantRound(self._answer)
        if calls:
            yield ResultsRound(
                [(call, self._outputs.get(call.call_id, _none(call))) for call in calls]
            )
        self._answer, self._outputs = [], {}

    def _flush_messages(self) -> Iterator[Round]:
        if self._messages:
            yield UserRound(self._messages)
        self._messages = []


def _none(call: ToolCallItem) -> ToolOutputItem:
    return FunctionCallOutput(call_id=call.call_id, output="no output was kept")


def content_of(output: str | list[Content]) -> list[Content]:
    """An output or a message as a list of parts, none of them empty text."""
    if isinstance(output, str):
        return [InputText(output)] if output.strip() else []
    return [part for part in output if isinstance(part, InputImage | Refusal) or part.text.strip()]
