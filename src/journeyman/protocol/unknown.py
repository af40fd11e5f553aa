"""Items of types this program does not know: wrapped when a message is read, unwrapped when one is sent.

A known type whose members do not fit (a newer status, say) counts as unknown, so that one strange item never
costs the message it came in. The way over plain data is only taken by messages that need it.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from journeyman.protocol.items import ThreadItem, UnknownItem

_TAG = cast("str", UnknownItem.__struct_config__.tag)
_TAG_BYTES = _TAG.encode()


def decode_item(raw: dict[str, Any]) -> ThreadItem:
    """Read one item from plain data; what does not fit comes back as `UnknownItem`."""
    try:
        return msgspec.convert(raw, ThreadItem)
    except msgspec.ValidationError:
        return UnknownItem(raw)


def wrap_unknown_items(data: Any) -> Any:
    """The same plain data with every item (member `item`, or in a list `items`) made readable."""
    if isinstance(data, list):
        return [wrap_unknown_items(part) for part in cast("list[Any]", data)]
    if not isinstance(data, dict):
        return data
    wrapped: dict[str, Any] = {}
    for name, value in cast("dict[str, Any]", data).items():
        if name == "item":
            wrapped[name] = _wrap(value)
        elif name == "items" and isinstance(value, list):
            wrapped[name] = [_wrap(item) for item in cast("list[Any]", value)]
        else:
            wrapped[name] = wrap_unknown_items(value)
    return wrapped


def encode(value: msgspec.Struct) -> bytes:
    """The struct as JSON, unknown items as they came."""
    encoded = msgspec.json.encode(value)
    if _TAG_BYTES not in encoded:
        return encoded
    return msgspec.json.encode(_unwrap(msgspec.json.decode(encoded)))


def _wrap(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    members = cast("dict[str, Any]", item)
    if isinstance(decode_item(members), UnknownItem):
        return {"type": _TAG, "raw": members}
    return members


def _unwrap(data: Any) -> Any:
    if isinstance(data, list):
        return [_unwrap(part) for part in cast("list[Any]", data)]
    if not isinstance(data, dict):
        return data
    members = cast("dict[str, Any]", data)
    if members.get("type") == _TAG:
        return members["raw"]
    return {name: _unwrap(value) for name, value in members.items()}
