"""The shapes of the method table's rows."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

# `experimental` is only for clients that said so at initialize.
Stability = Literal["stable", "experimental"]


class Method(NamedTuple):
    """A request and its answer; `experimental` are members of its params that need what an experimental method does."""

    name: str
    params: type[msgspec.Struct]
    response: type[msgspec.Struct]
    stability: Stability = "stable"
    experimental: tuple[str, ...] = ()


class NotificationMethod(NamedTuple):
    """A message without an answer."""

    name: str
    params: type[msgspec.Struct]
    stability: Stability = "stable"
