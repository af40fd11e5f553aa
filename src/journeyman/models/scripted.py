"""A model whose answers are given beforehand: replays stream events, for tests of whatever asks models.

Owns nothing of the wire; what it was asked is kept in `prompts`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence

from journeyman.models.api import ModelError, Prompt, StreamEvent


class ScriptedClient:
    """Answers each prompt with the next of the given answers.

    An answer is a sequence of events; a `ModelError` in it is raised at its place.
    """

    def __init__(self, answers: Iterable[Sequence[StreamEvent | ModelError]]) -> None:
        """Keep the answers, first one first."""
        self._answers = iter(tuple(answers))
        self.prompts: list[Prompt] = []
        self.closed = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """The next answer; a prompt after the last one is an error of kind `protocol`."""
        self.prompts.append(prompt)
        answer = next(self._answers, None)
        if answer is None:
            raise ModelError("protocol", f"the script has no answer number {len(self.prompts)}")
        for event in answer:
            if isinstance(event, ModelError):
                raise event
            yield event

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
