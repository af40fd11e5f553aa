"""What can go wrong with a model's answer, and how a turn ends then: the cases of docs/model-faults.md.

`python -m tests.models.faults` writes that file. Each fault meets the second step of a turn whose first step
ran a command; the command runs once, whatever happens.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from journeyman.testing import chat_script, gemini_script, messages_script, responses_script
from journeyman.testing.responses_script import Call, Say, Step, run

DOC = Path(__file__).parents[2] / "docs/model-faults.md"
FRAMES = {
    "chat": chat_script.frames,
    "gemini": gemini_script.frames,
    "messages": messages_script.frames,
    "responses": responses_script.frames,
}
DONE = Step(items=[Say("done")])
SSE = {"content-type": "text/event-stream"}
PAGE = b"<html><title>Welcome</title></html>"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault.

    Attributes:
        name: what goes wrong, for the table.
        steps: what the provider answers, from the second request on; then it answers `done`.
        ends: how the turn ends: as if nothing had happened, after a compaction, with an error the model saw
            and mended, or failed.
        requests: how many requests are sent for it, `done` included.
        tells: what the user, or for `mended` the model, is told; empty for nothing.
        dialect: in which dialect.
        waits: seconds waited before further tries, where the provider says how long.
        idle_ms: how long silence lasts before it is one.
    """

    name: str
    steps: Sequence[Step]
    ends: Literal["completed", "compacted", "mended", "failed"]
    requests: int
    tells: str = ""
    dialect: str = "responses"
    waits: Sequence[float] | None = None
    idle_ms: int = 20_000


def _error(**fields: Any) -> bytes:
    return msgspec.json.encode({"error": fields})


