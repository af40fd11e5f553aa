"""A step is small where only little tool output is new since the last answer."""

from __future__ import annotations

import pytest

from journeyman.core.small_steps import is_small_step
from journeyman.protocol.history import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
)

USER = Message(role="user", content=[InputText("x" * 4_000)])
CALL = FunctionCall(name="f", arguments="{}", call_id="a")
OUTPUT = FunctionCallOutput(call_id="a", output="x" * 400)
FREEFORM = CustomToolCall(name="g", input="x" * 4_000, call_id="b")
PATCHED = CustomToolCallOutput(call_id="b", output="ok")


@pytest.mark.parametrize(
    ("history", "is_small"),
    [
        ([], False),
        ([USER], False),
        ([USER, CALL, OUTPUT], True),
        ([USER, CALL, FREEFORM, OUTPUT, PATCHED], True),
        # Together they are too much.
        ([USER, CALL, CALL, OUTPUT, OUTPUT], False),
        # Somebody said something.
        ([USER, CALL, OUTPUT, Message(role="user", content=[InputText("no")])], False),
        # The model goes on after a pause.
        ([USER, CALL, OUTPUT, Message(role="assistant", content=[])], False),
    ],
)
def test_step_is_small_by_what_is_new_since_the_last_answer(
    history: list[HistoryItem], *, is_small: bool
) -> None:
    assert is_small_step(history, 150) is is_small
