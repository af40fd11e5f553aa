"""`jm exec` on a terminal: both streams are shown, and the answer once."""

from __future__ import annotations

import os
import pty

import pytest

from journeyman.cli.terminal import wants_colour
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step


def _read_all(fd: int) -> str:
    data = b""
    while True:
        try:
            piece = os.read(fd, 1 << 16)
        except OSError:
            return data.decode()
        if not piece:
            return data.decode()
        data += piece


def test_exec_shows_the_answer_once_and_nothing_raw_when_on_a_terminal(program: Program):
    program.env["TERM"] = "xterm"
    program.provider.script(Step(items=[Say("the answer \x1b[2J\u202e")]))
    main, side = pty.openpty()
    args = ["exec", "--skip-git-repo-check", "x"]
    process = program.start(*args, stdin=side, stdout=side, stderr=side)
    os.close(side)
    shown = _read_all(main)
    os.close(main)
    assert process.wait(50) == 0
    assert shown.count("the answer ^[[2J<U+202E>") == 1
    assert "\x1b[1muser\x1b[0m" in shown


def test_exec_has_no_prompt_when_stdin_is_a_terminal(program: Program):
    main, side = pty.openpty()
    process = program.start("exec", "--skip-git-repo-check", stdin=side)
    _, err = process.communicate(timeout=50)
    os.close(main)
    os.close(side)
    assert (process.returncode, err) == (
        1,
        b"error: no prompt, on the command line: give it as an argument or pipe it into stdin\n",
    )


@pytest.mark.parametrize(
    ("choice", "environment", "is_tty", "wanted"),
    [
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {"TERM": "xterm"}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {}, True, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ("always", {"TERM": "dumb", "NO_COLOR": "1"}, False, True),
        ("never", {"TERM": "xterm"}, True, False),
    ],
)
def test_wants_colour_follows_the_choice_and_the_terminal(
    choice: str, environment: dict[str, str], is_tty: bool, wanted: bool
):
    assert wants_colour(choice, environment, is_tty=is_tty) is wanted
