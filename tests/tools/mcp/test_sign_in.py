"""`jm mcp login` as a process: OAuth at a real server, played by the official SDK; the browser is played here."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tests.cli.server_parts import server_in

from journeyman.cli.browser import has_browser
from journeyman.protocol.jsonrpc import RpcError
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.raw_client import RawClient
from journeyman.testing.responses_script import Call, Say, Step
from journeyman.tools.mcp.servers import McpServerError
from journeyman.tools.mcp.sign_in import check_address

SERVER = Path(__file__).with_name("oauth_program.py")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with MockProvider() as provider:
        yield Program(tmp_path, provider)
        provider.check()


class Web:
    """The running server."""

    def __init__(self, port: int, life: Path) -> None:
        self.url = f"http://127.0.0.1:{port}/mcp"
        self.life = life


@contextmanager
def serving(program: Program, authorize: str = "") -> Generator[Web]:
    """The server, configured as `web`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    web = Web(port, program.work / "life")
    web.life.write_text("3600")
    with (program.work / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, str(SERVER), str(port), authorize, str(web.life)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert server.stderr is not None
        try:
            while b"Uvicorn running" not in server.stderr.readline():
                assert server.poll() is None
            with program.config.open("a", encoding="utf-8") as file:
                file.write(f'[mcp_servers.web]\nurl = "{web.url}"\n')
            yield web
        finally:
            server.kill()
            log.write(server.communicate()[1])


def come_back(address: str, *, host: str | None = None, **query: str) -> int:
    """The status that a browser gets which comes back with this query."""
    headers = {} if host is None else {"Host": host}
    request = urllib.request.Request(f"{address}?{urlencode(query)}", headers=headers)  # noqa: S310 -- our own program, on this machine
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 -- our own program, on this machine
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def use(program: Program) -> str:
    """What the model hears from the server's tool, or what is warned of."""
    program.provider.script(
        Step(items=[Call("mcp__web__echo", {"text": "hi"}, "a")]), Step(items=[Say("done")])
    )
    done = program.exec("go")
    output = program.asked()["input"][-1]["output"]
    return done.stderr if isinstance(output, str) else output[1]["text"]


@pytest.mark.real
def test_login_keeps_a_token_that_threads_send_and_renew(program: Program) -> None:
    with serving(program) as web:
        assert "it wants a sign-in: run jm mcp login web" in use(program)
        with program.start("mcp", "login", "web") as process:
            assert process.stdout is not None
            shown: list[str] = [process.stdout.readline().decode() for _ in range(4)]
            address = shown[2].strip()
            query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
            back, state = query["redirect_uri"], query["state"]
            # M07: who does not know the state, or comes by another name, is turned away, and nothing ends.
            assert come_back(back, code="evil", state="guessed") == 400
            assert come_back(back, code="evil") == 400
            assert come_back(back, host="evil.example", code="evil", state=state) == 404
            assert come_back(back, code="right", state=state) == 200
            out, err = process.communicate(timeout=40)
        assert (process.returncode, out.decode()) == (0, "Signed in to the MCP server 'web'.\n")
        file = program.home / "mcp_credentials.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        entry = json.loads(file.read_text())[web.url]
        assert "given-0" in entry["tokens"].values()
        assert "given-" not in "".join(shown) + err.decode()
        assert urlsplit(address).path == "/authorize"
        assert query["code_challenge_method"] == "S256"

        assert "OAuth" in program.run("mcp", "list").stdout
        assert use(program) == "echo: hi"
        entry["expires_at"] = 1
        file.write_text(json.dumps({web.url: entry}))
        assert use(program) == "echo: hi"
        renewed = json.loads(file.read_text())[web.url]["tokens"]
        assert (renewed["access_token"], renewed["refresh_token"]) == ("given-1", "again")

        assert program.run("mcp", "logout", "web").stdout == "Signed out of 'web'.\n"
        assert "it wants a sign-in" in use(program)
    asked = [
        json.loads(line)["asked"]
        for line in (program.work / "server.log").read_text().splitlines()
        if line.startswith('{"asked"')
    ]
    assert [form["grant_type"] for form in asked] == ["authorization_code", "refresh_token"]
    rollouts = "".join(path.read_text() for path in program.home.glob("sessions/**/*.jsonl"))
    assert "given-" not in rollouts


@pytest.mark.real
def test_login_opens_the_users_browser_and_asks_for_the_scopes_that_he_names(
    program: Program,
) -> None:
    page = program.work / "page"
    browser = program.work / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {page}.new && mv {page}.new {page}\n')
    browser.chmod(0o755)
    program.env |= {"BROWSER": f"{browser} %s", "TERM": "xterm"}
    main, side = pty.openpty()
    with serving(program) as web:
        with program.config.open("a", encoding="utf-8") as file:
            file.write('scopes = ["of-the-config"]\n')
        login = ["mcp", "login", "web"]
        with program.start(*login, "--scopes", "read, write", stdout=side) as process:
            shown = b""
            while b"\r\n\r\nhttp" not in shown or not shown.endswith(b"\r\n\r\n"):
                shown += os.read(main, 4096)
            address = page.read_text()
            query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
            assert come_back(query["redirect_uri"], code="right", state=query["state"]) == 200
            assert process.wait(40) == 0
        assert shown.startswith(b"Sign in on the page that was opened in your browser.")
        assert address.encode() in shown
        assert query["scope"] == "read write"
        # By the configuration, and not from afar.
        page.unlink()
        program.env["SSH_CONNECTION"] = "10.0.0.1 1 10.0.0.2 22"
        with program.start(*login, stdin=side, stdout=side) as process:
            shown = b""
            while b"paste here the address" not in shown or not shown.endswith(b"\r\n"):
                shown += os.read(main, 4096)
            address = shown.decode().partition("\r\n\r\n")[2].partition("\r\n")[0]
            query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
            # Where the browser of another machine ends up, after a slip.
            os.write(main, b"http://127.0.0.1:1/callback?code=evil&state=guessed\n")
            ended = urlencode({"code": "right", "state": query["state"]})
            os.write(main, f"{query['redirect_uri']}?{ended}\n".encode())
            assert process.wait(40) == 0
        assert b"To sign in, open this page" in shown
        assert (query["scope"], page.exists()) == ("of-the-config", False)
        assert web.url in program.run("mcp", "list").stdout
    os.close(main)
    os.close(side)


@pytest.mark.parametrize(
    ("environment", "on_terminal", "has_one"),
    [
        ({"DISPLAY": ":0"}, True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ({"DISPLAY": ":0"}, False, False),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, True, False),
        ({"BROWSER": "firefox", "SSH_CONNECTION": "a 1 b 22"}, True, False),
    ],
)
def test_browser_is_opened_where_somebody_sees_it(
    environment: dict[str, str], on_terminal: bool, has_one: bool
) -> None:
    assert has_browser(environment, on_terminal=on_terminal) is has_one


@pytest.mark.real
def test_login_shows_no_address_that_is_not_https(program: Program) -> None:
    # M06: whoever serves the metadata could have anything opened.
    with serving(program, "http://evil.example/authorize"):
        done = program.run("mcp", "login", "web")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: the MCP server web: it names the address 'http://evil.example/authorize', "
        "which is no https:// address\n"
    )
    assert not (program.home / "mcp_credentials.json").exists()


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "$(touch /tmp/x)",
        "javascript:alert(1)",
        "http://example.com/authorize",
        "https://user:password@example.com/",
        "https://example.com/a b",
        "https://example.com/\x1b]0;x\x07",
        "https://",
        "https://[",
        "http://127.0.0.1:1/",
    ],
)
def test_addresses_that_a_server_elsewhere_may_not_name(address: str) -> None:
    with pytest.raises(McpServerError, match="no https:// address"):
        check_address(address, "https://mcp.example.com/mcp")


