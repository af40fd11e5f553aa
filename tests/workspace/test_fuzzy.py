"""Finding paths by a few letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.workspace.fuzzy import Match, find

FILES = [
    "README.md",
    "src/server/handlers/turn.py",
    "src/server/handlers/thread.py",
    "src/core/turn.py",
    "src/core/turn_diff.py",
    "tests/core/test_turn.py",
    "docs/İstanbul.md",
]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("turn.py", "src/core/turn.py"),
        ("srvthr", "src/server/handlers/thread.py"),
        ("TD", "src/core/turn_diff.py"),
        ("turn test", "tests/core/test_turn.py"),
        ("handlers", "src/server/handlers"),
        ("stanbul", "docs/İstanbul.md"),
    ],
)
def test_find_puts_first_what_a_person_means(query: str, best: str):
    assert find(FILES, query, 10)[0].path == best


def test_find_tells_where_the_letters_are_and_lists_the_directories_too():
    first, second, third = find(FILES, "core", 3)
    assert first == Match(
        path="src/core", is_directory=True, score=first.score, indices=(4, 5, 6, 7)
    )
    assert [second.path, third.path] == ["tests/core", "src/core/turn.py"]
    assert (find(FILES, "  ", 5), find(FILES, "xyz", 5)) == ([], [])


def test_find_keeps_what_fits_all_words_when_a_hundred_thousand_fit_one():
    files = [f"app/module_{n}/view.py" for n in range(100_000)]
    assert [match.path for match in find(files, "view 77777", 5)] == ["app/module_77777/view.py"]


@given(st.lists(st.text(min_size=1), max_size=8), st.text(max_size=5))
def test_find_marks_letters_of_the_query_in_order_for_any_text(paths: list[str], query: str):
    for match in find(paths, query, 100):
        assert match.path
        assert list(match.indices) == sorted(set(match.indices))
        assert all(at < len(match.path) for at in match.indices)
