"""Lets one request through or not: rules, addresses, and the person who may allow what they refuse.

The order is fixed: host and port, method, addresses. What is dialled is what was judged.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence

from journeyman.sandbox.api import NetworkRefused, OnRefused, Resolve
from journeyman.sandbox.proxy.addresses import judged_addresses
from journeyman.sandbox.proxy.hosts import Address, Target
from journeyman.sandbox.proxy.rules import Refusal, Rules
from journeyman.sandbox.proxy.upstream import open_upstream

_CONNECT_SECONDS = 15.0
_RESOLVE_SECONDS = 15.0
_HEAD_BYTES = 65_536

CONNECT = "CONNECT"


class RefusedError(Exception):
    """The request may not pass; the event says why."""

    def __init__(self, event: NetworkRefused) -> None:
        """Keep the event."""
        super().__init__(event.rule)
        self.event = event


class UnreachableError(Exception):
    """The request may pass, but there is no way to the host."""


class Gate:
    """Judges requests by the rules of one command."""

    def __init__(self, rules: Rules, resolve: Resolve, on_refused: OnRefused) -> None:
        """Rule by `rules` on the names that `resolve` resolves; tell `on_refused` of each refusal."""
        self._rules = rules
        self._resolve = resolve
        self._on_refused = on_refused

    async def admit_host(self, target: Target, method: str) -> None:
        """Judge host, port and, but for CONNECT, the method; raises `RefusedError`."""
        refusal = self._rules.refuse_host(target)
        if refusal is None and method != CONNECT:
            refusal = self._rules.refuse_method(target, method)
        if refusal is not None:
            await self._ask(target, method, refusal)

    async def connect(self, target: Target, method: str) -> tuple[StreamReader, StreamWriter]:
        """Resolve an admitted target, judge where that leads, and connect there.

        Raises:
            RefusedError: no address of it may be dialled.
            UnreachableError: none answers.
        """
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                addresses, refusal = await judged_addresses(target, self._rules, self._resolve)
        except (OSError, TimeoutError) as error:
            raise UnreachableError(f"the name {target.host} cannot be resolved") from error
        if refusal is not None:
            await self._ask(target, method, refusal)
        return await _dial(addresses, target)

    async def refuse(self, target: Target | None, method: str, rule: str) -> RefusedError:
        """Tell of a refusal that nobody can allow; the error to raise."""
        event = NetworkRefused(
            host=target.host if target else "",
            port=target.port if target else 0,
            method=method,
            rule=rule,
            suggestion="it cannot be allowed: the request has to be written differently",
            approvable=False,
        )
        await self._on_refused(event)
        return RefusedError(event)

    async def _ask(self, target: Target, method: str, refusal: Refusal) -> None:
        event = NetworkRefused(
            host=target.host,
            port=target.port,
            method=method,
            rule=refusal.rule,
            suggestion=refusal.suggestion,
            approvable=refusal.approvable,
        )
        allowed = await self._on_refused(event)
        if not (allowed and refusal.approvable):
            raise RefusedError(event)


async def _dial(addresses: Sequence[Address], target: Target) -> tuple[StreamReader, StreamWriter]:
    reason = ""
    for address in addresses:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                return await open_upstream(str(address), target.port, limit=_HEAD_BYTES)
        except TimeoutError:
            reason = "no answer"
        except OSError as error:
            reason = error.strerror or str(error)
    raise UnreachableError(f"{target.text} cannot be reached: {reason}")
