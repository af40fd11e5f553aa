"""What all dialects share in reading an answer: the decoder's shape, its parts while they stream, usage.

A decoder turns frames into `StreamEvent`s and knows nothing of connections. Arguments of tool calls are
passed on as they came, broken or not: `tools.registry` judges them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from typing import Any, Literal, Protocol, cast

import msgspec

from journeyman.models.api import (
    Finished,
    InputDelta,
    ItemBegun,
    ItemDone,
    ModelError,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.models.growing_texts import GrowingTexts, Texts
from journeyman.models.provider_errors import stream_error
from journeyman.models.refusals import read_refusal
from journeyman.models.sse import ServerSentEvent
from journeyman.protocol.foreign_json import read_json, read_sloppy_json, record
from journeyman.protocol.history import (
    Content,
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    OutputText,
    Reasoning,
    Refusal,
    SummaryText,
    ToolCallItem,
)
from journeyman.protocol.usage import TokenUsage

# The one argument of a freeform tool where the dialect has only functions.
FREEFORM_ARGUMENT = "input"
# No service counts that far, and every format that keeps counts holds it.
_MAX_DIGITS = 15


class ReportedUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Token counts under the service's own meaning; None where it said nothing."""

    input: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    total: int | None = None

    def updated(self, later: ReportedUsage) -> ReportedUsage:
        """A later report over this one: what it leaves out stays."""
        said = msgspec.structs.asdict(later)
        return msgspec.structs.replace(self, **{k: v for k, v in said.items() if v is not None})


