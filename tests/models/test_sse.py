from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.models.sse import ServerSentEvent, SseError, SseParser

STREAM = (
    b'\xef\xbb\xbf: comment\r\n\r\nevent: first\r\ndata: {"a":1}\r\n\r\n'
    b"data:no space\ndata: two lines\nid: 7\nretry: 5\n\n"
    b"\n\nevent: nothing\n\n: keep-alive\n\n"
    b"data\rdata:  \xff \xe2\x82\xac\r\rdata: [DONE]\n\ndata: no blank line after"
)
EVENTS = [
    ServerSentEvent("first", '{"a":1}'),
    ServerSentEvent("", "no space\ntwo lines"),
    ServerSentEvent("", "\n \ufffd \u20ac"),
    ServerSentEvent("", "[DONE]"),
    ServerSentEvent("", "no blank line after"),
]


def parse(*chunks: bytes) -> list[ServerSentEvent]:
    parser = SseParser()
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return events + parser.finish()


def test_sse_reads_every_form_when_whole() -> None:
    assert parse(STREAM) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_sse_reads_the_same_when_cut_anywhere(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in pairwise(places)]
    assert parse(*chunks) == EVENTS


def test_sse_reads_the_same_when_fed_byte_by_byte() -> None:
    assert parse(*(bytes([byte]) for byte in STREAM)) == EVENTS


@pytest.mark.parametrize("chunk", [b"data: " + b"x" * 50, b"data: x\n" * 40])
def test_sse_refuses_an_event_when_it_has_no_end(chunk: bytes) -> None:
    parser = SseParser(max_event_bytes=64)
    with pytest.raises(SseError, match="longer than 64 bytes"):
        [parser.feed(chunk) for _ in range(3)]


@given(st.binary(max_size=200), st.integers(0, 200))
def test_sse_never_fails_when_given_noise(noise: bytes, cut: int) -> None:
    assert parse(noise) == parse(noise[:cut], noise[cut:])
