"""Questions of the model: how one is shown, and what a typed line answers. Pure: no terminal."""

from __future__ import annotations

from journeyman.protocol.user_input import UserInputAnswer, UserInputQuestion
from journeyman.transcript.style import Style
from journeyman.visible_text import revealed_line

HOW_TO_ANSWER = "Type a number, or an answer of your own; an empty line leaves it to the model."


def question_lines(question: UserInputQuestion, style: Style) -> list[str]:
    """The question with its options, counted from 1; what no reader would see is made visible."""
    options = question.options or []
    return [
        style.notable(f"{revealed_line(question.header)}: {revealed_line(question.question)}"),
        *(
            f"  [{number}] {revealed_line(option.label)}: {revealed_line(option.description)}"
            for number, option in enumerate(options, 1)
        ),
        style.quiet(f"  {HOW_TO_ANSWER}"),
    ]


def answer_of(question: UserInputQuestion, line: str) -> UserInputAnswer:
    """The option that the line is the number of; else the line itself."""
    text, options = line.strip(), question.options or []
    if text.isascii() and text.isdecimal() and 1 <= int(text[:3]) <= len(options):
        text = options[int(text[:3]) - 1].label
    return UserInputAnswer(answers=[text] if text else [])
