"""Secrets are masked wherever a text is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from journeyman.redaction import MASK, redact, redact_pieces

KNOWN = ["a line\nand another of one secret", "hunter2hunter2", "ter2hunter2hun", "line\nand"]
PARTS = [
    *KNOWN,
    "sk-" + "a1" * 10,
    "Bearer " + "b/2" * 9 + "==",
    "github_pat_" + "c3" * 12,
    "sk-short",
    "Bearer ",
    "Bearer sk-",
    "x" * 70,
    "hunter2",
    " ",
    "\n",
]


@given(
    st.lists(st.sampled_from(PARTS), max_size=30).map("".join),
    st.lists(st.integers(0, 90), min_size=1, max_size=8),
)
def test_pieces_are_masked_as_the_whole_text_is(text: str, sizes: list[int]) -> None:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)] + (len(pieces) % 2)
        pieces.append(text[at : at + size])
        at += size
    assert "".join(redact_pieces(pieces, KNOWN)) == redact(text, KNOWN)


def test_secret_across_two_pieces_is_masked_and_little_is_held() -> None:
    key = "sk-" + "a1" * 12
    for at in range(len(key) + 1):
        cut = redact_pieces(["x" * 500 + " " + key[:at], key[at:] + " " + "y" * 500])
        assert "".join(cut) == f"{'x' * 500} {MASK} {'y' * 500}"
    said = redact_pieces(["z" * 10_000, "z"])
    assert len(next(said)) > 9_900
