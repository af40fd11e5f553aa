"""Turns a patch into the exact files it leaves behind, before anything is written.

Owns what each hunk means for a file: text and its line ends, symbolic links, modes, several hunks on
one file. Leaves writing to write_changes.py. Whether a path may be written is decided elsewhere.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from journeyman.tools.apply_patch.match import locate_chunks
from journeyman.tools.apply_patch.parse import (
    AddFile,
    Chunk,
    DeleteFile,
    Hunk,
    Patch,
    PatchError,
    UpdateFile,
)
from journeyman.tools.apply_patch.write_changes import FileWrite

_BOM = "\ufeff"
_NEW_FILE = 0o100644


class PlanError(PatchError):
    """A hunk names a file that cannot be read, deleted or written."""


class FileState(NamedTuple):
    """What stands at a path: a file's bytes, or a symbolic link's target, with its mode."""

    content: bytes
    mode: int
    is_link: bool = False


FileReader: TypeAlias = Callable[[Path], FileState | None]


class FileChange(NamedTuple):
    """What a patch does to one file, all its hunks together.

    Attributes:
        kind: add, delete or update; a move is an update with `move_to`.
        path: as the patch writes it.
        location: absolute.
        old: bytes before, None for an added file.
        new: bytes after, None for a deleted file.
        mode: type and permission bits of the file, 0o100644 for an added one.
        move_to: the new path as the patch writes it.
        new_location: the new absolute path.
    """

    kind: Literal["add", "delete", "update"]
    path: str
    location: Path
    old: bytes | None
    new: bytes | None
    mode: int
    move_to: str | None = None
    new_location: Path | None = None


class Plan(NamedTuple):
    """A verified patch.

    Attributes:
        changes: one for each file, for people and diffs.
        writes: what to give to write_changes; empty when the patch changes no byte.
        summary: the text that reports success.
    """

    changes: tuple[FileChange, ...]
    writes: tuple[FileWrite, ...]
    summary: str


def read_state(path: Path) -> FileState | None:
    """Read a file or a link from the disk; None when nothing is there.

    Raises:
        OSError: it is a directory or a device, or cannot be read.
    """
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(status.st_mode):
        return FileState(os.fsencode(path.readlink()), status.st_mode, is_link=True)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"path `{path}` is not a file")
    return FileState(path.read_bytes(), status.st_mode)


def plan_patch(patch: Patch, cwd: Path, read: FileReader = read_state) -> Plan:
    """Work out every change of a patch.

    Args:
        patch: the patch; later hunks see what earlier ones did.
        cwd: absolute; the patch's relative paths start here.
        read: how to look at a path; symbolic links are not followed by it.

    Returns:
        The plan.

    Raises:
        PatchError: the first hunk that does not fit, with the reason.
    """
    planner = _Planner(cwd, read)
    for hunk in patch.hunks:
        planner.take(hunk)
    return planner.plan(summarise(patch))


def summarise(patch: Patch) -> str:
    """List a patch's paths as the success text does: added, then modified, then deleted."""
    added = [f"A {hunk.path}" for hunk in patch.hunks if isinstance(hunk, AddFile)]
    modified = [f"M {h.move_to or h.path}" for h in patch.hunks if isinstance(h, UpdateFile)]
    deleted = [f"D {hunk.path}" for hunk in patch.hunks if isinstance(hunk, DeleteFile)]
    lines = ["Success. Updated the following files:", *added, *modified, *deleted]
    return "\n".join(lines) + "\n"


def change_text(text: str, chunks: tuple[Chunk, ...], path: str) -> str:
    """Apply chunks to a file's text.

    Lines that are kept keep their bytes. New lines end as the first line does. The last line ends
    with a line end, whatever it did before.

    Raises:
        MatchError: a chunk is not in the text.
    """
    bom = _BOM if text.startswith(_BOM) else ""
    raw = text.removeprefix(_BOM).split("\n")
    raw = [line + "\n" for line in raw[:-1]] + ([raw[-1]] if raw[-1] else [])
    line_end = "\r\n" if raw and raw[0].endswith("\r\n") else "\n"
    bare = [line.removesuffix("\n").removesuffix("\r") for line in raw]
    edits = locate_chunks(bare, chunks, path)
    if raw and not raw[-1].endswith("\n"):
        raw[-1] += line_end
    result: list[str] = []
    position = 0
    for edit in edits:
        result += raw[position : edit.start]
        position = edit.start
        for sign, added in edit.lines:
            if sign == "+":
                result.append(added + line_end)
                continue
            if sign == " ":
                result.append(raw[position])
            position += 1
    return bom + "".join(result + raw[position:])


