"""The tool `request_user_input`: the model asks the user a few short questions and waits for the answers.

Offered only where somebody can answer. An answer is what the user says, nothing more: it allows nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from journeyman.core.journal import Journal
from journeyman.models.api import ToolSpec
from journeyman.protocol.user_input import (
    UserInputOption,
    UserInputParams,
    UserInputQuestion,
    UserInputResponse,
)
from journeyman.tools.api import (
    Invocation,
    Scope,
    Tool,
    ToolCall,
    ToolContext,
    ToolError,
    ToolOutput,
)
from journeyman.tools.quiet_invocation import QuietInvocation

Ask = Callable[[msgspec.Struct], Awaitable[msgspec.Struct | None]]
# More at once is a form to fill in, which nobody asked for.
MAX_QUESTIONS = 3
_NOBODY = "Nobody answered. Go on with what you think best, and say at the end what you assumed."
_DESCRIPTION = (
    "Ask the user up to three short questions and wait for the answers. Only for a choice that is the user's and"
    " changes what you do; find out yourself what the project can tell you. The user may answer in own words."
)
_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "questions": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_QUESTIONS,
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "description": "What the answer is named by."},
                    "header": {"type": "string", "description": "One or two words."},
                    "question": {"type": "string", "description": "One sentence."},
                    "options": {
                        "type": "array",
                        "description": "Two or three answers that exclude each other, the best first."
                        " Leave out for an open question.",
                        "items": {
                            "type": "object",
                            "properties": {
                                "label": {"type": "string", "description": "A few words."},
                                "description": {"type": "string", "description": "What follows."},
                            },
                            "required": ["label", "description"],
                            "additionalProperties": False,
                        },
                    },
                },
                "required": ["id", "header", "question"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["questions"],
    "additionalProperties": False,
}


class _Question(msgspec.Struct, frozen=True):
    id: str
    header: str
    question: str
    options: list[UserInputOption] | None = None


class _Arguments(msgspec.Struct, frozen=True):
    questions: list[_Question]


class UserQuestions:
    """What one thread asks its user; `tools` is empty where nobody could answer."""

    def __init__(self, *, offered: bool = False) -> None:
        """Ask nobody before `bind`."""
        self.tools: list[Tool] = [_UserInputTool(self)] if offered else []
        self._journal: Journal | None = None
        self._ask: Ask | None = None

    def bind(self, journal: Journal, ask: Ask) -> None:
        """Say who is asked; before the first question."""
        self._journal = journal
        self._ask = ask

    async def put(self, call_id: str, questions: list[UserInputQuestion]) -> str | None:
        """The answers as JSON for the model; None where nobody answered."""
        journal = self._journal
        if journal is None or self._ask is None:
            return None
        params = UserInputParams(
            thread_id=journal.thread_id,
            turn_id=journal.turn_id,
            item_id=call_id,
            questions=questions,
            is_blocking=True,
        )
        with journal.waiting("waitingOnUserInput"):
            answer = await self._ask(params)
        if not isinstance(answer, UserInputResponse):
            return None
        return msgspec.json.encode(answer).decode()


class _UserInputTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self, questions: UserQuestions) -> None:
        self.spec = ToolSpec(
            name="request_user_input", description=_DESCRIPTION, parameters=_PARAMETERS
        )
        self._questions = questions

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`; the registry has judged the arguments' shapes."""
        del scope
        given = msgspec.convert(call.arguments, _Arguments).questions
        if not 1 <= len(given) <= MAX_QUESTIONS:
            raise ToolError(f"request_user_input: ask 1 to {MAX_QUESTIONS} questions at once")
        if len({question.id for question in given}) < len(given):
            raise ToolError("request_user_input: every question needs an id of its own")
        asked = [
            UserInputQuestion(
                id=question.id,
                header=question.header,
                question=question.question,
                is_other=True,
                options=question.options or None,
            )
            for question in given
        ]

        async def put(context: ToolContext) -> ToolOutput:
            del context
            answers = await self._questions.put(call.call_id, asked)
            return ToolOutput(content=answers or _NOBODY, success=answers is not None)

        return QuietInvocation(put)

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""
        del kill
