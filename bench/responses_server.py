"""A local server that plays a model over the Responses API, the same for every program measured.

Owns the script (so many calls of one command, then a message) and the log of what arrived when. It
keeps no state between requests: how far a run is shows in the tool outputs its request carries.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from typing_extensions import override


@dataclass(frozen=True)
class Arrival:
    """One model request as it came in: when (monotonic seconds) and its body."""

    at: float
    body: bytes


class ResponsesServer:
    """Answers `POST /v1/responses` on a free local port until closed."""

    def __init__(self, *, calls: int, command: str = "true") -> None:
        """Play a model that runs the command `calls` times and then says goodbye."""
        self.arrivals: list[Arrival] = []
        self._calls = calls
        self._command = command
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    def answer(self, body: bytes) -> bytes:
        """Return the server-sent events that answer this request."""
        inputs = json.loads(body)["input"]
        done = sum(item.get("type") == "function_call_output" for item in inputs)
        item = self._call(done) if done < self._calls else _message(done)
        return b"".join(_events(done, item))

    def _call(self, number: int) -> dict[str, Any]:
        return {
            "type": "function_call",
            "id": f"fc_{number}",
            "call_id": f"call_{number}",
            "name": "exec_command",
            "arguments": json.dumps({"cmd": self._command}),
            "status": "completed",
        }


def _message(number: int) -> dict[str, Any]:
    return {
        "type": "message",
        "id": f"msg_{number}",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "done", "annotations": []}],
    }


def _events(number: int, item: dict[str, Any]) -> Iterator[bytes]:
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 105,
    }
    response: dict[str, Any] = {
        "id": f"resp_{number}",
        "object": "response",
        "output": [],
        "usage": None,
    }
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {
            "type": "response.completed",
            "response": {**response, "status": "completed", "output": [item], "usage": usage},
        },
    ]
    for sequence, event in enumerate(events):
        data = json.dumps({**event, "sequence_number": sequence})
        yield f"event: {event['type']}\ndata: {data}\n\n".encode()


class _Handler(BaseHTTPRequestHandler):
    owner: ClassVar[ResponsesServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one segment, as real servers send them

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the measurement."""

    def do_GET(self) -> None:
        """Offer no catalogue of models and no websocket; programs go on over plain HTTP."""
        if self.headers.get("upgrade"):
            self._reply(426, "application/json", b'{"error": {"message": "plain HTTP only"}}')
        else:
            self._reply(200, "application/json", b'{"object": "list", "data": [], "models": []}')

    def do_POST(self) -> None:
        """Log one model request and answer it."""
        body = self._read_body()
        self.owner.arrivals.append(Arrival(time.monotonic(), body))
        self._reply(200, "text/event-stream", self.owner.answer(body))

    def _read_body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _reply(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
