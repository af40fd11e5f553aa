"""The model port: a prompt goes in, a stream of events comes out. Dialects implement it, the core uses it.

One call of `stream` is one step's question to the model. Nothing here knows HTTP or a vendor.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from journeyman.models.profiles import ModelProfile, profile_for
from journeyman.protocol.history import HistoryItem
from journeyman.protocol.usage import TokenUsage


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as the model is told of it.

    A function tool has `parameters` (JSON Schema of an object); a freeform tool takes plain text, perhaps
    bound by a Lark `grammar`, where the model's profile allows that.
    """

    name: str
    description: str
    parameters: dict[str, Any] | None = None
    grammar: str | None = None

    @property
    def freeform(self) -> bool:
        """Whether the model answers with free text instead of JSON arguments."""
        return self.parameters is None


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to ask; None leaves the choice to the provider. `profiles` are what the user knows of models by name.

    `web_search` lets the provider search the web itself: what it has stored, or the live web.
    """

    model: str
    reasoning_effort: str | None = None
    reasoning_summary: str | None = None
    verbosity: str | None = None
    service_tier: str | None = None
    output_schema: dict[str, Any] | None = None
    profiles: Mapping[str, ModelProfile] = {}
    parallel_tool_calls: bool = True
    web_search: Literal["cached", "live"] | None = None

    @property
    def profile(self) -> ModelProfile:
        """What is known about the model."""
        return self.profiles.get(self.model) or profile_for(self.model)


def service_tier(said: str | None) -> str | None:
    """The tier to ask for, by its name in configuration and protocol; None leaves the choice to the provider."""
    return {"fast": "priority", "default": None, "auto": None}.get(said or "auto", said)


Cause = Literal["step", "small_step", "compaction", "review", "subagent", "title"]


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one request says. Append-only between steps, so that provider caches hit.

    `cache_key` is the thread's id; `history` is what was said so far, oldest first. `cause` says what the
    request is for; no provider is told.
    """

    instructions: str
    history: Sequence[HistoryItem]
    tools: Sequence[ToolSpec]
    settings: ModelSettings
    cache_key: str
    cause: Cause = "step"


class ItemBegun(msgspec.Struct, frozen=True):
    """The model began a message or its reasoning; `key` names it in the deltas until its `ItemDone`."""

    key: str
    kind: Literal["message", "reasoning"]
    phase: str | None = None


class TextDelta(msgspec.Struct, frozen=True):
    """More text of the message `key`; `is_refusal` says that the model refuses with it."""

    key: str
    text: str
    is_refusal: bool = False


class ReasoningDelta(msgspec.Struct, frozen=True):
    """More text of part `part` (counted from 0) of the reasoning `key`: of its summary, or where `is_raw` of itself."""

    key: str
    part: int
    text: str
    is_raw: bool = False


class InputDelta(msgspec.Struct, frozen=True):
    """More of the text that a call of `tool` gives for its argument `member`, which begins with the first of these.

    What a freeform tool takes is its argument `input`, however the dialect wraps it. Of a call whose id is known;
    its `ItemDone` holds the whole and counts alone.
    """

    call_id: str
    tool: str
    member: str
    text: str


class ItemDone(msgspec.Struct, frozen=True):
    """An item is whole. `key` is that of its `ItemBegun`; a tool call has none and begins here."""

    item: HistoryItem
    key: str | None = None


class Retrying(msgspec.Struct, frozen=True):
    """The attempt failed and another begins after `delay_seconds`: forget all items of this stream so far."""

    attempt: int
    limit: int
    delay_seconds: float
    reason: str


class Remark(msgspec.Struct, frozen=True):
    """Something that the user should know of this request; stops nothing."""

    text: str


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The answer is whole: the last event of every stream that did not raise.

    `paused` says that the model goes on with what it was doing when it is asked again; `model` is the one
    that served, in the provider's words, None where it does not say, as is `service_tier`; `provider` is named
    where one of several was chosen.
    """

    usage: TokenUsage
    model: str | None = None
    service_tier: str | None = None
    provider: str | None = None
    response_id: str | None = None
    incomplete_reason: str | None = None
    paused: bool = False


StreamEvent = (
    ItemBegun | TextDelta | ReasoningDelta | InputDelta | ItemDone | Retrying | Remark | Finished
)

ErrorKind = Literal[
    "unauthorized",
    "bad_request",
    "model_not_found",
    "context_window_exceeded",
    "usage_limit_exceeded",
    "rate_limit_exceeded",
    "overloaded",
    "server_error",
    "connection_failed",
    "stream_disconnected",
    "protocol",
    "other",
]


class ModelError(Exception):
    """A request that brought no whole answer.

    Attributes:
        kind: what went wrong, for programs.
        message: what went wrong and what to do, for people; secrets masked.
        retryable: whether the same request may succeed later.
        status: the HTTP status, where there was one.
        retry_after_seconds: how long the provider asks to wait, where it says.
        said: the provider's own words, secrets masked; empty where it said nothing.
        said_type: the provider's own class of the error, where it names one.
        is_unreadable: whether the provider could not read what another one had encrypted or signed.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        retryable: bool = False,
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        """Keep what callers decide by."""
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.message = message
        self.retryable = retryable
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.said = ""
        self.said_type: str | None = None
        self.is_unreadable = False


class ModelClient(Protocol):
    """Asks one provider's models."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """Ask, and yield events until `Finished`.

        Raises:
            ModelError: no whole answer; items yielded so far are void.

        Cancelling the consumer, and closing the generator (`contextlib.aclosing`), closes the connection
        at once.
        """
        ...

    async def close(self) -> None:
        """Give up connections; idempotent."""
        ...
