"""The network rules of config.toml, from the file to a command that uses them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

DONE = Step(items=[Say("done")])


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a web server on this machine's loopback."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "hello").write_text("hello from outside\n")
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_exec_reaches_the_hosts_of_the_config_and_is_told_of_others(program: Program, port: int):
    # The name comes from this machine's resolver, so only loopback's own is sure to be there.
    rules = f'[network]\nallow = ["localhost:{port}", "127.0.0.1:{port}"]\n'
    program.config.write_text(program.config.read_text() + rules)
    script = f"curl -sS --noproxy '' http://localhost:{port}/hello; curl -sS https://other.example"
    program.provider.script(Step(items=[run(script)]), DONE)

    done = program.exec("-s", "workspace-write", "go")

    told = "The sandbox refused CONNECT other.example:443 (network.allow names no such host)."
    assert "hello from outside" in done.stderr
    assert f'warning: {told} To allow it, add "other.example" to network.allow.' in done.stderr
    output = program.asked()["input"][-1]["output"]
    assert "hello from outside" in output
    assert output.endswith(f"\n{told}")
    permissions = program.asked(0)["input"][0]["content"][0]["text"]
    assert f"Network: only localhost:{port}, 127.0.0.1:{port}, over HTTP(S)" in permissions


def test_exec_refuses_a_network_rule_that_names_no_host(program: Program):
    done = program.exec("-c", 'network.allow=["http://pypi.org/simple"]', "go")
    assert done.returncode != 0
    assert "'http://pypi.org/simple' is not a host rule" in done.stderr
    assert "in network: write a host such as pypi.org" in done.stderr


def test_exec_has_no_network_without_rules(program: Program, port: int):
    script = f"env | grep -ci _proxy=; curl -sS --max-time 5 http://localhost:{port}/hello"
    program.provider.script(Step(items=[run(script)]), DONE)
    done = program.exec("-s", "workspace-write", "go")
    assert "hello" not in done.stderr.replace("/hello", "")
    assert "Failed to connect" in program.asked()["input"][-1]["output"]
