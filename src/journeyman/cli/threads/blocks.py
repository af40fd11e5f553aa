"""What is exported of a turn, as plain blocks that every format shows: a title and texts, in order.

Secrets are masked and control characters made visible here, so that no format can forget it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from journeyman.protocol.items import (
    AgentMessageItem,
    CommandExecutionItem,
    ContextCompactionItem,
    FileChangeItem,
    ImageViewItem,
    McpToolCallItem,
    PlanItem,
    ReasoningItem,
    TextInput,
    ThreadItem,
    UnknownItem,
    UserInput,
    UserMessageItem,
    WebSearchItem,
)
from journeyman.protocol.turns import Turn
from journeyman.redaction import redact
from journeyman.visible_text import visible, visible_line

Kind = Literal["user", "agent", "reasoning", "tool", "note"]


class Block(msgspec.Struct, frozen=True):
    """One item: who it is from, a title of one line, prose, and text that is shown as it stands."""

    kind: Kind
    title: str
    prose: str = ""
    verbatim: str = ""


class Exporter:
    """Makes blocks of turns."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Mask these values, and whatever looks like a key."""
        self._secrets = secrets

    def line(self, text: str) -> str:
        """One line that is safe to show."""
        return visible_line(redact(text, self._secrets))

    def text(self, text: str) -> str:
        """A text that is safe to show."""
        return visible(redact(text, self._secrets))

    def blocks(self, turn: Turn) -> Iterator[Block]:
        """The blocks of one turn."""
        for item in turn.items:
            block = _block(item)
            yield Block(
                block.kind,
                self.line(block.title),
                self.text(block.prose),
                self.text(block.verbatim),
            )
        if turn.error is not None:
            yield Block("note", "The turn failed", prose=self.text(turn.error.message))
        elif turn.status == "interrupted":
            yield Block("note", "The turn was interrupted")


def _block(item: ThreadItem) -> Block:
    match item:
        case UserMessageItem():
            return Block("user", "You", prose="\n".join(map(_said, item.content)))
        case AgentMessageItem():
            return Block("agent", "Agent", prose=item.text)
        case ReasoningItem():
            return Block("reasoning", "Reasoning", prose="\n\n".join(item.summary or item.content))
        case PlanItem():
            return Block("agent", "Plan", prose=item.text)
        case ContextCompactionItem():
            return Block("note", "The history was compacted here")
        case _:
            return _tool_block(item)


def _tool_block(item: ThreadItem) -> Block:
    match item:
        case CommandExecutionItem():
            ended = "" if item.exit_code is None else f", exit code {item.exit_code}"
            title = f"Command ({item.status}{ended})"
            return Block(
                "tool", title, verbatim=f"$ {item.command}\n{item.aggregated_output or ''}"
            )
        case FileChangeItem():
            texts = [
                f"{_verb(change.kind)} {change.path}\n{change.diff}" for change in item.changes
            ]
            return Block("tool", f"Files changed ({item.status})", verbatim="\n".join(texts))
        case McpToolCallItem():
            answer = item.error or item.result
            texts = [_json(part) for part in (item.arguments, answer) if part is not None]
            title = f"Tool {item.server}.{item.tool} ({item.status})"
            return Block("tool", title, verbatim="\n".join(texts))
        case WebSearchItem() | ImageViewItem():
            what = item.query if isinstance(item, WebSearchItem) else item.path
            return Block("tool", f"{type(item).__name__.removesuffix('Item')}: {what}")
        case UnknownItem():
            return Block("tool", str(item.raw.get("type", "unknown")), verbatim=_json(item.raw))
        case _:
            return Block("tool", type(item).__name__, verbatim=_json(item))


def _said(part: UserInput) -> str:
    if isinstance(part, TextInput):
        return part.text
    name = getattr(part, "path", None) or "from the clipboard"
    return f"[{type(part).__name__.removesuffix('Input')}: {name}]"


def _verb(kind: msgspec.Struct) -> str:
    return {"AddKind": "A", "DeleteKind": "D"}.get(type(kind).__name__, "M")


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
