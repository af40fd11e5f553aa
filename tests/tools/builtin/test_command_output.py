from __future__ import annotations

import pickle
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.tools.command_output import HeadAndTail, bounded_text, looks_denied


def _held(data: bytes, *, limit: int = 1 << 20, pieces: int = 1000) -> HeadAndTail:
    held = HeadAndTail(limit)
    for start in range(0, len(data), pieces):
        held.add(data[start : start + pieces])
    return held


def test_output_that_fits_is_whole() -> None:
    assert bounded_text(_held(b"a\nb\n"), 4) == "a\nb\n"


def test_cut_output_keeps_both_ends_and_says_how_much_is_gone() -> None:
    assert bounded_text(_held(b"a" * 50 + b"b" * 50), 20) == (
        "aaaaaaaaaa\n…20 tokens truncated…\nbbbbbbbbbb"
    )


@given(
    st.text(alphabet="a\u00e9\u20ac\U0001f600", min_size=1, max_size=400),
    st.integers(2, 200),
    st.integers(1, 50),
)
def test_cut_never_splits_a_character(text: str, limit: int, pieces: int) -> None:
    assert "\ufffd" not in bounded_text(_held(text.encode(), limit=limit, pieces=pieces), limit)


def test_flood_is_held_in_bounded_memory() -> None:
    held = HeadAndTail(1000)
    for _ in range(2000):
        held.add(b"x" * 999)
    head, tail = held.ends(1000)
    assert (len(head), len(tail), held.total_bytes) == (500, 500, 1_998_000)
    assert sys.getsizeof(pickle.dumps(held)) < 4000


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9 and some more text\n", "caf\ufffd and some more text\n"),
        (b"one.py\0two.py\0", "one.py\u2400two.py\u2400"),
        (b"\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"),
        (
            b"\x7fELF\x02\x01\x01\x00" + bytes(100),
            "[binary output of 108 bytes, starting with 7f 45 4c 46 02 01 01 00"
            + " 00" * 24
            + "; redirect it to a file and inspect that with file, xxd or strings]\n",
        ),
    ],
)
def test_output_is_text_that_any_server_takes(data: bytes, text: str) -> None:
    assert bounded_text(_held(data), 10_000) == text


@pytest.mark.parametrize(
    ("exit_code", "text", "denied"),
    [
        (1, "touch: cannot touch 'x': Read-only file system", True),
        (6, "curl: (6) Could not resolve host: example.org", True),
        (0, "Permission denied", False),
        (1, "1 failed", False),
    ],
)
def test_denial_is_seen_in_failed_output(exit_code: int, text: str, denied: bool) -> None:
    assert looks_denied(exit_code, text) is denied
