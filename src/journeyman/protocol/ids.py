"""Ids of threads, turns and items: UUID version 7 (RFC 9562), so that they sort by their time."""

from __future__ import annotations

import os
import threading
import time

_lock = threading.Lock()
_last_ms_and_sequence = (0, 0)


def new_id() -> str:
    """Return a new UUIDv7 in its canonical text form; ids made in one process strictly increase."""
    global _last_ms_and_sequence  # noqa: PLW0603 -- the order of ids is a fact about the process
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        last_ms, sequence = _last_ms_and_sequence
        if now_ms > last_ms:
            sequence = int.from_bytes(
                os.urandom(1)
            )  # leaves room to count up within the millisecond
        else:
            now_ms, sequence = last_ms, sequence + 1
            if sequence > 0xFFF:
                now_ms, sequence = now_ms + 1, 0
        _last_ms_and_sequence = (now_ms, sequence)
    low = int.from_bytes(os.urandom(8)) & (1 << 62) - 1 | 1 << 63
    text = f"{now_ms << 16 | 0x7000 | sequence:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
