"""Puts back into items what their lines gave to blobs; one that is missing or damaged costs only what it held."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from journeyman.protocol.items import CommandExecutionItem, ThreadItem
from journeyman.protocol.unknown import decode_item
from journeyman.store.blobs import HASH, new_digest
from journeyman.store.excerpt import lost
from journeyman.store.files import blobs_of
from journeyman.store.lines import BlobRef, ItemLine, Line, item_line_of
from journeyman.store.upcast import read_item

Members = dict[str, Any]
StandIn = Callable[[Path], str]
# What a client can take in one message, and what a server holds for it.
RESTORED_BYTES = 8 << 20
_CHUNK = 1 << 20


class BlobReader:
    """The blobs beside some rollouts: any of them has the right one, since the name tells the content."""

    def __init__(self, rollouts: Iterable[Path]) -> None:
        """Look beside these files."""
        self._folders = [blobs_of(path) for path in dict.fromkeys(rollouts)]

    def read(self, ref: BlobRef) -> bytes | None:
        """The bytes; None where the file is missing or damaged."""
        path = self.path(ref)
        try:
            data = path.read_bytes() if path else None
        except OSError:
            return None
        return data if data is not None and new_digest(data).hexdigest() == ref.sha256 else None

    def intact_path(self, ref: BlobRef) -> Path | None:
        """The file, of the right content, read in flat memory; None where there is none."""
        path = self.path(ref)
        if path is None:
            return None
        digest = new_digest()
        try:
            with path.open("rb") as file:
                while data := file.read(_CHUNK):
                    digest.update(data)
        except OSError:
            return None
        return path if digest.hexdigest() == ref.sha256 else None

    def path(self, ref: BlobRef) -> Path | None:
        """The file, of the right size; None where there is none."""
        if not HASH.fullmatch(ref.sha256):
            return None
        for folder in self._folders:
            path = folder / ref.sha256
            try:
                if path.stat().st_size == ref.bytes:
                    return path
            except OSError:
                continue
        return None


class Restorer:
    """Makes items whole again, as many as there is room for; the others stay excerpts."""

    def __init__(
        self,
        blobs: BlobReader,
        *,
        budget_bytes: int | None = RESTORED_BYTES,
        only: Container[str] | None = None,
        stand_in: StandIn | None = None,
    ) -> None:
        """Restore items up to a budget, or those of these ids.

        Args:
            blobs: where what is missing is found.
            budget_bytes: how much is put back at most; None sets no limit.
            only: the ids of the items to restore; None means all.
            stand_in: makes of the file with all that is kept of a command's output what its item gets for text.
        """
        self.taken_bytes = 0
        self._blobs = blobs
        self._budget = budget_bytes
        self._only = only
        self._stand_in = stand_in

    def whole(self, item: ThreadItem, line: ItemLine) -> ThreadItem:
        """The item that this line tells of, `item` being what stands in it."""
        if line.blob is not None and self._is_wanted(item, line.blob):
            self.taken_bytes += line.blob.bytes
            item = self._from_blob(line.blob, item)
        output = self._output(line)
        if output is not None and isinstance(item, CommandExecutionItem):
            return msgspec.structs.replace(item, aggregated_output=output)
        return item

    def _from_blob(self, ref: BlobRef, item: ThreadItem) -> ThreadItem:
        data = self._blobs.read(ref)
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            whole = None if data is None else read_item(msgspec.Raw(data))
            # A file that another program made could hold anything.
            if whole is not None and whole.id == item.id:
                return whole
        return decode_item(lost(msgspec.to_builtins(item)))

    def line(self, line: Line) -> Line:
        """The line with its item in it, as it would stand in a rollout without blobs."""
        told = item_line_of(line)
        if told is None or (told.blob is None and told.output is None):
            return line
        payload = msgspec.json.decode(line.payload, type=Members)
        payload["item"] = self._members(told)
        for name in ("blob", "output"):
            payload.pop(name, None)
        return msgspec.structs.replace(line, payload=msgspec.Raw(msgspec.json.encode(payload)))

    def _members(self, line: ItemLine) -> Members:
        members = msgspec.json.decode(line.item, type=Members)
        if line.blob is not None:
            data = self._blobs.read(line.blob)
            try:
                members = msgspec.json.decode(data or b"", type=Members)
            except (msgspec.DecodeError, UnicodeDecodeError):
                members = lost(members)
        output = self._output(line)
        return members if output is None else {**members, "aggregatedOutput": output}

    def _output(self, line: ItemLine) -> str | None:
        if self._stand_in is None or line.output is None:
            return None
        path = self._blobs.intact_path(line.output)
        return None if path is None else self._stand_in(path)

    def _is_wanted(self, item: ThreadItem, ref: BlobRef) -> bool:
        if self._only is not None and item.id not in self._only:
            return False
        return self._budget is None or self.taken_bytes + ref.bytes <= self._budget


Restoring = Callable[[BlobReader], Restorer]
