"""What a patch is about to change, while the model is still writing it.

Reads whole lines only and tolerates what `parse` does; what is no patch is told no further. Nothing is looked up
and nothing promised: paths are as the model writes them, and the patch as it comes whole is judged by `parse`.
"""

from __future__ import annotations

from journeyman.protocol.items import AddKind, DeleteKind, FileUpdateChange, UpdateKind
from journeyman.tools.apply_patch.parse import ADD, BEGIN, DELETE, END, MOVE, UPDATE

_ARGUMENT = "input"
_KINDS = ((ADD, "add"), (DELETE, "delete"), (UPDATE, "update"))


class _File:
    """One file of the patch as far as it came."""

    def __init__(self, kind: str, path: str) -> None:
        self.kind = kind
        self.path = path
        self.lines: list[str] = []
        self.move_to: str | None = None

    def takes(self, line: str) -> bool:
        """Whether the line belongs to what is written of this file."""
        if self.kind == "add":
            return line.startswith("+")
        return self.kind == "update" and not line.startswith("***")

    def change(self) -> FileUpdateChange:
        if self.kind == "add":
            content = "".join(line[1:] + "\n" for line in self.lines)
            return FileUpdateChange(path=self.path, kind=AddKind(), diff=content)
        if self.kind == "delete":
            return FileUpdateChange(path=self.path, kind=DeleteKind(), diff="")
        moved = f"\n\nMoved to: {self.move_to}" if self.move_to else ""
        return FileUpdateChange(
            path=self.path,
            kind=UpdateKind(move_path=self.move_to),
            diff="\n".join(self.lines) + moved,
        )


class PatchPreview:
    """See `journeyman.tools.api.Preview`."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.size = 0
        self._line: list[str] = []
        self._files: list[_File] = []
        self._has_begun = False
        self._is_over = False

    def add(self, member: str, text: str) -> None:
        """See `Preview.add`."""
        if member != _ARGUMENT:
            return
        # Half a character would make the message that tells of it unreadable.
        first, *rest = text.encode("utf-8", "replace").decode().split("\n")
        self._line.append(first)
        for piece in rest:
            line = "".join(self._line)
            self._line = [piece]
            if not self._is_over:
                self._take(line.removesuffix("\r"))

    def changes(self) -> list[FileUpdateChange]:
        """See `Preview.changes`."""
        return [file.change() for file in self._files]

    def _take(self, line: str) -> None:
        marker = line.strip()
        if not self._has_begun:
            self._has_begun = marker == BEGIN
            return
        file = self._files[-1] if self._files else None
        if file is not None and file.takes(line):
            file.lines.append(line)
            self.size += len(line) + 1
        elif file is not None and file.kind == "update" and line.startswith(MOVE):
            file.move_to = marker.removeprefix(MOVE).strip()
            self.size += len(line)
        else:
            self._begin_file(marker)

    def _begin_file(self, marker: str) -> None:
        for head, kind in _KINDS:
            if marker.startswith(head) and (path := marker.removeprefix(head).strip()):
                self._files.append(_File(kind, path))
                self.size += len(path) + 1
                return
        # The end of the patch, the end of a file's text, or no patch at all.
        self._is_over = marker == END or not marker.startswith("*** End of File")
