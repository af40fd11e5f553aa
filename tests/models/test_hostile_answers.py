"""Bodies that no service means to send: too deep, not quite JSON, packed, without end."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
import pytest
from tests.models.decoding import decode_chunks, decoder_of, is_whole, items_of

from journeyman.cli.dialects import DIALECT_NAMES
from journeyman.models.answer_frames import AnswerError, AnswerFramer
from journeyman.models.answers import json_object
from journeyman.models.api import ModelError
from journeyman.models.recorded import decode_recorded
from journeyman.models.refusals import read_refusal_body
from journeyman.protocol.foreign_json import MAX_DEPTH, read_json, read_sloppy_json
from journeyman.protocol.history import Message, OutputText
from journeyman.testing import chat_script, gemini_script, messages_script, responses_script
from journeyman.testing.responses_script import Say, Step

FRAMES = {
    "chat": chat_script.frames,
    "gemini": gemini_script.frames,
    "messages": messages_script.frames,
    "responses": responses_script.frames,
}
SAID = [Message(role="assistant", content=[OutputText("Grüße")])]


def body_of(dialect: str) -> bytes:
    return b"".join(FRAMES[dialect](Step(items=[Say("Grüße")]), 1))


def said(found: list[Any]) -> list[Any]:
    return [msgspec.structs.replace(item, id=None, phase=None) for item in items_of(found)]


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def test_json_is_refused_when_it_is_nested_too_deeply() -> None:
    assert json_object(nested(MAX_DEPTH)) is not None
    for depth in (MAX_DEPTH + 1, 900, 100_000):
        assert json_object(nested(depth)) is None
        with pytest.raises(msgspec.DecodeError):
            read_json("[" * depth + "]" * depth)


def test_json_is_read_when_it_is_long_and_flat() -> None:
    flat = [{"a": [n]} for n in range(10_000)]
    assert read_json(msgspec.json.encode(flat)) == flat


@pytest.mark.parametrize("many", ["[" + "{}," * 1_500_000 + "{}]", "[" + "1," * 2_000_001 + "1]"])
def test_json_is_refused_when_its_values_would_fill_the_memory(many: str) -> None:
    for text in (many, many.encode()):
        with pytest.raises(msgspec.DecodeError, match="more than 2000000 values"):
            read_json(text)
    with pytest.raises(msgspec.DecodeError, match="more than 2000000 values"):
        read_sloppy_json(many)


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_answer_that_is_nested_too_deeply_is_broken_and_no_crash(dialect: str) -> None:
    deep = b"data: " + nested(5_000).encode() + b"\n\n"
    events, error = decode_chunks(dialect, [body_of(dialect)[:40], b"\n\n", deep])
    assert not is_whole(events)
    assert isinstance(error, ModelError)
    assert error.retryable
    found = decode_recorded(decoder_of(dialect), nested(5_000).encode())
    assert found["error"]["message"] == "the body is no answer of this dialect: broken JSON"
    refused = decode_recorded(decoder_of(dialect), nested(5_000).encode(), status=400)
    assert refused["error"]["message"]


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
@pytest.mark.parametrize(
    "slip", [b'"z":NaN,', b'"z":-Infinity,', b'"z":"\\ud83d",', b'"z":"\x00\x07",', b'"z":1e999,']
)
def test_answer_is_read_when_its_writer_knows_json_badly(dialect: str, slip: bytes) -> None:
    body = body_of(dialect).replace(b"data: {", b"data: {" + slip)
    events, error = decode_chunks(dialect, [body])
    assert (said(events), error) == (SAID, None)


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_answer_is_read_when_it_is_packed(dialect: str) -> None:
    packed = gzip.compress(body_of(dialect))
    for chunks in ([packed], [packed[i : i + 1] for i in range(len(packed))]):
        events, error = decode_chunks(dialect, chunks)
        assert (said(events), error) == (SAID, None)


def test_packed_answer_is_given_up_when_it_swells_or_is_broken() -> None:
    bomb = gzip.compress(b"data: " + b"x" * 10_000_000)
    framer = AnswerFramer(max_bytes=1_000_000)
    with pytest.raises(AnswerError, match="more than 0 MB"):
        framer.feed(bomb)
    with pytest.raises(AnswerError, match="broken gzip"):
        AnswerFramer().feed(b"\x1f\x8b" + b"nothing of the kind")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (gzip.compress(b'{"error":{"message":"packed"}}'), "packed"),
        (b"\x1f\x8bno", "\x1f\ufffdno"),
        (b"data: data: data: {", "data: data: {"),
        (b'event: error\ndata: {"error":"told"}\n\n', "told"),
        (b"<title" * 100_000, "the answer is a web page, not an API's; check the base URL"),
        (b'{"errors":[{"message":"first"},{"message":"second"}]}', "first"),
        (b'{"error":{"message":null,"detail":{"a":1}}}', '{"a":1}'),
        (b"\xef\xbb\xbf\r\n" + b'{"Message":"AWS"}', "AWS"),
    ],
)
def test_refusal_is_found_whatever_it_is_written_in(body: bytes, message: str) -> None:
    assert read_refusal_body(body).message == message


def test_values_one_after_the_other_are_read_as_events() -> None:
    lines = body_of("chat").replace(b"data: [DONE]", b"").replace(b"data: ", b"")
    events, error = decode_chunks("chat", [lines])
    assert (said(events), error) == (SAID, None)
