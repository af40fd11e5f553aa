"""Decodes answer bodies with the product's code, cut and split as a network may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from journeyman.cli.dialects import dialect_named
from journeyman.models.answer_frames import AnswerError, AnswerFramer, Frame, decode_frame
from journeyman.models.answers import AnswerDecoder
from journeyman.models.api import (
    Finished,
    ItemDone,
    ModelError,
    ModelSettings,
    Prompt,
    StreamEvent,
    ToolSpec,
)
from journeyman.models.providers import Provider
from journeyman.protocol.history import HistoryItem

PROVIDER = Provider(id="recorded", name="Recorded")


def decoder_of(dialect: str, *tools: ToolSpec) -> AnswerDecoder:
    settings = ModelSettings(model="m")
    prompt = Prompt(instructions="", history=(), tools=tools, settings=settings, cache_key="")
    return dialect_named(dialect).decoder(PROVIDER, prompt, ())


def decode_chunks(
    dialect: str, chunks: Iterable[bytes], *, clean: bool = True
) -> tuple[list[StreamEvent], ModelError | AnswerError | None]:
    """All events, and the first error; goes on after it as `jm debug decode` does."""
    decoder, framer = decoder_of(dialect), AnswerFramer()
    events: list[StreamEvent] = []
    errors: list[ModelError | AnswerError] = []

    def take(found: Iterable[StreamEvent]) -> None:
        try:
            events.extend(found)
        except ModelError as error:
            errors.append(error)

    def frames() -> Iterator[Frame]:
        for chunk in chunks:
            yield from framer.feed(chunk)
        yield from framer.finish()

    try:
        for frame in frames():
            take(decode_frame(decoder, frame))
    except AnswerError as error:
        errors.append(error)
    take(decoder.end(clean=clean))
    return events, errors[0] if errors else None


def items_of(events: Iterable[StreamEvent]) -> list[HistoryItem]:
    return [event.item for event in events if isinstance(event, ItemDone)]


def is_whole(events: Iterable[StreamEvent]) -> bool:
    return any(isinstance(event, Finished) for event in events)
