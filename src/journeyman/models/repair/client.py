"""The offline provider as a model client: turns the next move into the events of a stream."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

from journeyman.models.api import (
    Finished,
    ItemBegun,
    ItemDone,
    Prompt,
    StreamEvent,
    TextDelta,
    ToolSpec,
)
from journeyman.models.repair.answer import Proposal, Suspect
from journeyman.models.repair.moves import Call, Setting, move_with, next_move
from journeyman.models.repair.story import read_story
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    Message,
    OutputText,
    ToolCallItem,
)
from journeyman.protocol.usage import TokenUsage


class Proposer(Protocol):
    """Has ideas for single lines."""

    async def propose(self, suspects: Sequence[Suspect]) -> Sequence[Proposal]:
        """Other texts for these lines, likeliest first; none where it cannot be asked."""
        ...


class RepairClient:
    """See `journeyman.models.api.ModelClient`. It keeps nothing between requests."""

    def __init__(
        self, engine: Sequence[str] | None = None, proposer: Proposer | None = None
    ) -> None:
        """Take the words of the command that starts the engine; by default the one beside this.

        `proposer` is asked about lines where the engine's own edits do not help.
        """
        self._proposer = proposer
        folder = Path(__file__).with_name("engine")
        self._engine = tuple(engine or (sys.executable, "-B", str(folder)))

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """Answer with the next move of the repair that the history tells of."""
        story = read_story(prompt.history)
        specs = {spec.name: spec for spec in prompt.tools}
        has_model = self._proposer is not None
        tools, mark = frozenset(specs), os.urandom(4).hex()
        setting = Setting(self._engine, tools, mark, has_model=has_model)
        move = next_move(story, setting)
        if move.ask and self._proposer is not None:
            move = move_with(await self._proposer.propose(move.ask), story, setting)
        if move.text:
            key = f"message-{story.length}"
            yield ItemBegun(key, "message")
            yield TextDelta(key, move.text)
            yield ItemDone(Message(role="assistant", content=[OutputText(move.text)]), key)
        for number, call in enumerate(move.calls):
            call_id = f"call_repair_{story.length + number}_{call.stage}"
            yield ItemDone(_tool_call(call, call_id, specs[call.tool]))
        # No tokens were spent: nothing here counts or costs any.
        yield Finished(usage=TokenUsage())

    async def close(self) -> None:
        """Nothing is open."""


def _tool_call(call: Call, call_id: str, spec: ToolSpec) -> ToolCallItem:
    if spec.freeform:
        return CustomToolCall(name=call.tool, input=call.arguments["input"], call_id=call_id)
    return FunctionCall(name=call.tool, arguments=json.dumps(call.arguments), call_id=call_id)
