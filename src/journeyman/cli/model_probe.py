"""`jm models probe`: asks a model a few small questions to see which features of its dialect really work there.

Goes through the same client as a turn, so that what is told is what a turn would meet.
"""

from __future__ import annotations

import asyncio
import base64
import struct
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, Literal, NamedTuple

import msgspec

from journeyman.models.api import (
    Finished,
    ItemDone,
    ModelClient,
    ModelError,
    ModelSettings,
    Prompt,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolSpec,
)
from journeyman.protocol.history import (
    Content,
    FunctionCall,
    InputImage,
    InputText,
    Message,
    Reasoning,
)
from journeyman.protocol.ids import new_id
from journeyman.protocol.usage import TokenUsage

Verdict = Literal["yes", "no", "failed"]
# Local servers may have to load the model first.
_SECONDS = 120.0
_TOOL = ToolSpec(
    name="get_weather",
    description="Tells the weather of one city.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "integer"}},
    "required": ["answer"],
    "additionalProperties": False,
}
# Long enough for caches that begin at 1,024 tokens.
_LONG = "The quick brown fox jumps over the lazy dog. " * 200
_SIDE = 16


class Finding(NamedTuple):
    """What one question showed."""

    feature: str
    verdict: Verdict
    detail: str


class Answer(NamedTuple):
    """One whole answer, and the usage that it told."""

    events: Sequence[StreamEvent]
    usage: TokenUsage

    @property
    def text(self) -> str:
        """What the model said."""
        return "".join(one.text for one in self.events if isinstance(one, TextDelta))

    @property
    def calls(self) -> list[FunctionCall]:
        """What it called."""
        return [one.item for one in self.events if isinstance(one, ItemDone) and isinstance(one.item, FunctionCall)]  # fmt: skip


