"""One spelling for each host, and nothing that two programs read differently."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.sandbox.proxy.hosts import HostError, Target, parse_host, parse_target


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("PyPI.org", "pypi.org"),
        ("pypi.org.", "pypi.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("\uff50ypi\u3002org", "pypi.org"),
        ("\u0430pple.com", "xn--pple-43d.com"),  # a Cyrillic letter: another host
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[2001:DB8:0::1]", "2001:db8::1"),
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("[::ffff:7f00:1]", "127.0.0.1"),
    ],
)  # fmt: skip
def test_parse_host_gives_the_one_spelling(text: str, host: str) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", "pypi.org..", ".pypi.org", "a..b", "-a.b", "a-.b", "a b", "a/b", "a\\b", "a#b", "a?b", "a%00",
        "a%2eb", "a\tb", "a\nb", "a\0b", "a*b", "*", "a@b", "a:b", "x" * 64, ".".join(["abcdefgh"] * 30), "℀.com",
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.1", "1.2.3.256", "1.2.3.4.5", "host.0x10",
        "01.2.3.4", "0x", "[::1", "::1", "[::1%25eth0]", "[fe80::1%eth0]", "[127.0.0.1]", "[]", "[::g]", "[::1]x",
    ],
)  # fmt: skip
def test_parse_host_refuses_what_is_read_in_two_ways(text: str) -> None:
    with pytest.raises(HostError):
        parse_host(text)


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-fx.\[\]:%]{1,24}", fullmatch=True))
def test_parse_host_gives_a_plain_name_or_address_whatever_comes(text: str) -> None:
    try:
        host = parse_host(text)
    except HostError:
        return
    again = f"[{host}]" if ":" in host else host
    assert parse_host(again) == host
    assert host.isascii()
    assert not set(host) & set("@/\\?#%[] \t\r\n\0*")
    try:
        by_resolver = socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return
    assert str(ip_address(host)) == by_resolver  # no address hides in a name


@given(st.from_regex(r"([a-z0-9]{1,8}\.){0,3}[a-z][a-z0-9]{0,8}", fullmatch=True))
def test_parse_host_ignores_case_and_a_last_dot(name: str) -> None:
    assert parse_host(name.upper() + ".") == parse_host(name) == name


def test_parse_target_reads_host_and_port() -> None:
    assert parse_target("Pypi.org:443") == Target("pypi.org", 443)
    assert parse_target("pypi.org", 80) == Target("pypi.org", 80)
    assert parse_target("[::1]:8080") == Target("::1", 8080)
    assert Target("::1", 80).text == "[::1]:80"


@pytest.mark.parametrize(
    "text",
    [
        "pypi.org", "pypi.org:", "pypi.org:0", "pypi.org:65536", "pypi.org:443:443", "pypi.org:+443", "pypi.org:\uff14\uff14\uff13",
        "pypi.org@evil.org:443", "a:b@evil.org:443", "pypi.org:443@evil.org:443", "::1:443", "[::1]443", ":443",
        "pypi.org :443", "pypi.org/x:443",
    ],
)  # fmt: skip
def test_parse_target_refuses_tricks(text: str) -> None:
    with pytest.raises(HostError):
        parse_target(text)
