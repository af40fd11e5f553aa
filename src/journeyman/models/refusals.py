"""What services say when they refuse, found in whatever shape they say it: JSON of many kinds, XML, web pages, text.

What it means for us is `provider_errors`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from journeyman.models.unpacking import unpacked
from journeyman.protocol.foreign_json import read_sloppy_json

# No refusal says so much; what is packed may say anything.
_MAX_READ_BYTES = 1024 * 1024
# Bounded, since a page may hold an opening tag at every place.
# AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_MARKUP_MESSAGE = r"<message>([^<]{0,2000})</message>"
_MARKUP_CODE = r"<code>([^<]{0,200})</code>"
_MARKUP_TITLE = r"<title[^>]{0,200}>([^<]{0,500})</title>"
# Of XML; pages of HTML are not read that closely.
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
# Of most; AWS; FastAPI; xAI and Ollama; others; MiniMax; gateways with problem details (RFC 9457).
_MESSAGE_NAMES = ("message", "Message", "detail", "error", "msg", "status_msg", "title")


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider said about a failure, in whatever words it used; `type` is its own class of it.

    `more` is what a router passes on of the service behind it.
    """

    message: str = ""
    more: str = ""
    type: str | None = None
    codes: Sequence[str | int] = ()
    wait_seconds: float | None = None


def read_refusal(value: object) -> Refusal:
    """Find message and codes in any of the shapes that services use: `{"error": {...}}`, flat, listed, text."""
    if isinstance(value, str):
        return Refusal(message=value)
    if isinstance(value, list) and value:
        return read_refusal(cast("list[object]", value)[0])
    if not isinstance(value, dict):
        return Refusal()
    fields = cast("dict[str, Any]", value)
    for name in ("error", "errors", "base_resp"):
        inner = fields.get(name)
        if isinstance(inner, list) and inner:
            inner = cast("list[object]", inner)[0]
        if isinstance(inner, dict) and inner:
            fields = cast("dict[str, Any]", inner)
            break
    kinds = [
        kind
        for name in ("type", "status", "__type")
        if isinstance(kind := fields.get(name), str)
        if fields is not value or not _is_event(kind)
    ]
    codes = [code for code in (fields.get("code"), *kinds) if isinstance(code, str | int)]
    metadata = fields.get("metadata")
    raw = cast("dict[str, Any]", metadata).get("raw") if isinstance(metadata, dict) else None
    return Refusal(
        message=_message_of(fields),
        type=kinds[0] if kinds else None,
        codes=codes,
        more=raw if isinstance(raw, str) else "",
        wait_seconds=_google_delay(fields.get("details")),
    )


def _is_event(kind: str) -> bool:
    """Whether the type is that of an event which tells a failure, not that of the failure."""
    return kind == "error" or kind.startswith("response.")


def read_refusal_body(body: bytes) -> Refusal:
    """The same of a body that may be cut, empty, a web page or garbage."""
    body = unpacked(body, limit_bytes=_MAX_READ_BYTES)[:_MAX_READ_BYTES]
    text = body.decode("utf-8", "replace").strip("\ufeff \t\r\n")
    if text.startswith(("data:", "event:")):
        lines = (line[5:].strip() for line in text.splitlines() if line.startswith("data:"))
        text = next(lines, "")
    if text.startswith("<"):
        return _of_markup(text)
    try:
        return read_refusal(read_sloppy_json(text))
    except msgspec.DecodeError:
        return Refusal(message=text)


def _of_markup(text: str) -> Refusal:
    if said := re.search(_MARKUP_MESSAGE, text, re.IGNORECASE):
        message, code = said[1], re.search(_MARKUP_CODE, text, re.IGNORECASE)
        for entity, character in _ENTITIES.items():
            message = message.replace(entity, character)
        return Refusal(message=message, type=code[1] if code else None)
    title = re.search(_MARKUP_TITLE, text, re.IGNORECASE)
    what = f" titled {title[1].strip()!r}" if title else ""
    return Refusal(message=f"the answer is a web page{what}, not an API's; check the base URL")


def _message_of(fields: dict[str, Any]) -> str:
    for name in _MESSAGE_NAMES:
        said = fields.get(name)
        if isinstance(said, str) and said:
            return said
        # FastAPI lists what it did not like: [{"loc": [...], "msg": "..."}]
        if isinstance(said, list | dict) and said:
            return msgspec.json.encode(said).decode()
    return ""


def _google_delay(details: object) -> float | None:
    """Seconds of a `google.rpc.RetryInfo` among the details of an error."""
    for one in cast("list[Any]", details) if isinstance(details, list) else []:
        delay = cast("dict[str, Any]", one).get("retryDelay") if isinstance(one, dict) else None
        if isinstance(delay, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)s", delay)):
            return float(match[1])
    return None