class ProviderMark(msgspec.Struct, frozen=True):
    """Whose opaque data an item holds, so that it is sent back to nobody else."""

    provider: str
    dialect: str

    def data(self, **fields: Any) -> dict[str, Any]:
        """Opaque data under this mark."""
        return {"provider": self.provider, "dialect": self.dialect, **fields}

    def own(self, data: object) -> dict[str, Any]:
        """The data where it is ours; empty where there is none or it is another's."""
        fields = record(data)
        is_own = (fields.get("provider"), fields.get("dialect")) == (self.provider, self.dialect)
        return fields if is_own else {}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a decoder has to know of the question.

    `mark` says whose opaque data the answer's items hold, `freeform_tools` are the names of those that were
    offered as functions, and `secrets` are masked in error texts.
    """

    mark: ProviderMark
    freeform_tools: Collection[str] = ()
    secrets: Sequence[str] = ()


class AnswerDecoder(Protocol):
    """Decodes one answer of one dialect."""

    @property
    def finished(self) -> bool:
        """Whether the answer is whole, `Finished` being its last event."""
        ...

    @property
    def finish(self) -> str | None:
        """The service's own word for how it ended; None before it was said."""
        ...

    @property
    def usage(self) -> ReportedUsage | None:
        """The counts as the service named them; None before any came."""
        ...

    def event(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """What one event of a stream means; raises `ModelError` for a reported failure."""
        ...

    def whole(self, value: object) -> Iterator[StreamEvent]:
        """What an answer means that came as JSON; raises `ModelError` when it is none or a failure."""
        ...

    def end(self, *, clean: bool) -> Iterator[StreamEvent]:
        """The stream is over; `clean` says that the connection did not break.

        Completes the answer where its dialect has no closing event and nothing can be missing.
        """
        ...

    def unfinished(self) -> list[HistoryItem]:
        """The calls that began in an answer that never became whole, as far as they came."""
        ...


class DecoderState:
    """What every decoder keeps of its answer; see `AnswerDecoder` for the public part."""

    def __init__(self, asked: Asked) -> None:
        """Start an answer."""
        self.finished = False
        self.finish: str | None = None
        self.usage: ReportedUsage | None = None
        self._mark = asked.mark
        self._freeform_tools = asked.freeform_tools
        self._secrets = asked.secrets
        self._response_id: str | None = None
        self._model: str | None = None
        self._service_tier: str | None = None
        self._failed = False

    def _name(self, response_id: object, model: object, service_tier: object = None) -> None:
        """Keep what the answer is called, who gives it and in which tier, where it says so."""
        self._service_tier = string(service_tier) or self._service_tier
        self._response_id = string(response_id) or self._response_id
        self._model = string(model) or self._model

    def _failure(self, value: object) -> ModelError:
        """The error of a failure that the service told in place of its answer or in the middle of it."""
        self._failed = True
        return stream_error(read_refusal(value), self._secrets)

    def _finished(
        self, usage: TokenUsage, incomplete_reason: str | None, *, paused: bool = False
    ) -> Finished:
        """The last event; the answer is whole."""
        self.finished = True
        return Finished(
            usage=usage,
            model=self._model,
            service_tier=self._service_tier,
            response_id=self._response_id,
            incomplete_reason=incomplete_reason,
            paused=paused,
        )


class OpenPart:
    """A message or reasoning that still grows."""

    def __init__(self, key: str, kind: Literal["message", "reasoning"]) -> None:
        """Begin; `data` may be set as long as it is open, and is asked once, when the part is whole."""
        self.key = key
        self.kind: Literal["message", "reasoning"] = kind
        self.text: list[str] = []
        self.refusal: list[str] = []
        self.annotations: list[dict[str, Any]] = []
        self.data: Callable[[], dict[str, Any] | None] = lambda: None

    def item(self) -> Message | Reasoning:
        """The part, whole."""
        text = "".join(self.text)
        if self.kind == "reasoning":
            summary = [SummaryText(text)] if text else []
            return Reasoning(summary=summary, provider_data=self.data())
        content: list[Content] = []
        if text or self.annotations:
            content.append(OutputText(text, self.annotations or None))
        if self.refusal:
            content.append(Refusal("".join(self.refusal)))
        return Message(role="assistant", content=content, provider_data=self.data())


class PartStream:
    """Messages and reasoning of a stream that does not say where they begin and end: one is open at a time."""

    def __init__(self) -> None:
        """Nothing is open."""
        self._open: OpenPart | None = None
        self._count = 0

    @property
    def kind(self) -> Literal["message", "reasoning"] | None:
        """What is open."""
        return self._open.kind if self._open else None

    def text(self, text: str) -> Iterator[StreamEvent]:
        """More of the message."""
        if text:
            part = yield from self.open("message")
            part.text.append(text)
            yield TextDelta(part.key, text)

    def refusal(self, text: str) -> Iterator[StreamEvent]:
        """More of the model's refusal to answer."""
        if text:
            part = yield from self.open("message")
            part.refusal.append(text)
            yield TextDelta(part.key, text, is_refusal=True)

    def reasoning(self, text: str) -> Iterator[StreamEvent]:
        """More of the reasoning."""
        if text:
            part = yield from self.open("reasoning")
            part.text.append(text)
            yield ReasoningDelta(part.key, 0, text)

    def cite(self, annotations: list[dict[str, Any]]) -> Iterator[StreamEvent]:
        """The message's sources so far."""
        if annotations:
            part = yield from self.open("message")
            part.annotations = annotations

    def open(self, kind: Literal["message", "reasoning"]) -> Generator[StreamEvent, None, OpenPart]:
        """Have a part of that kind open, closing another; the generator's value is the part."""
        if self._open is None or self._open.kind != kind:
            yield from self.close()
            self._open = OpenPart(f"{kind} {self._count}", kind)
            self._count += 1
            yield ItemBegun(self._open.key, kind)
        return self._open

    def close(self) -> Iterator[StreamEvent]:
        """Complete what is open."""
        part, self._open = self._open, None
        if part is not None:
            yield ItemDone(part.item(), part.key)


class OpenCall:
    """A tool call whose arguments still come, in pieces."""

    def __init__(self, name: str = "", call_id: str = "") -> None:
        """Begin; both may become known later."""
        self.name = name
        self.call_id = call_id
        self.pieces: list[str] = []
        self.freeform = False
        self.data: dict[str, Any] | None = None
        self._texts = GrowingTexts()
        self._untold: Texts = []

    def grow(self, piece: str) -> Iterator[StreamEvent]:
        """More of the arguments; the texts in them are told once the call has a name and an id."""
        self.pieces.append(piece)
        if not self.freeform:
            self._untold += self._texts.add(piece)
        elif piece:
            self._untold.append((FREEFORM_ARGUMENT, piece))
        if self.name and self.call_id:
            untold, self._untold = self._untold, []
            for member, text in untold:
                yield InputDelta(self.call_id, self.name, member, text)

    @property
    def text(self) -> str:
        """The arguments so far."""
        return "".join(self.pieces)

    def item(self, freeform_tools: Collection[str]) -> ToolCallItem:
        """The call, whole; one of a freeform tool that was offered as a function becomes freeform again."""
        text = self.text
        if not self.freeform and self.name in freeform_tools:
            arguments = json_object(text)
            if arguments is not None and isinstance(given := arguments.get(FREEFORM_ARGUMENT), str):
                return self._custom(given)
        if self.freeform:
            return self._custom(text)
        return FunctionCall(
            name=self.name,
            arguments=text or "{}",
            call_id=self.call_id,
            provider_data=self.data,
        )

    def _custom(self, text: str) -> CustomToolCall:
        return CustomToolCall(
            name=self.name, input=text, call_id=self.call_id, provider_data=self.data
        )


def event_fields(event: ServerSentEvent) -> dict[str, Any] | None:
    """The object that an event holds; None for `[DONE]`, pings and notes, but not for a failure told as text.

    Raises:
        ModelError: it is a broken object: what it said is lost, and so is the answer.
    """
    try:
        value = read_sloppy_json(event.data)
    except msgspec.DecodeError:
        value = None
        if event.data.lstrip().startswith("{"):
            text = "a broken event came"
            raise ModelError("stream_disconnected", text, retryable=True) from None
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {"error": {"message": event.data}} if event.event == "error" else None


def json_object(text: str) -> dict[str, Any] | None:
    """The object that a text is, an empty one for no text; None for anything else."""
    try:
        value: object = read_json(text) if text.strip() else {}
    except msgspec.DecodeError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def records(value: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing for anything else."""
    return [record(one) for one in cast("list[Any]", value)] if isinstance(value, list) else []


def string(value: object) -> str:
    """The text itself; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int | None:
    """A number of tokens, written as text even; None for anything else."""
    if isinstance(value, str) and value.isdecimal() and len(value) < _MAX_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 10**_MAX_DIGITS else None
