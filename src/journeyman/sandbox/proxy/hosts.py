"""Reads host names, addresses and ports strictly: one spelling each, or an error. Pure.

Whatever two programs could read differently (user names, octal addresses, zones) is refused, because the
rules and the resolver must mean the same host.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address

import msgspec

_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Resolvers take a name that ends like this for an address in some old notation (WHATWG URL, "ends in a
# number").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAME_LENGTH = 253
_LAST_PORT = 65_535

Address = IPv4Address | IPv6Address


class HostError(ValueError):
    """The text does not name one host for everybody; the message says why."""


class Target(msgspec.Struct, frozen=True):
    """Where a connection should go: a name or address as `parse_host` gives it, and a port."""

    host: str
    port: int

    @property
    def text(self) -> str:
        """As it is written in a request, port and all."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_host(text: str) -> str:
    """The one spelling of a host: a lower-case ASCII name without last dot, or an address.

    International names become punycode, an IPv4 address inside IPv6 becomes IPv4; IPv6 is read in brackets
    and given without.

    Raises:
        HostError: it is no host, or not one for everybody.
    """
    if text.startswith("["):
        return str(_ipv6(text))
    name = _ascii(text).lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(name))
        except AddressValueError:
            raise HostError("an address must be four plain decimal numbers") from None
    if len(name) > _NAME_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise HostError("not a host name")
    return name


def parse_target(text: str, default_port: int | None = None) -> Target:
    """Read `host:port`, or `host` where there is a default port.

    Raises:
        HostError: it is something else, or holds a user name.
    """
    if "@" in text:
        raise HostError("a user name before the host")
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        raise HostError("not a host and a port")
    port = int(match["port"]) if match["port"] else default_port
    if port is None or not 0 < port <= _LAST_PORT:
        raise HostError("the port is missing or out of range")
    return Target(parse_host(match["host"]), port)


def address_of(host: str) -> Address | None:
    """The address that a host is, with IPv4 inside IPv6 taken out; None for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _ipv6(text: str) -> Address:
    if not text.endswith("]") or "%" in text:
        raise HostError("not an IPv6 address in brackets, without a zone")
    address = address_of(text[1:-1])
    if address is None or ":" not in text:
        raise HostError("not an IPv6 address in brackets")
    return address


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode("ascii")
    except UnicodeError:
        raise HostError("not an international host name") from None
