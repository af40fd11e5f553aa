"""What an id of a thread looks like."""

from __future__ import annotations

import re

from journeyman.protocol.jsonrpc import INVALID_PARAMS, RpcError

_THREAD_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def check_thread_id(thread_id: str) -> None:
    """Raise `RpcError` for what is no UUID, and so may be anything."""
    if not _THREAD_ID.fullmatch(thread_id):
        raise RpcError(f"invalid thread id: {thread_id}", code=INVALID_PARAMS)
