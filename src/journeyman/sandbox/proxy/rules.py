"""Which hosts, ports and methods commands may use: rules as the user writes them, and rulings. Pure.

A rule is `host`, `host:port` or `host:*`; a host is a name, `*.name` (below it), `**.name` (it and below),
`*` (any name), an address or a network such as 10.0.0.0/8. An allow rule without port means 80 and 443, a
deny rule all ports. Deny wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

import msgspec

from journeyman.sandbox.policy import NetworkRules
from journeyman.sandbox.proxy.hosts import (
    Address,
    HostError,
    Target,
    address_of,
    parse_host,
    parse_target,
)

WEB_PORTS = frozenset((80, 443))
HARMLESS_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
_METHOD = re.compile(r"[A-Z][A-Z_-]{0,31}")
_BARE_IPV6 = re.compile(r"[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:./]*")


class RuleError(ValueError):
    """A rule that cannot be used: which and why, and what to write."""

    def __init__(self, what: str, *, fix: str) -> None:
        """Keep both parts."""
        super().__init__(f"{what}: {fix}")
        self.what = what
        self.fix = fix


class Refusal(msgspec.Struct, frozen=True):
    """Why something is refused: the rule, what would allow it, and whether a person may say yes."""

    rule: str
    suggestion: str
    approvable: bool = True


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: exactly `name`, names that end in `suffix`, or addresses of `network`.

    `port` is None where every port is meant, and `ports_named` False where none was written.
    """

    text: str
    name: str | None = None
    suffix: str | None = None
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None
    ports_named: bool = False

    def covers(self, host: str) -> bool:
        """Whether it names this host (as `parse_host` gives it)."""
        address = address_of(host)
        if address is not None:
            return self.covers_address(address)
        return host == self.name or (self.suffix is not None and host.endswith(self.suffix))

    def covers_address(self, address: Address) -> bool:
        """Whether it names this address, by itself or by its network."""
        return self.network is not None and address in self.network

    def covers_port(self, port: int, *, unnamed: frozenset[int] | None) -> bool:
        """Whether it means this port; `unnamed` are those of a rule without port, None all."""
        if self.ports_named:
            return self.port in {None, port}
        return unnamed is None or port in unnamed


class Rules:
    """The rules of one policy, ready to rule."""

    def __init__(self, written: NetworkRules) -> None:
        """Understand the rules.

        Raises:
            RuleError: one cannot be understood.
        """
        self._allow = tuple(map(parse_pattern, written.allow))
        self._deny = tuple(map(parse_pattern, written.deny))
        self._methods = tuple(map(_method, written.methods))

    def refuse_host(self, target: Target) -> Refusal | None:
        """Whether a connection may be meant for this host and port at all."""
        denying = (pattern for pattern in self._deny if pattern.covers(target.host))
        if refusal := self._refuse_denied(denying, target.port):
            return refusal
        named = [pattern for pattern in self._allow if pattern.covers(target.host)]
        if any(pattern.covers_port(target.port, unnamed=WEB_PORTS) for pattern in named):
            return None
        written = ", ".join(f'"{pattern.text}"' for pattern in named)
        rule = f"network.allow {written} leaves out port {target.port}"
        return Refusal(
            rule if named else "network.allow names no such host",
            f'add "{_suggested(target)}" to network.allow',
        )

    def refuse_method(self, target: Target, method: str) -> Refusal | None:
        """Whether a plain HTTP request to this target may use this method."""
        if method in HARMLESS_METHODS:
            return None
        for allowed, pattern in self._methods:
            if allowed == method and (pattern is None or pattern.covers(target.host)):
                return None
        usable = _METHOD.fullmatch(method) is not None
        return Refusal(
            f"network.methods does not name {method} for this host",
            f'add "{method} {target.host}" to network.methods',
            approvable=usable,
        )

    def refuse_address(self, address: Address, port: int, special: str | None) -> Refusal | None:
        """Whether this address of a permitted host may be dialled.

        Args:
            address: where the host's name leads.
            port: the port to dial.
            special: the name of the address's range where that is not the public internet.
        """
        denying = (pattern for pattern in self._deny if pattern.covers_address(address))
        if refusal := self._refuse_denied(denying, port):
            return refusal
        if special is None or any(
            pattern.covers_address(address) and pattern.covers_port(port, unnamed=WEB_PORTS)
            for pattern in self._allow
        ):
            return None
        return Refusal(
            f"private addresses: {address} is {special}",
            f'add "{_suggested(Target(str(address), port))}" to network.allow',
        )

    @staticmethod
    def _refuse_denied(patterns: Iterable[Pattern], port: int) -> Refusal | None:
        for pattern in patterns:
            if pattern.covers_port(port, unnamed=None):
                rule = f'network.deny "{pattern.text}"'
                return Refusal(rule, "remove it from network.deny", approvable=False)
        return None


def parse_pattern(text: str) -> Pattern:
    """Read one rule.

    Raises:
        RuleError: it is not a rule.
    """
    try:
        host, port, ports_named = _split_port(text)
        if host == "*":
            return Pattern(text=text, suffix="", port=port, ports_named=ports_named)
        if host.startswith("**."):
            name = _name(host[3:])
            return Pattern(
                text=text, name=name, suffix=f".{name}", port=port, ports_named=ports_named
            )
        if host.startswith("*."):
            suffix = f".{_name(host[2:])}"
            return Pattern(text=text, suffix=suffix, port=port, ports_named=ports_named)
        network = _network(host)
        name = None if network else parse_host(host)
        return Pattern(text=text, name=name, network=network, port=port, ports_named=ports_named)
    except ValueError as error:
        raise RuleError(
            f"{text!r} is not a host rule ({error})",
            fix="write a host such as pypi.org, *.example.org, example.org:8443 or 10.0.0.0/8",
        ) from error


def _split_port(text: str) -> tuple[str, int | None, bool]:
    """Host, port and whether ports were named."""
    if _BARE_IPV6.fullmatch(text):
        return text, None, False
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port:
        return text, None, False
    if port == "*":
        return host, None, True
    return host, parse_target(f"any:{port}").port, True


def _name(text: str) -> str:
    name = parse_host(text)
    if address_of(name) is not None:
        raise HostError("there is nothing below an address")
    return name


def _network(host: str) -> IPv4Network | IPv6Network | None:
    bare, slash, length = host.partition("/")
    brackets = bare.startswith("[")
    address = address_of(parse_host(f"[{bare}]" if ":" in bare and not brackets else bare))
    if address is None:
        if slash:
            raise HostError("a network starts with an address")
        return None
    return ip_network(f"{address}/{length}" if slash else str(address))


def _method(text: str) -> tuple[str, Pattern | None]:
    method, space, host = text.partition(" ")
    if not _METHOD.fullmatch(method):
        raise RuleError(
            f"{text!r} is not a method rule",
            fix='write a method such as "POST", or one for a host: "POST git.example.org"',
        )
    return method, parse_pattern(host) if space else None


def _suggested(target: Target) -> str:
    return target.host if target.port in WEB_PORTS else target.text