class _Slot:
    """One place on the disk: what was there, and what the hunks so far make of it."""

    def __init__(self, real: Path, location: Path, path: str, before: FileState | None) -> None:
        self.real = real
        self.location = location
        self.path = path
        self.before = before
        self.content = before.content if before else None
        self.mode = before.mode if before else None
        self.moved_from: _Slot | None = None


class _Planner:
    def __init__(self, cwd: Path, read: FileReader) -> None:
        self._cwd = cwd
        self._read = read
        self._slots: dict[Path, _Slot] = {}

    def take(self, hunk: Hunk) -> None:
        location = _absolute(self._cwd, hunk.path)
        if isinstance(hunk, AddFile):
            slot = self._open("write file", location, hunk.path)
            slot.content = hunk.content.encode()
        elif isinstance(hunk, DeleteFile):
            self._remove(location, hunk.path)
        else:
            self._update(hunk, location)

    def plan(self, summary: str) -> Plan:
        slots = self._slots.values()
        moved = {id(slot.moved_from) for slot in slots if slot.content is not None}
        changes = [
            change
            for slot in slots
            if (change := _change(slot)) and not (change.kind == "delete" and id(slot) in moved)
        ]
        writes = [_write(slot) for slot in slots if _differs(slot)]
        return Plan(tuple(changes), tuple(writes), summary)

    def _open(self, verb: str, location: Path, path: str) -> _Slot:
        """Find the file a hunk reads or writes, through symbolic links that are still there."""
        link = self._slots.get(_unfollowed(location))
        if link is not None and link.content is None:
            return link
        return self._slot(verb, location, Path(os.path.realpath(location)), path)

    def _slot(self, verb: str, location: Path, real: Path, path: str) -> _Slot:
        if real not in self._slots:
            try:
                self._slots[real] = _Slot(real, location, path, self._read(real))
            except OSError as error:
                reason = f"{error.strerror} (os error {error.errno})" if error.errno else error
                raise PlanError(f"Failed to {verb} {location}: {reason}") from error
        return self._slots[real]

    def _remove(self, location: Path, path: str) -> None:
        """Remove what stands at the path itself: a link, not the file behind it."""
        slot = self._slot("read", location, _unfollowed(location), path)
        if slot.content is None:
            raise PlanError(f"Failed to read {location}: No such file or directory (os error 2)")
        slot.content = slot.mode = None

    def _update(self, hunk: UpdateFile, location: Path) -> None:
        source = self._open("read file to update", location, hunk.path)
        if source.content is None:
            raise PlanError(
                f"Failed to read file to update {location}: No such file or directory (os error 2)"
            )
        old = source.content.decode(errors="surrogateescape")
        new = change_text(old, hunk.chunks, str(location)).encode(errors="surrogateescape")
        if hunk.move_to is None:
            source.content = new
            return
        target = self._open("write file", _absolute(self._cwd, hunk.move_to), hunk.move_to)
        mode = source.mode
        if target is not source:
            self._remove(location, hunk.path)
            target.moved_from = source.moved_from or source
        target.content, target.mode = new, mode


def _absolute(cwd: Path, path: str) -> Path:
    return Path(os.path.normpath(cwd / path))


def _unfollowed(location: Path) -> Path:
    return Path(os.path.realpath(location.parent)) / location.name


def _old(slot: _Slot) -> bytes | None:
    return slot.before.content if slot.before else None


def _change(slot: _Slot) -> FileChange | None:
    old, new, source = _old(slot), slot.content, slot.moved_from
    if new is None:
        if slot.before is None:
            return None
        return FileChange("delete", slot.path, slot.location, old, None, slot.before.mode)
    mode = _NEW_FILE if slot.mode is None else slot.mode
    if source and source.content is None and source.before:
        was, where = source.before.content, source.location
        return FileChange("update", source.path, where, was, new, mode, slot.path, slot.location)
    kind = "add" if old is None else "update"
    return FileChange(kind, slot.path, slot.location, old, new, mode)


def _differs(slot: _Slot) -> bool:
    """Whether the disk has to change; a link replaced by a file of the same bytes counts."""
    before = slot.before
    if before is None:
        return slot.content is not None
    return slot.content != before.content or (before.is_link and slot.mode is None)


def _write(slot: _Slot) -> FileWrite:
    return FileWrite(
        str(slot.real),
        old=_old(slot),
        new=slot.content,
        mode=None if slot.mode is None else stat.S_IMODE(slot.mode),
        is_link=slot.before is not None and slot.before.is_link,
    )
