"""The pure parts of a run: which text is the answer, and when silence is told."""

from __future__ import annotations

import pytest

from journeyman.headless.run import final_text
from journeyman.protocol.items import AgentMessageItem
from journeyman.transcript.silence import Silence


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ([], None),
        ([("a", None), ("b", None)], "b"),
        ([("a", None), ("b", "commentary")], "a"),
        ([("a", "final_answer"), ("b", None)], "a"),
        ([("b", "commentary")], None),
        ([("a", None), ("", None)], "a"),
    ],
)
def test_final_text_is_the_last_message_that_may_be_one(
    said: list[tuple[str, str | None]], answer: str | None
):
    messages = [AgentMessageItem(id="m", text=text, phase=phase) for text, phase in said]
    assert final_text(messages) == answer


def test_silence_is_told_ever_more_rarely_until_there_is_news():
    silence = Silence(100.0)
    told = [second for second in range(200) if silence.due(100.5 + second) is not None]
    assert told == [2, 5, 10, 20, 40, 60, 120, 180]
    silence.news(400.0)
    assert silence.due(401.9) is None
    assert silence.due(402.0) == 2