class Probe:
    """Asks one model; `count` hears the end of every whole answer."""

    def __init__(
        self, client: ModelClient, settings: ModelSettings, count: Callable[[Finished], None]
    ) -> None:
        """Nothing is asked yet."""
        self._client = client
        self._settings = settings
        self._count = count

    async def run(self, tell: Callable[[Finding], None]) -> list[Finding]:
        """Ask everything, one by one, and `tell` each finding; stops early where nothing is answered at all."""
        found: list[Finding] = []

        def add(finding: Finding) -> None:
            found.append(finding)
            tell(finding)

        first = await self._tried("streaming", self._streaming)
        for finding in first:
            add(finding)
        if first[0].verdict == "failed":
            return found
        for feature, ask in (
            ("tool call", self._tool_call),
            ("parallel calls", self._parallel_calls),
            ("structured output", self._structured),
            ("reasoning", self._reasoning),
            ("images", self._images),
            ("cache counts", self._cache),
        ):
            for finding in await self._tried(feature, ask):
                add(finding)
        return found

    async def _tried(
        self, feature: str, ask: Callable[[], Awaitable[list[Finding]]]
    ) -> list[Finding]:
        try:
            async with asyncio.timeout(_SECONDS):
                return await ask()
        except ModelError as error:
            return [Finding(feature, "failed", error.message)]
        except TimeoutError:
            return [Finding(feature, "failed", f"no answer within {_SECONDS:g} seconds")]

    async def _streaming(self) -> list[Finding]:
        answer = await self._ask("Count from 1 to 20 in words, separated by commas.")
        pieces = sum(isinstance(one, TextDelta) for one in answer.events)
        usage = answer.usage
        counts = f"{usage.input_tokens} in, {usage.output_tokens} out"
        return [
            _finding("streaming", pieces > 1, f"{pieces} pieces of text"),
            _finding("usage", bool(usage.input_tokens and usage.output_tokens), counts),
        ]

    async def _tool_call(self) -> list[Finding]:
        answer = await self._ask("What is the weather in Paris? Use the tool.", tools=[_TOOL])
        return [_finding("tool call", _cities(answer) == 1, _called(answer))]

    async def _parallel_calls(self) -> list[Finding]:
        question = "Call the tool for Paris and for Rome, both in this answer."
        answer = await self._ask(question, tools=[_TOOL])
        return [_finding("parallel calls", _cities(answer) > 1, _called(answer))]

    async def _structured(self) -> list[Finding]:
        answer = await self._ask("What is 6 times 7?", output_schema=_SCHEMA)
        try:
            value = msgspec.json.decode(answer.text)
        except (msgspec.DecodeError, UnicodeEncodeError):
            value = None
        fits = isinstance(value, dict) and isinstance(value.get("answer"), int)  # pyright: ignore[reportUnknownMemberType] -- any JSON
        return [_finding("structured output", fits, "of the schema" if fits else "not of the schema")]  # fmt: skip

    async def _reasoning(self) -> list[Finding]:
        efforts = self._settings.profile.reasoning_efforts
        effort = "low" if "low" in efforts else (efforts[0] if efforts else None)
        answer = await self._ask("Is 221 a prime number?", effort=effort)
        shown = any(
            isinstance(one, ReasoningDelta)
            or (isinstance(one, ItemDone) and isinstance(one.item, Reasoning))
            for one in answer.events
        )
        tokens = answer.usage.reasoning_output_tokens
        return [_finding("reasoning", shown or tokens > 0, f"{'shown' if shown else 'not shown'}, {tokens} tokens")]  # fmt: skip

    async def _images(self) -> list[Finding]:
        picture = InputImage(image_url=f"data:image/png;base64,{_red_square()}")
        answer = await self._ask("Which colour is this? One word.", [picture])
        seen = "red" in answer.text.lower()
        return [_finding("images", seen, "a red square was " + ("seen" if seen else "not told"))]

    async def _cache(self) -> list[Finding]:
        thread_id = new_id()
        await self._ask("Say one.", thread_id=thread_id)
        again = await self._ask("Say one.", thread_id=thread_id)
        cached = again.usage.cached_input_tokens
        return [_finding("cache counts", cached > 0, f"{cached} of {again.usage.input_tokens} tokens, asked twice")]  # fmt: skip

    async def _ask(
        self,
        question: str,
        more: Sequence[Content] = (),
        *,
        tools: Sequence[ToolSpec] = (),
        effort: str | None = None,
        output_schema: dict[str, Any] | None = None,
        thread_id: str | None = None,
    ) -> Answer:
        prompt = Prompt(
            instructions=_LONG if thread_id else "Answer briefly.",
            history=[Message(role="user", content=[*more, InputText(question)])],
            tools=tools,
            settings=msgspec.structs.replace(
                self._settings, reasoning_effort=effort, output_schema=output_schema
            ),
            cache_key=thread_id or new_id(),
        )
        events: list[StreamEvent] = []
        async with aclosing(self._client.stream(prompt)) as stream:
            async for event in stream:
                if isinstance(event, Finished):
                    self._count(event)
                    return Answer(events, event.usage)
                events.append(event)
        message = "the model's stream ended without its last event"
        raise AssertionError(message)


def _finding(feature: str, works: bool, detail: str) -> Finding:  # noqa: FBT001 -- the verdict itself
    return Finding(feature, "yes" if works else "no", detail)


def _cities(answer: Answer) -> int:
    """How many calls were right."""
    right = 0
    for call in answer.calls:
        try:
            given = msgspec.json.decode(call.arguments, type=dict[str, Any])
        except msgspec.DecodeError:
            continue
        right += call.name == _TOOL.name and isinstance(given.get("city"), str)
    return right


def _called(answer: Answer) -> str:
    calls = answer.calls
    return f"{_cities(answer)} of {len(calls)} calls right" if calls else "no call"


def _red_square() -> str:
    rows = (b"\x00" + b"\xff\x00\x00" * _SIDE) * _SIDE

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    image = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + image).decode()
