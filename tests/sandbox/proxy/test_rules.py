"""What rules allow, which rule refuses, and which rules are none."""

from __future__ import annotations

import pytest

from journeyman.sandbox.policy import NetworkRules
from journeyman.sandbox.proxy.addresses import special_range
from journeyman.sandbox.proxy.hosts import address_of, parse_target
from journeyman.sandbox.proxy.rules import Refusal, RuleError, Rules


def allowed(allow: list[str], text: str, *, deny: tuple[str, ...] = ()) -> bool:
    rules = Rules(NetworkRules(allow=tuple(allow), deny=deny))
    return rules.refuse_host(parse_target(text)) is None


@pytest.mark.parametrize(
    ("rule", "target"),
    [
        ("pypi.org", "pypi.org:443"),
        ("pypi.org", "PYPI.ORG.:80"),
        ("*.example.org", "a.example.org:443"),
        ("*.example.org", "a.b.example.org:443"),
        ("**.example.org", "example.org:443"),
        ("**.example.org", "a.example.org:443"),
        ("*", "anything.example:443"),
        ("example.org:22", "example.org:22"),
        ("example.org:*", "example.org:9418"),
        ("bücher.example", "xn--bcher-kva.example:443"),
        ("*.Bücher.example", "a.xn--bcher-kva.example:443"),
        ("10.0.0.0/8:*", "10.1.2.3:5432"),
        ("10.1.2.3", "10.1.2.3:80"),
        ("::1", "[::1]:80"),
        ("[::1]:8080", "[::1]:8080"),
        ("fd00::/8", "[fd00::5]:443"),
        ("::ffff:10.0.0.1", "10.0.0.1:443"),
    ],
)
def test_rule_allows_what_it_names(rule: str, target: str) -> None:
    assert allowed([rule], target)


@pytest.mark.parametrize(
    ("rule", "target"),
    [
        ("pypi.org", "evilpypi.org:443"),
        ("pypi.org", "pypi.org.evil.example:443"),
        ("pypi.org", "a.pypi.org:443"),
        ("pypi.org", "pypi.org:22"),
        ("pypi.org:443", "pypi.org:80"),
        ("*.example.org", "example.org:443"),
        ("*.example.org", "evilexample.org:443"),
        ("**.example.org", "evilexample.org:443"),
        ("*", "93.184.215.14:443"),  # names only
        ("*", "[2606:4700::1]:443"),
        ("*.0.0.1.example", "127.0.0.1:80"),
        ("10.0.0.0/8", "11.0.0.1:443"),
        ("apple.com", "xn--pple-43d.com:443"),
    ],
)
def test_rule_allows_nothing_else(rule: str, target: str) -> None:
    assert not allowed([rule], target)


def test_deny_wins_over_any_allow_on_all_ports() -> None:
    for deny in ("evil.example.org", "*.example.org", "*"):
        assert not allowed(["*", "evil.example.org:*"], "evil.example.org:8080", deny=(deny,))
    assert not allowed(["evil.org"], "evil.org:443", deny=("evil.org:443",))
    assert allowed(["evil.org"], "evil.org:80", deny=("evil.org:443",))


def test_refusal_names_the_rule_and_what_would_allow_it() -> None:
    rules = Rules(NetworkRules(allow=("pypi.org",), deny=("*.evil.org",)))
    assert [
        rules.refuse_host(parse_target(target))
        for target in ("other.org:443", "other.org:8443", "pypi.org:22", "a.evil.org:443")
    ] == [
        Refusal("network.allow names no such host", 'add "other.org" to network.allow'),
        Refusal("network.allow names no such host", 'add "other.org:8443" to network.allow'),
        Refusal(
            'network.allow "pypi.org" leaves out port 22', 'add "pypi.org:22" to network.allow'
        ),
        Refusal('network.deny "*.evil.org"', "remove it from network.deny", approvable=False),
    ]


def test_methods_beyond_reading_need_a_rule() -> None:
    rules = Rules(NetworkRules(allow=("*",), methods=("POST git.example.org", "PUT")))
    target, other = parse_target("git.example.org:80"), parse_target("other.org:80")
    given = [(target, "GET"), (target, "POST"), (other, "POST"), (other, "PUT"), (other, "PATCH")]
    assert [rules.refuse_method(*pair) is None for pair in given] == [
        True,
        True,
        False,
        True,
        False,
    ]
    refusal = rules.refuse_method(other, "POST")
    assert refusal == Refusal(
        "network.methods does not name POST for this host",
        'add "POST other.org" to network.methods',
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "http://pypi.org", "pypi.org/simple", "pypi.org:0", "pypi.org:http", "a.*.org", "*pypi.org", "*.10.0.0.1",
        "10.0.0.0/33", "10.0.0.1/8", "pypi.org/8", "user@pypi.org", " pypi.org", "0177.0.0.1", "**", "*.", "[::1", "a b",
    ],
)  # fmt: skip
def test_rule_is_refused_when_it_names_no_host(text: str) -> None:
    with pytest.raises(RuleError, match="is not a host rule"):
        Rules(NetworkRules(allow=(text,)))
    with pytest.raises(RuleError):
        Rules(NetworkRules(methods=(f"post {text}",)))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.9.9.9", "::1", "0.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254",
        "169.254.0.1", "100.64.0.1", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::1", "fd12::1", "ff02::1",
        "224.0.0.251", "255.255.255.255", "::ffff:10.0.0.1", "::10.0.0.1", "2002:7f00:1::", "2001:0:7f00:1::", "::",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "fec0::1", "192.0.0.192", "198.18.0.1",
    ],
)  # fmt: skip
def test_address_is_special_when_it_is_not_on_the_public_internet(text: str) -> None:
    address = address_of(text)
    assert address is not None
    assert special_range(address) is not None


@pytest.mark.parametrize("text", ["93.184.215.14", "2606:4700::1", "64:ff9b::5db8:d70e", "1.1.1.1"])
def test_address_is_not_special_when_it_is_public(text: str) -> None:
    address = address_of(text)
    assert address is not None
    assert special_range(address) is None
