"""What went wrong with a model request, in the wire's words."""

from __future__ import annotations

from journeyman.models.api import ErrorKind, ModelError

_WIRE_KINDS: dict[ErrorKind, str] = {
    "unauthorized": "unauthorized",
    "bad_request": "badRequest",
    "model_not_found": "modelNotFound",
    "context_window_exceeded": "contextWindowExceeded",
    "usage_limit_exceeded": "usageLimitExceeded",
    "rate_limit_exceeded": "rateLimitExceeded",
    "overloaded": "serverOverloaded",
    "server_error": "internalServerError",
}


def wire_kind(error: ModelError) -> str | dict[str, object]:
    """The `codex_error_info` of a turn that failed by it."""
    if error.kind in _WIRE_KINDS:
        return _WIRE_KINDS[error.kind]
    if error.kind == "stream_disconnected":
        return {"responseStreamDisconnected": {"httpStatusCode": error.status}}
    if error.kind == "connection_failed":
        return {"httpConnectionFailed": {"httpStatusCode": error.status}}
    return "other"
