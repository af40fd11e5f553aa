"""Where stolen data would arrive: sockets of this machine that remember whether anybody reached them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol


class Ear(Protocol):
    """Something that can be reached; `name` is for messages."""

    name: str

    def heard(self) -> bool:
        """Whether it was reached since this was asked last."""
        ...


class SocketEar:
    """A bare socket; who connects or sends is not answered."""

    def __init__(self, name: str, bound: socket.socket) -> None:
        self.name = name
        self._socket = bound
        bound.setblocking(False)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def heard(self) -> bool:
        found = False
        with contextlib.suppress(BlockingIOError):
            while True:
                if self._socket.type == socket.SOCK_STREAM:
                    self._socket.accept()[0].close()
                else:
                    self._socket.recv(1 << 16)
                found = True
        return found


@contextmanager
def tcp_ear(host: str = "127.0.0.1") -> Generator[SocketEar]:
    with socket.create_server((host, 0)) as bound:
        yield SocketEar("tcp", bound)


@contextmanager
def udp_ear() -> Generator[SocketEar]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield SocketEar("udp", bound)


@contextmanager
def unix_ear(address: str) -> Generator[SocketEar]:
    """At a path, or in the abstract name space where `address` begins with NUL."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        bound.bind(address)
        bound.listen()
        yield SocketEar(f"unix {address!r}", bound)


class WebEar:
    """A web server that answers everything with a line or, if `redirect` is set, sends on to there."""

    def __init__(self, host: str) -> None:
        self.name = f"web {host}"
        self.redirect = ""
        self._requests: list[str] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ear.answer(self)

            do_POST = do_CONNECT = do_GET  # noqa: N815 -- the standard library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # pyright: ignore[reportImplicitOverride] -- the standard library's words; typing.override came with 3.12
                """Say nothing."""

        self.server = ThreadingHTTPServer((host, 0), Handler)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def heard(self) -> bool:
        found = bool(self._requests)
        self._requests.clear()
        return found

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if self.redirect:
            handler.send_response(302)
            handler.send_header("Location", self.redirect)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        self._requests.append(handler.path)
        handler.send_response(200)
        handler.send_header("Content-Length", "5")
        handler.end_headers()
        handler.wfile.write(b"here\n")


@contextmanager
def web_ear(host: str) -> Generator[WebEar]:
    ear = WebEar(host)
    with ear.server:
        thread = threading.Thread(target=ear.server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield ear
        ear.server.shutdown()
        thread.join()
