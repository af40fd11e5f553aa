"""Answers in the shapes that single vendors give them: `vendor_answers/` holds one each, with its source.

Their texts are ours, and as short as shows the shape.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.asking import prompt_of
from tests.models.decoding import PROVIDER, decode_chunks, decoder_of, items_of
from tests.models.test_dialect_answers import bent

from journeyman.cli.dialects import dialect_named
from journeyman.models.api import (
    Finished,
    ItemBegun,
    ItemDone,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.models.recorded import decode_recorded
from journeyman.protocol.history import FunctionCall, Message, Reasoning


class VendorAnswer(msgspec.Struct, frozen=True):
    """A body in lines, and what a reader must get out of it."""

    source: str
    dialect: str
    status: int
    body: list[str]
    expect: dict[str, Any]

    @property
    def data(self) -> bytes:
        return "\n".join(self.body).encode()


FILES = sorted((Path(__file__).parent / "vendor_answers").glob("*.json"))
ANSWERS = [msgspec.json.decode(file.read_bytes(), type=VendorAnswer) for file in FILES]
each_answer = pytest.mark.parametrize("answer", ANSWERS, ids=[file.stem for file in FILES])


@each_answer
def test_answer_of_a_vendor_is_read_as_its_reference_says(answer: VendorAnswer) -> None:
    found = decode_recorded(decoder_of(answer.dialect), answer.data, status=answer.status)
    assert {name: found[name] for name in answer.expect} == answer.expect


@each_answer
def test_answer_of_a_vendor_survives_every_split_and_cut(answer: VendorAnswer) -> None:
    data = answer.data
    whole, error = decode_chunks(answer.dialect, [data])
    split, split_error = decode_chunks(answer.dialect, (data[i : i + 1] for i in range(len(data))))
    assert (split, str(split_error)) == (whole, str(error))
    for cut in range(0, len(data), 7):
        assert decode_recorded(decoder_of(answer.dialect), data[:cut])


def reordered(body: bytes, random: Random) -> bytes:
    """The body with events dropped, doubled, swapped and bent."""
    blocks = body.replace(b"\r\n", b"\n").split(b"\n\n")
    for _ in range(random.randint(1, 4)):
        one, other = random.randrange(len(blocks)), random.randrange(len(blocks))
        match random.randrange(5):
            case 0:
                blocks[one : one + 1] = []
            case 1:
                blocks.insert(other, blocks[one])
            case 2:
                blocks[one], blocks[other] = blocks[other], blocks[one]
            case _:
                blocks[one] = b"\n".join(
                    bent_line(line, random) for line in blocks[one].split(b"\n")
                )
        blocks = blocks or [b""]
    return random.choice([b"\n", b"\r\n", b"\r"]).join(b"\n\n".join(blocks).split(b"\n"))


def bent_line(line: bytes, random: Random) -> bytes:
    name, _, value = line.partition(b"data: ")
    try:
        return (
            name + b"data: " + msgspec.json.encode(bent(msgspec.json.decode(value), random, 0.05))
        )
    except msgspec.DecodeError:
        return line


def check_order(events: list[StreamEvent]) -> None:
    """Each part begins, grows and ends, and nothing follows the end of the answer."""
    growing: set[str] = set()
    for place, event in enumerate(events):
        match event:
            case ItemBegun(key):
                assert key not in growing
                growing.add(key)
            case TextDelta(key) | ReasoningDelta(key):
                assert key in growing
            case ItemDone(item, key):
                assert (key in growing) is isinstance(item, Message | Reasoning)
                growing.discard(key or "")
            case Finished():
                assert place == len(events) - 1
                assert not growing or event.incomplete_reason
            case _:
                pass


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ANSWERS), st.integers(0, 2**32))
def test_answer_of_a_vendor_never_crashes_when_it_is_bent(answer: VendorAnswer, seed: int) -> None:
    body = reordered(answer.data, Random(seed))
    found = decode_recorded(decoder_of(answer.dialect), body, status=answer.status)
    assert msgspec.json.encode(found)
    for call in found["tool_calls"]:
        assert call["arguments"] is None or isinstance(call["arguments"], dict)
    events, error = decode_chunks(answer.dialect, [body])
    if error is None:
        check_order(events)
    items = items_of(events)
    assert dialect_named(answer.dialect).encode(PROVIDER, prompt_of(*items))
    for item in items:
        assert msgspec.json.encode(item)
        if isinstance(item, FunctionCall):
            assert all(isinstance(one, str) for one in (item.name, item.arguments, item.call_id))
