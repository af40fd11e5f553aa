"""What a folder says reaches the model once, and again only when it changed."""

from __future__ import annotations

from itertools import pairwise

from journeyman.core.guidance import Guidance
from journeyman.protocol import events
from journeyman.protocol.history import Message, text_of
from journeyman.testing.scripted_model import answer, says
from journeyman.testing.stage import Stage, StageMaker


class _Changing:
    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)

    def read(self, cwd: str) -> Guidance:
        return Guidance(instructions=self._texts.pop(0), warnings=(f"look at {cwd}",))


def _said(stage: Stage) -> list[list[str]]:
    """The texts of the user's role in each prompt, what is said in every thread aside."""
    texts = [
        [
            text_of(item.content)
            for item in prompt.history
            if isinstance(item, Message) and item.role == "user"
        ]
        for prompt in stage.model.prompts
    ]
    return [[text for text in prompt if "<environment_context>" not in text] for prompt in texts]


def _fragment(text: str) -> str:
    return f"# AGENTS.md instructions for /work\n\n<INSTRUCTIONS>\n{text}\n</INSTRUCTIONS>"


async def test_instructions_are_said_before_the_first_message_and_again_when_they_changed(
    stage: StageMaker,
):
    answers = [answer(says("ok"))] * 4
    async with stage(answers, guidance=_Changing("one", "one", "two", "")) as it:
        thread = (await it.app.start_thread()).id
        for text in "abcd":
            await it.app.run_turn(thread, text)
        gone = "There are none any more: forget the earlier ones."
        expected = [_fragment("one"), "a", "b", _fragment("two"), "c", _fragment(gone), "d"]
        assert [len(prompt) for prompt in _said(it)] == [2, 3, 5, 7]
        assert _said(it)[-1] == expected
        histories = [prompt.history for prompt in it.model.prompts]
        assert all(
            list(later[: len(earlier)]) == list(earlier) for earlier, later in pairwise(histories)
        )
        warnings = [
            seen.message for seen in it.app.seen if isinstance(seen, events.WarningNotification)
        ]
        assert warnings == ["look at /work"]
