import pytest

from argsy import parse


@pytest.mark.parametrize(
    ("line", "options", "words"),
    [
        ("", {}, []),
        ("run fast", {}, ["run", "fast"]),
        ("--n=3 go", {"n": "3"}, ["go"]),
        ("--n 3 --m 4", {"n": "3", "m": "4"}, []),
        ("--quiet --n 3", {"quiet": True, "n": "3"}, []),
        ("--a 1 --a 2", {"a": ["1", "2"]}, []),
        ("--quiet", {"quiet": True}, []),
    ],
)
def test_parse(line, options, words):
    assert parse(line.split()) == (options, words)
