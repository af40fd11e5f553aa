"""The lines of a rollout: `{"timestamp", "type", "payload"}`, one JSON object a line.

The shapes are those the reference reads (checked by resuming our files in it); members that are not known
are ignored when read. `item_started` and `item_completed` are ours: foreign programs skip them. Therefore
only these give what is too large for a line to a blob: what others read is always whole.
"""

from __future__ import annotations

from typing import Any

import msgspec

from journeyman.protocol.collaboration import CollaborationMode
from journeyman.protocol.goals import ThreadGoal
from journeyman.protocol.queue import QueuedSubmission

# Those that may give what they tell of to a blob.
ITEM_KINDS = frozenset({"item_started", "item_completed"})


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line, its payload not yet read."""

    timestamp: str = ""
    type: str
    payload: msgspec.Raw


class HistoryBase(msgspec.Struct, frozen=True, omit_defaults=True):
    """The part of a parent's rollout that a foreign fork begins with, by line count and by bytes."""

    thread_id: str
    end_ordinal_exclusive: int | None = None
    end_byte_offset: int | None = None


class SessionMeta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line: which thread this is and where it began; `timestamp` is RFC 3339 in UTC."""

    id: str
    timestamp: str
    cwd: str
    originator: str = ""
    cli_version: str = ""
    source: str | dict[str, Any] = "unknown"
    session_id: str | None = None
    thread_source: str | None = None
    model_provider: str | None = None
    base_instructions: dict[str, Any] | None = None
    history_mode: str | None = None
    forked_from_id: str | None = None
    history_base: HistoryBase | None = None
    git: dict[str, Any] | None = None
    dynamic_tools: list[dict[str, Any]] | None = None


class TurnContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn runs with; the raw policies are as config names them."""

    turn_id: str | None = None
    cwd: str | None = None
    model: str | None = None
    effort: str | None = None
    approval_policy: Any = None
    sandbox_policy: Any = None
    collaboration_mode: Any = None

    @property
    def mode(self) -> CollaborationMode | None:
        """The thread's mode; None where the line names none that is known."""
        try:
            return msgspec.convert(self.collaboration_mode, CollaborationMode)
        except msgspec.ValidationError:
            return None


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """What the thread is to do after its running turn; each such line takes the place of the one before."""

    thread_id: str
    goal: ThreadGoal | None = None
    time_budget_seconds: int | None = None
    queue: list[QueuedSubmission] = []


class BlobRef(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes beside a rollout: their SHA-256 in hexadecimal, which is the file's name, and how many they are."""

    sha256: str
    bytes: int


class OutputRef(BlobRef, frozen=True, kw_only=True):
    """All that a command printed, or the start and the end where `total_bytes` was more than is kept."""

    total_bytes: int


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item that started or completed, in our wire shape; a foreign one in its own.

    `blob` holds the item where it is too large for a line, whose `item` is then an excerpt. `output` is what a
    command printed where that was more than its item holds.
    """

    turn_id: str
    item: msgspec.Raw
    blob: BlobRef | None = None
    output: OutputRef | None = None
    thread_id: str | None = None
    at_ms: int | None = None
    started_at_ms: int | None = None
    completed_at_ms: int | None = None


class Compaction(msgspec.Struct, frozen=True):
    """The history that takes the place of all before; a foreign compaction may tell none."""

    replacement_history: list[dict[str, Any]] | None = None


_decoder = msgspec.json.Decoder(Line)


def decode_line(raw: bytes) -> Line | None:
    """Read one line; None where it is torn or no line of a rollout."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def item_line_of(line: Line) -> ItemLine | None:
    """What a line of our own tells of an item; None where it is another line, or cannot be read."""
    if line.type not in ITEM_KINDS:
        return None
    try:
        return msgspec.json.decode(line.payload, type=ItemLine)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