def _status(status: int, body: bytes = b"", **headers: str) -> Step:
    return Step(
        status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def _raw(dialect: str, step: Step = DONE) -> bytes:
    return b"".join(FRAMES[dialect](step, 9))


def _stream(body: bytes) -> Step:
    return Step(body=body, headers=SSE)


def _with_noise(dialect: str) -> Step:
    """Comments, pings, unknown events and fields between the real events."""
    noise = b': ping\n\nevent: odd\ndata: {"type":"odd.event","index":7}\n\ndata: \n\nid: 1\nretry: 5\n\n'
    return _stream(b"".join(noise + frame for frame in FRAMES[dialect](DONE, 9)))


def _twice(dialect: str) -> Step:
    """Every event of the beginning comes a second time."""
    first, *rest = FRAMES[dialect](DONE, 9)
    return _stream(first + first + b"".join(rest))


def _whole_json() -> Step:
    message = {"role": "assistant", "content": "done"}
    answer = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    return Step(body=msgspec.json.encode(answer))


def _repeated(step: Step) -> list[Step]:
    """More of it than is ever asked for."""
    return [step] * 20


_PAD = b": " + b"x" * 1_000_000 + b"\n\n"
_SUMMARY = Step(items=[Say("the summary")])
_BAD_CALL = Call("exec_command", '{"cmd": "echo ')

FAULTS: tuple[Fault, ...] = (
    Fault(name="the connection is dropped before the answer, once", steps=[Step(drop=True)], ends="completed", requests=2),
    Fault(name="the connection is dropped before the answer, always", steps=_repeated(Step(drop=True)), ends="failed", requests=10, tells="without an answer"),
    Fault(name="400", steps=[_status(400, _error(message="no such field"))], ends="failed", requests=1, tells="400 Bad Request: no such field"),
    Fault(name="400, the key is refused (Google)", dialect="gemini", steps=[_status(400, _error(code=400, status="INVALID_ARGUMENT", message="API key not valid."))], ends="failed", requests=1, tells="refused the key"),
    Fault(name="400, the context is too long (llama.cpp)", dialect="chat", steps=[_status(400, _error(type="exceed_context_size_error", message="request (9 tokens) exceeds the available context size (8 tokens)")), _SUMMARY], ends="compacted", requests=3),
    Fault(name="400, the context is too long (Anthropic)", dialect="messages", steps=[_status(400, _error(type="invalid_request_error", message="prompt is too long: 9 tokens > 8 maximum")), _SUMMARY], ends="compacted", requests=3),
    Fault(name="401", steps=[_status(401, _error(message="who are you"))], ends="failed", requests=1, tells="refused the key (401 Unauthorized: who are you). Check the key in MOCK_KEY."),
    Fault(name="402", dialect="chat", steps=[_status(402, _error(message="Insufficient credits"))], ends="failed", requests=1, tells="Insufficient credits. Check the credit of your account with Mock, or use another model."),
    Fault(name="403", dialect="messages", steps=[_status(403, _error(type="permission_error", message="not yours"))], ends="failed", requests=1, tells="Check the key in MOCK_KEY"),
    Fault(name="404", dialect="chat", steps=[_status(404, _error(code="model_not_found", message="?"))], ends="failed", requests=1, tells="does not know the model 'test-model', or "),
    Fault(name="408, once", steps=[_status(408)], ends="completed", requests=2),
    Fault(name="409, once", steps=[_status(409)], ends="completed", requests=2),
    Fault(name="413", dialect="messages", steps=[_status(413, _error(type="request_too_large", message="too large")), _SUMMARY], ends="compacted", requests=3),
    Fault(name="422", dialect="chat", steps=[_status(422, b'{"detail":[{"loc":["body","x"],"msg":"bad"}]}')], ends="failed", requests=1, tells="422 Unprocessable"),
    Fault(name="425, once", steps=[_status(425)], ends="completed", requests=2),
    Fault(name="429 that says nothing more", steps=[_status(429)], ends="failed", requests=1, tells="exceeded retry limit, last status: 429 Too Many Requests"),
    Fault(name="429 with Retry-After", steps=[_status(429, retry_after="7")], ends="completed", requests=2, waits=[7.0], tells="Reconnecting... 1/2"),
    Fault(name="429 with retry-after-ms", steps=[_status(429, retry_after_ms="250")], ends="completed", requests=2, waits=[0.25]),
    Fault(name="429 with a delay in the body (Google)", dialect="gemini", steps=[_status(429, _error(status="RESOURCE_EXHAUSTED", message="quota", details=[{"retryDelay": "3.5s"}]))], ends="completed", requests=2, waits=[3.5], tells="Reconnecting... 1/2"),
    Fault(name="429 with a Retry-After that is a date", steps=[_status(429, date="Wed, 25 Nov 2026 23:59:58 GMT", retry_after="Thu, 26 Nov 2026 00:00:03 GMT")], ends="completed", requests=2, waits=[5.0], tells="Reconnecting... 1/2"),
    Fault(name="429 with a Retry-After of an hour", steps=[_status(429, retry_after="3600")], ends="failed", requests=1, tells="429 Too Many Requests"),
    Fault(name="429, the money is used up", steps=[_status(429, _error(code="insufficient_quota", message="pay"), retry_after="1")], ends="failed", requests=1, tells="429 Too Many Requests: pay"),
    Fault(name="500, once", steps=[_status(500)], ends="completed", requests=2),
    Fault(name="400, the context is too long even after a compaction", steps=_repeated(_status(400, _error(code="context_length_exceeded", message="full"))), ends="failed", requests=2, tells="start a new one or use a model with a larger window"),
    Fault(name="500, always", steps=_repeated(_status(500)), ends="failed", requests=9, tells="unexpected status 500 Internal Server Error"),
    Fault(name="502 with a web page, always", steps=_repeated(_status(502, PAGE)), ends="failed", requests=9, tells="a web page titled 'Welcome', not an API's; check the base URL"),
    Fault(name="503 with Retry-After, once", dialect="gemini", steps=[_status(503, retry_after="2")], ends="completed", requests=2, waits=[2.0], tells="Reconnecting"),
    Fault(name="504, once", dialect="chat", steps=[_status(504)], ends="completed", requests=2),
    Fault(name="529, once", dialect="messages", steps=[_status(529, _error(type="overloaded_error", message="Overloaded"))], ends="completed", requests=2),
    Fault(name="307 to another address", steps=[_status(307, location="http://127.0.0.1:9/")], ends="failed", requests=1, tells="which is not followed; mend its base_url"),
    Fault(name="a web page with status 200", steps=[Step(body=PAGE)], ends="failed", requests=1, tells="check the base URL"),
    Fault(name="an empty answer with status 200, once", dialect="messages", steps=[_stream(b"")], ends="completed", requests=2, tells="Reconnecting"),
    Fault(name="an error with status 200", dialect="chat", steps=[Step(body=_error(code="invalid_prompt", message="not this"))], ends="failed", requests=1, tells="not this"),
    Fault(name="JSON instead of a stream", dialect="chat", steps=[_whole_json()], ends="completed", requests=1),
    Fault(name="JSON that is cut", dialect="chat", steps=[msgspec.structs.replace(_whole_json(), cut_after=20)], ends="completed", requests=2, tells="Reconnecting"),
    Fault(name="broken JSON", dialect="messages", steps=[Step(body=b'{"content": [}')], ends="failed", requests=1, tells="(broken JSON); check the base URL"),
    Fault(name="text that is no stream, always", dialect="gemini", steps=_repeated(_stream(b"hello\n\n")), ends="failed", requests=3, tells="the stream ended before the answer was complete"),
    Fault(name="the answer of another dialect, always", dialect="messages", steps=_repeated(_stream(_raw("chat"))), ends="failed", requests=3, tells="the stream ended before the answer was complete"),
    Fault(name="an answer of 100 MB as JSON", dialect="chat", steps=[Step(body=b'{"choices": "' + b"x" * 100_000_000 + b'"}')], ends="failed", requests=1, tells="an answer of more than 64 MB"),
    Fault(name="an answer of 100 MB as a stream", dialect="chat", steps=[_stream(_PAD * 100)], ends="failed", requests=1, tells="an answer of more than 64 MB"),
    Fault(name="one event of 100 MB", steps=[_stream(b"data: " + b"x" * 100_000_000)], ends="failed", requests=1, tells="64 MB"),
    *(Fault(name=f"a stream that is cut before its first event ({dialect})", dialect=dialect, steps=[Step(cut_after=0)], ends="completed", requests=2, tells="Reconnecting... 1/2") for dialect in FRAMES),
    *(Fault(name=f"a stream that is cut in its text ({dialect})", dialect=dialect, steps=[Step(items=[Say("half of it")], cut_after=2)], ends="completed", requests=2, tells="Reconnecting... 1/2") for dialect in FRAMES),
    *(Fault(name=f"a stream that is cut after a tool call, before its end ({dialect})", dialect=dialect, steps=[Step(items=[run("echo never")], cut_after=count)], ends="completed", requests=2, tells="Reconnecting... 1/2") for dialect, count in (("chat", 4), ("gemini", 1), ("messages", 6), ("responses", 7))),
    Fault(name="a stream that is always cut", dialect="messages", steps=_repeated(Step(items=[Say("a")], cut_after=4)), ends="failed", requests=3, tells="the server closed the connection in the middle of its answer"),
    Fault(name="a stream that goes silent, once", dialect="chat", steps=[Step(items=[Say("a")], hang_after=2)], idle_ms=700, ends="completed", requests=2, tells="nothing came for"),
    Fault(name="silence after the head, always", dialect="gemini", steps=_repeated(Step(hang_after=0)), idle_ms=700, ends="failed", requests=3, tells="nothing came for"),
    Fault(name="an overload told in mid-stream, once", dialect="messages", steps=[Step(items=[Say("a")], end="failed", error={"type": "overloaded_error", "message": "Overloaded"})], ends="completed", requests=2, tells="(Overloaded)"),
    Fault(name="a rate limit told in mid-stream with its time", dialect="chat", steps=[Step(items=[Say("a")], end="failed", error={"code": "rate_limit_exceeded", "message": "try again in 1.5s"})], ends="completed", requests=2, waits=[1.5], tells="try again in 1.5s"),
    Fault(name="a refusal told in mid-stream", dialect="chat", steps=[Step(items=[Say("a")], end="failed", error={"type": "invalid_request_error", "message": "not like this"})], ends="failed", requests=1, tells="not like this"),
    Fault(name="a full context told in mid-stream", steps=[Step(items=[Say("a")], end="failed", error={"code": "context_length_exceeded", "message": "full"}), _SUMMARY], ends="compacted", requests=3),
    Fault(name="an event of broken JSON, once", dialect="chat", steps=[_stream(_raw("chat").replace(b'"do"', b'"do', 1))], ends="completed", requests=2, tells="a broken event came"),
    Fault(name="an event of broken JSON in Responses, once", steps=[_stream(_raw("responses").replace(b'"delta":"do"', b'"delta":"do', 1))], ends="completed", requests=2, tells="a broken event came"),
    Fault(name="a call whose arguments came as broken text (Google)", dialect="gemini", steps=[_stream(_raw("gemini", Step(items=[Call("exec_command", {"cmd": "x"})])).replace(b'{"cmd":"x"}', b'"{\\"cmd"'))], ends="mended", requests=2, tells="are not a JSON object"),
    Fault(name="an event that is nested too deeply, once", dialect="messages", steps=[_stream(b"data: " + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"\n\n")], ends="completed", requests=2, tells="a broken event came"),
    Fault(name="an answer that is packed with gzip", steps=[_stream(gzip.compress(_raw("responses")))], ends="completed", requests=1),
    Fault(name="a failure as JSON between the events (Google)", dialect="gemini", steps=[_stream(_raw("gemini").partition(b"\n\n")[0] + b"\n\n" + _error(code=503, status="UNAVAILABLE", message="later"))], ends="completed", requests=2, tells="later"),
    Fault(name="a message that begins twice", dialect="messages", steps=[_twice("messages")], ends="completed", requests=1),
    Fault(name="another message in the middle of one", dialect="messages", steps=[_stream(_raw("messages")[: _raw("messages").index(b"event: message_delta")] + b"".join(messages_script.frames(DONE, 10)))], ends="completed", requests=2, tells="began its answer anew"),
    Fault(name="an event that comes twice", steps=[_twice("responses")], ends="completed", requests=1),
    *(Fault(name=f"comments, pings and unknown events ({dialect})", dialect=dialect, steps=[_with_noise(dialect)], ends="completed", requests=1) for dialect in FRAMES),
    Fault(name="invalid UTF-8 in the text", dialect="chat", steps=[_stream(_raw("chat", Step(items=[Say("done?")])).replace(b"?", b"\xff"))], ends="completed", requests=1),
    Fault(name="no closing event after the reason to stop", dialect="messages", steps=[_stream(_raw("messages").replace(b'event: message_stop\ndata: {"type":"message_stop"}\n\n', b""))], ends="completed", requests=1),
    Fault(name="no [DONE] after the reason to stop", dialect="chat", steps=[_stream(_raw("chat").replace(b"data: [DONE]\n\n", b""))], ends="completed", requests=1),
    Fault(name="a call with half its arguments in an answer that says completed", steps=[Step(items=[_BAD_CALL])], ends="mended", requests=2, tells="are not a JSON object"),
    Fault(name="a call with half its arguments at the token limit", dialect="chat", steps=[Step(items=[_BAD_CALL], end="incomplete")], ends="mended", requests=2, tells="are not a JSON object"),
    Fault(name="a call whose arguments are nested too deeply", dialect="chat", steps=[Step(items=[Call("exec_command", '{"a":' * 2_000 + "1" + "}" * 2_000)])], ends="mended", requests=2, tells="are not a JSON object"),
    Fault(name="a call that the service found broken (Groq)", dialect="chat", steps=[Step(items=[Say("a")], end="failed", error={"type": "invalid_request_error", "code": "tool_use_failed", "message": "Failed to call a function."})], ends="completed", requests=2, tells="Failed to call a function."),
    Fault(name="a call whose arguments do not fit the schema", dialect="messages", steps=[Step(items=[Call("exec_command", {"command": "x"})])], ends="mended", requests=2, tells="missing required argument `cmd`"),
    Fault(name="a call of a tool that does not exist", dialect="gemini", steps=[Step(items=[Call("format_disk", {})])], ends="mended", requests=2, tells="unsupported call: format_disk. The tools are:"),
    Fault(name="a call id that was used before", dialect="chat", steps=[Step(items=[Call("nothing", {}, "call_1_0")])], ends="mended", requests=2, tells="unsupported call: nothing"),
    Fault(name="a call without an id", dialect="chat", steps=[_stream(_raw("chat", Step(items=[Call("nothing", {}, "gone")])).replace(b'"id":"gone",', b""))], ends="mended", requests=2, tells="unsupported call: nothing"),
    Fault(name="an answer that says nothing", dialect="messages", steps=[Step()], ends="completed", requests=1),
    Fault(name="an answer cut short at the token limit", dialect="gemini", steps=[Step(items=[Say("do")], end="incomplete")], ends="completed", requests=1, tells="The model's answer was cut short: max_output_tokens."),
)  # fmt: skip

_HEAD = """# When a model's service fails

How a turn ends when something goes wrong between it and its model; written by `python -m tests.models.faults` from the cases that
tests/models/test_faults.py plays over real HTTP. In every case each command of the turn runs exactly once, because an answer enters the
history only when it is whole.

A request that gets no answer is sent again quietly, up to `request_max_retries` times, with a growing wait that differs by up to a tenth
from client to client; after that, and when an answer breaks off, the step is asked again as often as `stream_max_retries` says, and the
user is told. (A connection kept from the step before that turns out to be closed is replaced without counting.) A wait that the provider asks for is kept, up to two minutes; no try begins later than ten minutes after the first failure.
What cannot succeed is not sent again, but for one thing: reasoning that another service had encrypted or signed is left out once this one says
that it cannot read it. The number of requests below is for limits of two and two.

| what goes wrong | the turn | requests | what is told |
|---|---|---|---|
"""
_ENDS = {
    "completed": "goes on",
    "compacted": "goes on: the thread is summed up and asked again",
    "mended": "goes on: the model gets the error and can mend the call",
    "failed": "fails",
}


def document() -> str:
    """The text of docs/model-faults.md."""
    rows = [
        f"| {fault.name} | {_ENDS[fault.ends]} | {fault.requests} | {fault.tells or '-'} |\n"
        for fault in FAULTS
    ]
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    DOC.write_text(document(), encoding="utf-8")
