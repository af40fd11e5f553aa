"""Origin servers on a loopback address of their own: HTTP on port 80 and TLS on 443, as on the internet."""

from __future__ import annotations

import os
import ssl
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# Nobody else's, so that several runs of these tests do not meet.
ADDRESS = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
LARGE_BYTES = 300_000_000


class Origin:
    """What was asked of the servers: `METHOD HOST PATH` and the headers of the last request."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.requests: list[str] = []
        self.headers: list[str] = []
        self.asked = threading.Event()
        self.certificate = root.parent / "certificate.pem"


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, origin: Origin) -> None:
        self._origin = origin
        super().__init__(*args, directory=str(origin.root))

    def do_GET(self) -> None:  # pyright: ignore[reportImplicitOverride] -- typing has no override yet
        self._note()
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.example/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/large":
            self.send_response(200)
            self.send_header("Content-Length", str(LARGE_BYTES))
            self.end_headers()
            block = bytes(1_000_000)
            for _ in range(LARGE_BYTES // len(block)):
                self.wfile.write(block)
        elif ".git/" in self.path:
            self._git()
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self._note()
        if ".git/" in self.path:
            self._git()
            return
        body = self._body()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _git(self) -> None:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.defpath,
            "GIT_PROJECT_ROOT": str(self._origin.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=self._body(), env=env, capture_output=True, check=True
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        self.send_response(200)
        for line in head.decode().splitlines():
            name, _, value = line.partition(": ")
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _note(self) -> None:
        self._origin.requests.append(f"{self.command} {self.headers['Host']} {self.path}")
        self._origin.asked.set()
        self._origin.headers = sorted(name.lower() for name in self.headers)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # pyright: ignore[reportImplicitOverride] -- its name in the base class; typing has no override yet
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:  # pyright: ignore[reportImplicitOverride] -- typing has no override yet
        """Clients that give up are part of the tests."""


@contextmanager
def origin(root: Path) -> Generator[Origin]:
    """Both servers over the files of `root`; raises `PermissionError` where low ports are root's."""
    it = Origin(root)
    handler = partial(_Handler, origin=it)
    with _serving(handler, 80), _serving(handler, 443, _context(it)):
        yield it


@contextmanager
def _serving(
    handler: partial[_Handler],
    port: int,
    context: ssl.SSLContext | None = None,
) -> Generator[None]:
    with _Server((ADDRESS, port), handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def _context(it: Origin) -> ssl.SSLContext:
    key = it.certificate.with_name("key.pem")
    subject = ["-subj", "/CN=web.test", "-addext", "subjectAltName=DNS:web.test,DNS:pypi.test"]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            *subject,
            "-keyout",
            str(key),
            "-out",
            str(it.certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(it.certificate, key)
    return context
