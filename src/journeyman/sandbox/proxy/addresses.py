"""Where a permitted name may lead: resolved once, here, and the very address that was judged is dialled.

Everything but the public internet is special (IANA special-purpose registries, RFC 6890) and refused
unless a rule names the address.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

from journeyman.sandbox.api import Resolve
from journeyman.sandbox.proxy.hosts import Address, Target, address_of
from journeyman.sandbox.proxy.rules import Refusal, Rules

_SPECIAL = [
    (ip_network(network), meaning)
    for network, meaning in (
        # The metadata services of clouds, before the ranges that some of them are in.
        ("169.254.169.254/32", "a cloud's metadata service"),
        ("169.254.170.2/32", "a cloud's metadata service"),
        ("100.100.100.200/32", "a cloud's metadata service"),
        ("192.0.0.192/32", "a cloud's metadata service"),
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("fd00:ec2::254/128", "a cloud's metadata service"),
        ("fd20:ce::254/128", "a cloud's metadata service"),
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "in a private network"),
        ("100.64.0.0/10", "in a carrier's network"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "in a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a relay's"),
        ("192.168.0.0/16", "in a private network"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "this host"),
        ("::1/128", "loopback"),
        ("fc00::/7", "in a private network"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a relay's"),
        ("3fff::/20", "for documentation"),
    )
]
_GLOBAL_IPV6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")


def special_range(address: Address) -> str | None:
    """What an address is when it is not of the public internet; None when it is."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:  # a network without IPv4 reaches all of it like this
            return special_range(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.ipv4_mapped is not None:
            return special_range(address.ipv4_mapped)
    for network, meaning in _SPECIAL:
        if address in network:
            return meaning
    if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6:
        return "reserved"
    return None


async def system_addresses(host: str, port: int) -> Sequence[str]:
    """Ask the resolver of this machine."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def judged_addresses(
    target: Target, rules: Rules, resolve: Resolve
) -> tuple[list[Address], Refusal | None]:
    """The addresses of a target that may be dialled; the others, and why, when that is none.

    Raises:
        OSError: the name has no address.
    """
    literal = address_of(target.host)
    found = [literal] if literal else await _resolved(target, resolve)
    refused: Refusal | None = None
    allowed: list[Address] = []
    for address in found:
        refusal = rules.refuse_address(address, target.port, special_range(address))
        if refusal is None:
            allowed.append(address)
        refused = refused or refusal
    if allowed:
        return allowed, None
    return found, refused


async def _resolved(target: Target, resolve: Resolve) -> list[Address]:
    texts = await resolve(target.host, target.port)
    # A link-local address comes with a zone, which no rule knows of.
    found = [address_of(text) for text in texts if "%" not in text]
    addresses = list(dict.fromkeys(address for address in found if address is not None))
    if not addresses:
        raise OSError(f"{target.host} has no usable address")
    return addresses