def test_addresses_on_this_machine_are_for_servers_on_this_machine() -> None:
    check_address("http://localhost:1/a", "http://127.0.0.1:9/mcp")
    check_address("https://login.example.com/a?b=c", "https://mcp.example.com/mcp")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('command = "cat"', "there is nothing to sign in to, in mcp_servers.x: it is started as a"),
        (
            'url = "https://x.example/mcp"\nhttp_headers = { Authorization = "Bearer abc" }',
            "there is nothing to sign in to, in mcp_servers.x: it has its token in the config",
        ),
        ('url = "http://127.0.0.1:1/mcp"', "the MCP server x: "),
    ],
)
def test_login_says_why_it_cannot_be(program: Program, table: str, says: str) -> None:
    with program.config.open("a", encoding="utf-8") as file:
        file.write(f"[mcp_servers.x]\n{table}\n")
    done = program.run("mcp", "login", "x")
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "", False)
    assert says in done.stderr


@pytest.mark.real
async def test_client_signs_in_over_the_protocol(program: Program) -> None:
    with serving(program) as web:
        async with server_in(program.home.parent) as services, RawClient(services) as client:
            begun = await client.call("mcpServer/oauth/login", {"name": "web"})
            address: str = begun["authorizationUrl"]
            query = parse_qs(urlsplit(address).query)
            back, state = query["redirect_uri"][0], query["state"][0]
            status = await asyncio.to_thread(come_back, back, code="right", state=state)
            told = await client.wait_for("mcpServer/oauthLogin/completed")
            with pytest.raises(RpcError, match="No MCP server named 'other' found"):
                await client.call("mcpServer/oauth/login", {"name": "other"})
        kept = json.loads((program.home / "mcp_credentials.json").read_text())
    assert (status, list(kept)) == (200, [web.url])
    assert (told["name"], told["success"], told["loginId"]) == ("web", True, begun["loginId"])
