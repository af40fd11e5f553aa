"""What a provider's refusal means: statuses, error codes and texts become one `ModelError`.

Owns the tables that every dialect shares; when to try again is `retry`'s. A text shown to people says
what to do next and never holds a secret.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from journeyman.models.api import ErrorKind, ModelError
from journeyman.models.providers import Provider
from journeyman.models.refusals import Refusal, read_refusal_body
from journeyman.net.http import LOOPBACK_HOSTS, HttpError
from journeyman.redaction import redact

# Services answer 200; gateways before them have been known to say 201.
SUCCESS = range(200, 300)
_MAX_SHOWN_CHARS = 1000
_RETRY_AFTER = re.compile(
    r"try again in (\d+(?:\.\d+)?)\s*(ms|s\b|sec|min|m\b|h\b)?", re.IGNORECASE
)
_UNIT_SECONDS = {"ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}

# By error code or type: the kind, and whether the same request may succeed later.
_CODES: dict[str | int, tuple[ErrorKind, bool]] = {
    "context_length_exceeded": ("context_window_exceeded", False),
    "exceed_context_size_error": ("context_window_exceeded", False),
    "insufficient_quota": ("usage_limit_exceeded", False),
    "usage_limit_reached": ("usage_limit_exceeded", False),
    "usage_not_included": ("usage_limit_exceeded", False),
    "billing_hard_limit_reached": ("usage_limit_exceeded", False),
    "invalid_prompt": ("bad_request", False),
    "invalid_request_error": ("bad_request", False),
    "invalid_image": ("bad_request", False),
    "image_parse_error": ("bad_request", False),
    "cyber_policy": ("bad_request", False),
    "bio_policy": ("bad_request", False),
    "invalid_api_key": ("unauthorized", False),
    "authentication_error": ("unauthorized", False),
    "permission_error": ("unauthorized", False),
    "model_not_found": ("model_not_found", False),
    "rate_limit_exceeded": ("rate_limit_exceeded", True),
    "rate_limit_error": ("rate_limit_exceeded", True),
    "server_is_overloaded": ("overloaded", True),
    "overloaded_error": ("overloaded", True),
    "slow_down": ("overloaded", True),
    "server_error": ("server_error", True),
    "internal_server_error": ("server_error", True),
    "vector_store_timeout": ("server_error", True),
    # Anthropic: https://docs.anthropic.com/en/api/errors
    "billing_error": ("usage_limit_exceeded", False),
    "not_found_error": ("model_not_found", False),
    "request_too_large": ("context_window_exceeded", False),
    "api_error": ("server_error", True),
    "timeout_error": ("server_error", True),
    # Google: https://ai.google.dev/gemini-api/docs/troubleshooting
    "INVALID_ARGUMENT": ("bad_request", False),
    "FAILED_PRECONDITION": ("bad_request", False),
    "UNAUTHENTICATED": ("unauthorized", False),
    "PERMISSION_DENIED": ("unauthorized", False),
    "NOT_FOUND": ("model_not_found", False),
    "RESOURCE_EXHAUSTED": ("rate_limit_exceeded", True),
    "UNAVAILABLE": ("overloaded", True),
    "DEADLINE_EXCEEDED": ("server_error", True),
    "INTERNAL": ("server_error", True),
    # Azure and others of the chat dialect
    "content_filter": ("bad_request", False),
    # The service checked a call itself and found it broken: https://console.groq.com/docs/tool-use
    "tool_use_failed": ("server_error", True),
    "too_many_requests": ("rate_limit_exceeded", True),
    "insufficient_credits": ("usage_limit_exceeded", False),
    "service_unavailable": ("overloaded", True),
}
_CONTEXT_TEXTS = (
    "maximum context length",
    "context window",
    "context length",
    "exceeds the available context size",
    "prompt is too long",
    "input token count",
    "too large for model",
)
# OpenAI and Azure; Anthropic; Google.
_UNREADABLE_TEXTS = (
    "encrypted content",
    "invalid `signature` in `thinking`",
    "invalid `data` in `redacted_thinking`",
    "blocks in the latest assistant message cannot be modified",
    "thought signature",
    "thought_signature",
)
_KEY_TEXTS = ("incorrect api key", "invalid api key", "api key not valid", "api key is invalid")
_STATUSES: dict[int, tuple[ErrorKind, bool]] = {
    401: ("unauthorized", False),
    402: ("usage_limit_exceeded", False),
    403: ("unauthorized", False),
    404: ("model_not_found", False),
    408: ("server_error", True),
    409: ("server_error", True),
    413: ("context_window_exceeded", False),
    425: ("server_error", True),
    503: ("overloaded", True),
    429: ("rate_limit_exceeded", True),
    529: ("overloaded", True),
}

_WAYS_OUT: dict[ErrorKind, str] = {
    "usage_limit_exceeded": (
        "Check the credit of your account with {provider}, or use another model."
    ),
    "context_window_exceeded": (
        "The thread is too long for {model}: start a new one or use a model with a larger window."
    ),
}


def stream_error(refusal: Refusal, secrets: Sequence[str] = ()) -> ModelError:
    """The error of a failure that was told inside an answer."""
    kind, retryable = _by_refusal(refusal) or ("server_error", True)
    message = (
        _shown(_all_said(refusal), secrets) or "the provider reported a failure without a reason"
    )
    wait = (refusal.wait_seconds or _wait_in_text(refusal.message)) if retryable else None
    error = ModelError(kind, message, retryable=retryable, retry_after_seconds=wait)
    return _with_words(error, refusal, secrets)


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer that is no success; `body` may be cut, empty, HTML or garbage."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def status_error(
    provider: Provider, model: str, answer: Answer, *, secrets: Sequence[str] = ()
) -> ModelError:
    """The error of an HTTP status that is no success."""
    status = answer.status
    refusal = read_refusal_body(answer.body)
    found = _by_refusal(refusal) if status < 500 else None
    kind, retryable = found if found and found[0] != "bad_request" else _by_status(status)
    wait = _retry_after(answer.headers)
    wait = refusal.wait_seconds if wait is None else wait
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        if kind != "usage_limit_exceeded":
            kind = "rate_limit_exceeded"
        # Measured: without a time to wait, another try only makes it worse.
        retryable = wait is not None and kind == "rate_limit_exceeded"
    text = f"{status} {_phrase(status)}".strip()
    if said := _shown(_all_said(refusal), secrets):
        text += f": {said}"
    error = ModelError(
        kind,
        _explain(provider, model, kind, text),
        retryable=retryable,
        status=status,
        retry_after_seconds=wait,
    )
    return _with_words(error, refusal, secrets)


def no_answer(provider: Provider, what: str) -> ModelError:
    """The error of an answer with status 200 that is no model's."""
    return ModelError(
        "protocol",
        f"{provider.name} answered with something that is no model's answer ({what}); "
        f"check the base URL {shown_address(provider)!r} and the provider's wire_api",
    )


