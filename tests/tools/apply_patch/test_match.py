import pytest

from journeyman.tools.apply_patch.match import Edit, MatchError, locate_chunks
from journeyman.tools.apply_patch.parse import Chunk, ChunkLine


def removed(*lines: str, context: str | None = None, at_end: bool = False) -> Chunk:
    return Chunk(tuple(ChunkLine("-", line) for line in lines), context, at_end)


def failure(lines: list[str], *chunks: Chunk) -> str:
    with pytest.raises(MatchError) as caught:
        locate_chunks(lines, chunks, "f.txt")
    return str(caught.value)


def test_locate_chunks_searches_each_chunk_below_the_one_before() -> None:
    lines = ["f", "x", "f", "x", "x"]
    chunks = [removed("x", context="f"), removed("x", context="f"), removed("x")]

    edits = locate_chunks(lines, chunks, "f.txt")

    assert edits == [Edit(start, (ChunkLine("-", "x"),)) for start in (1, 3, 4)]


def test_locate_chunks_puts_additions_after_edits_that_come_later_in_the_patch() -> None:
    added = Chunk((ChunkLine("+", "new"),))

    edits = locate_chunks(["a", "b"], [added, removed("a")], "f.txt")

    assert edits == [Edit(0, (ChunkLine("-", "a"),)), Edit(2, (ChunkLine("+", "new"),))]


def test_failure_quotes_the_window_with_most_equal_lines() -> None:
    lines = ["a = 1", "", "def f():", "    return a", "", "def g():", "    b = 2", "    return b"]

    assert failure(lines, removed("def g():", "    b = 3", "    return b")) == (
        "Failed to find expected lines in f.txt:\n"
        "def g():\n    b = 3\n    return b\n"
        "The nearest text in the file (line numbers added):\n"
        "6 | def g():\n7 |     b = 2\n8 |     return b"
    )


def test_failure_quotes_a_similar_line_when_no_line_is_equal() -> None:
    lines = ["import os", "total = compute_total(items, tax)", "print(total)"]

    assert failure(lines, removed("total = compute_totals(items)")).endswith(
        "(line numbers added):\n2 | total = compute_total(items, tax)"
    )


def test_failure_stays_small_when_file_and_chunk_are_large() -> None:
    lines = [f"line {number} " + "x" * 1000 for number in range(300)]

    text = failure(lines, removed(*lines[:100], "not there"))

    quoted = text.partition("line numbers added):\n")[2].splitlines()
    assert (len(quoted), quoted[-1]) == (25, "(the rest is left out)")
    assert max(len(line) for line in quoted) == len(" 1 | ") + 200 + len(" ...")


@pytest.mark.parametrize(
    ("lines", "chunk", "hint"),
    [
        ([], removed("a"), "The file is empty."),
        (["q"], removed("expected"), "Nothing similar is in the file, which has 1 lines; read it"),
        (["a", "b"], removed("a", at_end=True), "These lines are at line 1, but not where"),
        (["a", "f"], removed("a", context="f"), "These lines are at line 1, but not where"),
    ],
)
def test_failure_says_why_when_the_text_is_elsewhere_or_nowhere(
    lines: list[str], chunk: Chunk, hint: str
) -> None:
    assert hint in failure(lines, chunk)


def test_failure_says_where_a_context_line_is_when_it_is_above() -> None:
    assert failure(["f", "x"], removed("x"), removed("x", context="f")) == (
        "Failed to find context 'f' in f.txt\n"
        "It is at line 1, above the place where the search began."
    )
