"""Bounded command output: keeps head and tail of a flood, and turns bytes into text that is safe to send.

Memory is bounded whatever a command prints. A UTF-8 character is never cut in two; what is not UTF-8 is
replaced; what is not text at all is described.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable

BYTES_PER_TOKEN = 4
# What an item holds of a command's output, for clients to show.
ITEM_BYTES = 1 << 20
_SAMPLE_BYTES = 4096
_BINARY_SHARE = 0.1
_SHOWN_BINARY_BYTES = 32
_CONTINUATION = range(0x80, 0xC0)
# Controls that text output uses: bell, backspace, tab, newline, form feed, return, escape.
_TEXT_CONTROLS = frozenset("\a\b\t\n\f\r\x1b")
_DENIALS = (
    "read-only file system",
    "permission denied",
    "operation not permitted",
    "network is unreachable",
    "temporary failure in name resolution",
    "could not resolve host",
    "name or service not known",
)


def tokens_of(size_bytes: int) -> int:
    """How many tokens this many bytes are, as an estimate."""
    return -(-size_bytes // BYTES_PER_TOKEN)


class HeadAndTail:
    """The first and the last bytes of a stream, together at most `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        """Hold nothing yet."""
        self._half = limit_bytes // 2
        self._head = bytearray()
        self._tail = bytearray()
        self.total_bytes = 0

    def add(self, data: bytes) -> None:
        """Take more output."""
        self.total_bytes += len(data)
        room = self._half - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        if len(self._tail) > 2 * self._half:  # trimmed now and then, so that each byte moves once
            del self._tail[: -self._half]

    def ends(self, limit_bytes: int) -> tuple[bytes, bytes]:
        """Head and tail of at most `limit_bytes` together; the tail is empty when all fits the head."""
        kept = bytes(self._head + self._tail)
        if self.total_bytes <= limit_bytes and self.total_bytes == len(kept):
            return kept, b""
        half = min(limit_bytes // 2, self._half)
        return kept[:half], kept[-half:] if half else b""


class ItemOutput:
    """What a command printed, for its item: its ends, and once that is not all, all of it to where it is kept."""

    def __init__(self, keep: Callable[[], Callable[[bytes], None]]) -> None:
        """Hold nothing yet; `keep` begins to keep it elsewhere, and returns what takes the bytes."""
        self._begin_keeping = keep
        self._keep: Callable[[bytes], None] | None = None
        self._ends = HeadAndTail(ITEM_BYTES)

    @property
    def total_bytes(self) -> int:
        """How much was printed so far."""
        return self._ends.total_bytes

    def add(self, data: bytes) -> None:
        """Take more output."""
        if self._keep is None and self.total_bytes + len(data) > ITEM_BYTES:
            self._keep = self._begin_keeping()
            self._keep(self._ends.ends(ITEM_BYTES)[0])
        if self._keep is not None:
            self._keep(data)
        self._ends.add(data)

    def text(self, limit_bytes: int = ITEM_BYTES) -> str:
        """See `bounded_text`."""
        return bounded_text(self._ends, limit_bytes)


def bounded_text(output: HeadAndTail, limit_bytes: int) -> str:
    """The output as text of about `limit_bytes`, with a line that says how much was cut out."""
    head, tail = output.ends(limit_bytes)
    if is_binary(head):
        return _describe_binary(head, output.total_bytes)
    if not tail:
        return readable(head.decode("utf-8", "replace"))
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    first = decoder.decode(head)
    start = next((at for at, byte in enumerate(tail[:4]) if byte not in _CONTINUATION), 4)
    last = tail[start:].decode("utf-8", "replace")
    cut = tokens_of(output.total_bytes - len(head) - len(tail))
    return readable(f"{first}\n…{cut} tokens truncated…\n{last}")


def readable(text: str) -> str:
    """The text without NUL, which several servers refuse even inside JSON."""
    return text.replace("\0", "\u2400")


def is_binary(head: bytes) -> bool:
    """Whether output that starts so is no text: too much of it is neither UTF-8 nor printable."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    sample = decoder.decode(head[:_SAMPLE_BYTES])
    strange = sum(count for char, count in Counter(sample).items() if _is_strange(char))
    return strange > max(4, len(sample) * _BINARY_SHARE)


def looks_denied(exit_code: int, text: str) -> bool:
    """Whether a failed command's output says that something was forbidden or unreachable."""
    lowered = text.lower()
    return exit_code != 0 and any(phrase in lowered for phrase in _DENIALS)


def _is_strange(char: str) -> bool:
    return char == "\ufffd" or (char < " " and char not in _TEXT_CONTROLS)


def _describe_binary(head: bytes, total_bytes: int) -> str:
    shown = head[:_SHOWN_BINARY_BYTES].hex(" ")
    return (
        f"[binary output of {total_bytes} bytes, starting with {shown};"
        " redirect it to a file and inspect that with file, xxd or strings]\n"
    )
