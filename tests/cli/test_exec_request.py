"""What the words of `jm exec` mean."""

from __future__ import annotations

import pytest

from journeyman.cli.exec_request import ExecFlags, Words, read_words

LAST = ExecFlags(last=True)
PLAIN = ExecFlags()


@pytest.mark.parametrize(
    ("words", "flags", "meaning"),
    [
        ((), PLAIN, Words()),
        (("p",), PLAIN, Words(prompt="p")),
        (("resume", "t"), PLAIN, Words(action="resume", thread="t")),
        (("resume", "t", "p"), PLAIN, Words(action="resume", thread="t", prompt="p")),
        (("resume",), LAST, Words(action="resume")),
        (("resume", "p"), LAST, Words(action="resume", prompt="p")),
        (("fork", "t", "-"), PLAIN, Words(action="fork", thread="t", prompt="-")),
    ],
)
def test_read_words_tells_prompt_from_thread(
    words: tuple[str, ...], flags: ExecFlags, meaning: Words
):
    assert read_words(words, flags, all_literal=False) == meaning


def test_read_words_is_a_prompt_when_it_stood_after_dashes():
    assert read_words(("fork",), PLAIN, all_literal=True) == Words(prompt="fork")
