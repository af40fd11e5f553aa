"""Reads in pieces what a command printed, of which its item holds the ends only."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from journeyman.protocol.items import CommandExecutionItem
from journeyman.store.errors import StoreError, cannot
from journeyman.store.lines import ItemLine, item_line_of
from journeyman.store.replay import lines_in
from journeyman.store.restore import BlobReader, Restorer
from journeyman.store.spans import Span
from journeyman.store.upcast import read_item

# No output is that long.
_CURSOR = re.compile(r"\d{1,15}")


class OutputPiece(NamedTuple):
    """A part of an output as text, and where to go on; None at its end."""

    text: str
    next_cursor: str | None


class KeptOutput(NamedTuple):
    """An output: a file of so many bytes, or the text of its item, where that is all of it."""

    kept_bytes: int
    total_bytes: int
    path: Path | None
    text: bytes = b""

    def piece(self, cursor: str | None, limit_bytes: int) -> OutputPiece:
        """The part of at most `limit_bytes` that begins at the cursor; characters stay whole.

        Raises:
            StoreError: the cursor is none of ours, or the file cannot be read.
        """
        if cursor is not None and not _CURSOR.fullmatch(cursor):
            raise StoreError(f"invalid cursor: {cursor}")
        start = int(cursor or 0)
        data = self._bytes(start, limit_bytes)
        is_last = start + len(data) >= self.kept_bytes
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(data, final=is_last)
        following = start + len(data) - len(decoder.getstate()[0])
        return OutputPiece(text, None if is_last else str(following))

    def _bytes(self, start: int, limit_bytes: int) -> bytes:
        if self.path is None:
            return self.text[start : start + limit_bytes]
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                return file.read(limit_bytes)
        except OSError as error:
            raise cannot("read", self.path, error) from error


def find_output(spans: Sequence[Span], item_id: str, *, check: bool) -> KeptOutput:
    """The output of the command that these lines of one turn tell of; `check` reads it whole.

    Raises:
        StoreError: there is no such command, its file is missing or damaged, or one cannot be read.
    """
    blobs = BlobReader(span.path for span in spans)
    found: tuple[CommandExecutionItem, ItemLine] | None = None
    for line in lines_in(spans, holding=msgspec.json.encode(item_id)):
        told = item_line_of(line) if line.type == "item_completed" else None
        if told is None:
            continue
        item = read_item(told.item)
        if item.id == item_id and isinstance(item, CommandExecutionItem):
            found = item, told
    if found is None:
        raise StoreError(f"no command {item_id} has ended in this turn")
    item, told = found
    if told.output is None:
        whole = Restorer(blobs, budget_bytes=None).whole(item, told)
        shown = whole.aggregated_output if isinstance(whole, CommandExecutionItem) else None
        text = (shown or "").encode()
        return KeptOutput(len(text), len(text), None, text)
    path = blobs.intact_path(told.output) if check else blobs.path(told.output)
    if path is None:
        raise StoreError(
            f"the output of {item_id} is lost: its file {told.output.sha256} is missing or damaged."
            " Its item still has the beginning and the end"
        )
    return KeptOutput(told.output.bytes, told.output.total_bytes, path)