def connection_error(provider: Provider, error: HttpError) -> ModelError:
    """The error of a request that got no answer at all."""
    host = urlsplit(provider.base_url).hostname if error.kind == "refused" else None
    message = f"{provider.name}: {error.message}"
    local = host in LOOPBACK_HOSTS
    if local:
        message += f". Is the server running? Its address is {shown_address(provider)!r}"
    return ModelError(
        "connection_failed",
        message,
        # A local server that is not running does not start because it is asked again.
        retryable=not local and error.kind not in {"invalid", "tls"},
    )


def shown_address(provider: Provider) -> str:
    """The base URL without what may be secret in it: login and query."""
    scheme, separator, rest = provider.base_url.partition("?")[0].partition("://")
    return scheme + separator + rest.rpartition("@")[2]


def missing_key(provider: Provider) -> ModelError:
    """The error of a provider that needs a key and has none; made before any request."""
    how = provider.env_key_instructions or (
        f"Set the environment variable {provider.env_key}, or keep the key with "
        f"`jm login --provider {provider.id} --with-api-key`."
    )
    return ModelError(
        "unauthorized",
        f"No API key for {provider.name}: {provider.env_key or 'its key'} is not set. {how} Without a key: "
        "`-m offline/repair` repairs Python projects with failing tests on this machine, and "
        "`-m ollama/<model>` asks a local Ollama server.",
    )


