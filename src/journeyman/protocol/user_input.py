"""Questions that the model asks the user in the middle of a turn, and the user's answers."""

from __future__ import annotations

from journeyman.protocol.wire import Wire


class UserInputOption(Wire, frozen=True):
    """One answer to choose, and what choosing it means."""

    label: str
    description: str


class UserInputQuestion(Wire, frozen=True):
    """One question; with `is_other` an answer in the user's own words is as good as an option."""

    id: str
    header: str
    question: str
    is_other: bool = False
    is_secret: bool = False
    options: list[UserInputOption] | None = None


class UserInputParams(Wire, frozen=True):
    """The model asks the user; with `is_blocking` it waits for the answer."""

    thread_id: str
    turn_id: str
    item_id: str
    questions: list[UserInputQuestion]
    is_blocking: bool


class UserInputAnswer(Wire, frozen=True):
    """What the user answered to one question: labels of options, or own words; nothing where it was left open."""

    answers: list[str]


class UserInputResponse(Wire, frozen=True):
    """The answers, by the ids of the questions."""

    answers: dict[str, UserInputAnswer]
