"""A model provider for tests: a real HTTP server on loopback that streams real server-sent events.

Answers each request with the next step of its script, in the dialect of the request's path, keeps what it
was asked, and judges every request by `PromptInvariants`. Uses threads, so that it serves other processes as well as the test's own loop.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Self

import msgspec

from journeyman.models.providers import Provider
from journeyman.testing import chat_script, gemini_script, messages_script, responses_script
from journeyman.testing.prompt_invariants import PromptInvariants
from journeyman.testing.responses_script import Say, Step

_POLL_SECONDS = 0.02


class RecordedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @property
    def json(self) -> dict[str, Any]:
        """The body, decoded."""
        return msgspec.json.decode(self.body, type=dict[str, Any])


class MockProvider:
    """Serves while its `with` block lasts; `violations` must stay empty.

    What is asked beside the prompts is kept in `questions` and takes no step: a path in `tells` is answered with its
    JSON, any other GET with 404 unless the next step has a `body` for it.
    `hanging` is set while a scripted answer is held, `client_gone` once a client has left early.
    """

    def __init__(self, *steps: Step) -> None:
        """Take the script; nothing is served before the block is entered."""
        self.requests: list[RecordedRequest] = []
        self.questions: list[RecordedRequest] = []
        self.tells: dict[str, Any] = {}
        self.violations: list[str] = []
        self.invariants = PromptInvariants()
        self.hanging = threading.Event()
        self.client_gone = threading.Event()
        self._steps = list(steps)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL_SECONDS)
        self._acceptor = threading.Thread(target=self._accept)
        self._open: list[tuple[threading.Thread, socket.socket]] = []

    def __enter__(self) -> Self:
        """Serve."""
        self._acceptor.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop, and close every connection."""
        self._stopping.set()
        self._acceptor.join()
        self._listener.close()
        for thread, connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    @property
    def base_url(self) -> str:
        """What a provider's `base_url` is set to."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def provider(self, **changes: Any) -> Provider:
        """A provider that asks here, with short limits; `changes` are fields of `Provider`."""
        fields: dict[str, Any] = {"id": "mock", "name": "Mock", "base_url": self.base_url}
        return Provider(**{**fields, **changes})

    def script(self, *steps: Step) -> None:
        """Replace what is left of the script."""
        with self._lock:
            self._steps = list(steps)

    @property
    def steps_left(self) -> int:
        """How many steps have not been asked for."""
        return len(self._steps)

    @property
    def connections(self) -> int:
        """How many connections clients have opened."""
        return len(self._open)

    def check(self) -> None:
        """Raise `AssertionError` when a request broke an invariant."""
        if self.violations:
            raise AssertionError("\n".join(self.violations))

    def take(self, request: RecordedRequest) -> tuple[Step, int]:
        """Record a request; the step that answers it and its number."""
        with self._lock:
            if (answer := self._told(request)) is not None:
                self.questions.append(request)
                return answer, 0
            self.requests.append(request)
            number = len(self.requests)
            thread_id = request.headers.get("session_id", "")
            is_prompt = request.method == "POST"
            found = self.invariants.violations(request.body, thread_id) if is_prompt else []
            self.violations += [f"request {number}: {text}" for text in found]
            step = self._steps.pop(0) if self._steps else Step(items=[Say("(script exhausted)")])
            return step, number

    def _told(self, request: RecordedRequest) -> Step | None:
        """The answer to what is no prompt; None where the script answers."""
        if request.path in self.tells:
            return Step(body=msgspec.json.encode(self.tells[request.path]))
        if request.method != "GET" or (self._steps and self._steps[0].body is not None):
            return None
        return Step(status=404)

    def hold(self, connection: socket.socket) -> None:
        """Wait until the client leaves or the provider stops."""
        self.hanging.set()
        # poll, since select refuses descriptors above 1023, which a long test run reaches.
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        while not self._stopping.is_set():
            if poll.poll(_POLL_SECONDS * 1000):
                self.client_gone.set()
                return

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                connection.settimeout(None)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                thread = threading.Thread(target=_Answering(self, connection).run)
                self._open.append((thread, connection))
                thread.start()


class _Answering:
    """Answers the requests of one connection."""

    def __init__(self, provider: MockProvider, connection: socket.socket) -> None:
        self._provider = provider
        self._connection = connection

    def run(self) -> None:
        with (
            contextlib.suppress(OSError),
            self._connection,
            self._connection.makefile("rb") as file,
        ):
            while (request := _read_request(file)) is not None:
                step, number = self._provider.take(request)
                if step.drop or not self._answer(step, number, request.path):
                    return

    def _answer(self, step: Step, number: int, path: str) -> bool:
        """Send the answer; whether the connection may go on."""
        if step.body is not None or step.status != 200:
            body = step.body or b""
            length = {"content-type": "application/json", "content-length": str(len(body))}
            head = _head(step.status, {**length, **step.headers})
            self._connection.sendall(head + body[: step.cut_after])
            return step.cut_after is None
        kind = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
        self._connection.sendall(_head(200, {**kind, **step.headers}))
        for count, event in enumerate(_framed(step, number, path)):
            if count == step.cut_after:
                return False
            if count == step.hang_after:
                self._provider.hold(self._connection)
                return False
            self._connection.sendall(b"%x\r\n%s\r\n" % (len(event), event))
        self._connection.sendall(b"0\r\n\r\n")
        return True


def _read_request(file: BinaryIO) -> RecordedRequest | None:
    method, _, rest = file.readline().decode("latin-1").partition(" ")
    headers: dict[str, str] = {}
    while line := file.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if not rest:
        return None
    length = int(headers.get("content-length", "0"))
    body = file.read(length)
    if len(body) < length:
        return None  # the client was killed while it sent: it asked for nothing
    return RecordedRequest(method=method, path=rest.split(" ")[0], headers=headers, body=body)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _framed(step: Step, number: int, path: str) -> Iterator[bytes]:
    """The step in the dialect that was asked in."""
    path = path.partition("?")[0]
    if path.endswith("/chat/completions"):
        return chat_script.frames(step, number)
    if path.endswith("/messages"):
        return messages_script.frames(step, number)
    if path.endswith(":streamGenerateContent"):
        return gemini_script.frames(step, number)
    return responses_script.frames(step, number)