def _by_refusal(refusal: Refusal) -> tuple[ErrorKind, bool] | None:
    lowered = _all_said(refusal).lower()
    found = [_CODES[code] for code in refusal.codes if code in _CODES]
    if sure := next((one for one in found if one[0] != "bad_request"), None):
        return sure
    if any(text in lowered for text in _CONTEXT_TEXTS):
        return "context_window_exceeded", False
    if any(text in lowered for text in _KEY_TEXTS):
        return "unauthorized", False
    if found:
        return found[0]
    # Some services repeat the HTTP status as a code in the middle of a stream.
    texts = [str(code) for code in refusal.codes]
    statuses = (int(text) for text in texts if len(text) == 3 and text.isdecimal())
    return next((_by_status(status) for status in statuses if 400 <= status < 600), None)


def _with_words(error: ModelError, refusal: Refusal, secrets: Sequence[str]) -> ModelError:
    """The error with what the provider itself said of it."""
    error.said_type, error.said = refusal.type, redact(refusal.message, secrets)
    lowered = _all_said(refusal).lower()
    error.is_unreadable = error.kind == "bad_request" and any(
        text in lowered for text in _UNREADABLE_TEXTS
    )
    return error


def _by_status(status: int) -> tuple[ErrorKind, bool]:
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:
        return "server_error", True
    return ("bad_request", False) if status >= 400 else ("protocol", False)


def _explain(provider: Provider, model: str, kind: ErrorKind, text: str) -> str:
    if text.startswith("429"):
        return f"exceeded retry limit, last status: {text}"
    if kind == "unauthorized":
        where = f" Check the key in {provider.env_key}." if provider.env_key else ""
        return f"{provider.name} refused the key ({text}).{where}"
    if kind in _WAYS_OUT:
        return f"{text}. " + _WAYS_OUT[kind].format(provider=provider.name, model=model)
    if kind == "model_not_found":
        return (
            f"{provider.name} does not know the model {model!r}, or {shown_address(provider)!r} is no "
            f"address of its API ({text})."
        )
    if text.startswith("3"):
        return f"{provider.name} redirects ({text}), which is not followed; mend its base_url."
    return f"unexpected status {text}" if text.startswith("5") else text


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _all_said(refusal: Refusal) -> str:
    return ": ".join(filter(None, (refusal.message, refusal.more)))


def _shown(text: str, secrets: Sequence[str]) -> str:
    masked = redact(" ".join(text.split()), secrets)
    return masked if len(masked) <= _MAX_SHOWN_CHARS else masked[:_MAX_SHOWN_CHARS] + "..."


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (RFC 9110, in seconds or until a date)."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    # Both dates are the server's: its clock may differ from ours.
    until, now = _http_date(headers.get("retry-after", "")), _http_date(headers.get("date", ""))
    return None if until is None or now is None else max(0.0, until - now)


def _http_date(text: str) -> float | None:
    """Seconds of a date; only the difference of two means anything, so that the time zone does not matter."""
    try:
        return time.mktime(time.strptime(text, "%a, %d %b %Y %H:%M:%S GMT"))
    except (ValueError, OverflowError):
        return None


def _wait_in_text(text: str) -> float | None:
    match = _RETRY_AFTER.search(text)
    if match is None:
        return None
    return float(match[1]) * _UNIT_SECONDS.get((match[2] or "s").lower(), 1.0)
