"""Tolerant reading of what the other end sends: newer programs must not break older ones.

Owns the decoders of the method table's types (built on first use, since building costs start-up time).
Members that are not known are ignored; an unknown item or notification is kept; only what cannot be used
at all is refused, with the member named.
"""

from __future__ import annotations

import functools
import re
from typing import Any, TypeVar, cast

import msgspec

from journeyman.protocol.events import Notification
from journeyman.protocol.jsonrpc import Json, RpcError
from journeyman.protocol.methods import NOTIFICATION_BY_NAME
from journeyman.protocol.unknown import wrap_unknown_items

StructT = TypeVar("StructT", bound=msgspec.Struct)

_NOTHING = msgspec.Raw(b"{}")
_NULL = msgspec.Raw(b"null")
_ERROR_PATH = re.compile(r"^(?P<problem>.*) - at `\$\.?(?P<member>.*)`$", re.DOTALL)


class UnknownNotification(msgspec.Struct, frozen=True):
    """A notification this program cannot use, with its params as they came."""

    method: str
    params: msgspec.Raw


def decode_params(name: str, shape: type[StructT], params: Json) -> StructT:
    """Read the params or the result of method `name`.

    Raises:
        RpcError: they do not fit; the text names the method, the member and what was wrong.
    """
    raw = _NOTHING if isinstance(params, msgspec.UnsetType) or params == _NULL else params
    try:
        return _decoder(shape).decode(raw)
    except msgspec.ValidationError as error:
        return _decode_wrapped(name, shape, raw, error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RpcError(f"{name}: not valid JSON: {error}") from error


def decode_notification(name: str, params: Json) -> Notification | UnknownNotification:
    """Read a server's notification; one that is not known or does not fit is kept as it came."""
    method = NOTIFICATION_BY_NAME.get(name)
    if method is not None:
        try:
            # What the table lists are the members of the union.
            return cast("Notification", decode_params(name, method.params, params))
        except RpcError:
            pass
    return UnknownNotification(name, _NOTHING if isinstance(params, msgspec.UnsetType) else params)


def _decode_wrapped(
    name: str, shape: type[StructT], raw: msgspec.Raw, first: msgspec.ValidationError
) -> StructT:
    """Read once more with unknown items wrapped; the error told is that of the second reading."""
    try:
        data: Any = msgspec.json.decode(raw)
        return msgspec.convert(wrap_unknown_items(data), shape)
    except msgspec.ValidationError as error:
        raise RpcError(f"{name}: {_plain(str(error))}") from first
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RpcError(f"{name}: not valid JSON: {error}") from error


def _plain(problem: str) -> str:
    """`Expected `str`, got `int` - at `$.cwd`` as ``cwd`: expected `str`, got `int``."""
    found = _ERROR_PATH.match(problem)
    if found is None or not found["member"]:
        return problem[:1].lower() + problem[1:]
    text = found["problem"]
    return f"`{found['member']}`: {text[:1].lower()}{text[1:]}"


@functools.cache
def _decoder(shape: type[StructT]) -> msgspec.json.Decoder[StructT]:
    return msgspec.json.Decoder(shape)
