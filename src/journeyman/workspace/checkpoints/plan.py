"""What a restore would change, from two snapshots: pure data, for the dry run and for the restore itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from journeyman.workspace.checkpoints.git import nul_separated
from journeyman.workspace.checkpoints.git_dirs import OUTSIDE
from journeyman.workspace.checkpoints.records import Manifest, bytes_of

ChangeKind = Literal["create", "overwrite", "remove", "permissions"]
_NO_MODE = "000000"


class TreeChange(msgspec.Struct, frozen=True):
    """One file's way from the present to the goal; `mode` and `blob` are the goal's."""

    path: bytes
    kind: ChangeKind
    mode: str
    blob: str


class Change(msgspec.Struct, frozen=True, order=True):
    """One line of a dry run."""

    path: bytes
    kind: ChangeKind


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The way from the present to a checkpoint, or to a part of it: `paths` are its top names, none for all.

    `is_part` says that not every file will be as it was.
    """

    files: list[TreeChange]
    present: Manifest
    goal: Manifest
    paths: tuple[bytes, ...] = ()
    is_part: bool = False

    def changes(self) -> list[Change]:
        """Every path that would change, sorted; what is inside git directories as well."""
        found: dict[bytes, ChangeKind] = {change.path: change.kind for change in self.files}
        for name in self.permissions():
            found.setdefault(bytes_of(name), "permissions")
        for name in self.extras_to_write():
            found[bytes_of(name)] = "overwrite" if name in self.present.extras else "create"
        for name in self.extras_to_remove():
            found[bytes_of(name)] = "remove"
        for name, kind in self._directories():
            if not any(path.startswith(bytes_of(name) + b"/") for path in found):
                found.setdefault(bytes_of(name), kind)
        return sorted(Change(path, kind) for path, kind in found.items())

    def _directories(self) -> Iterator[tuple[str, ChangeKind]]:
        """Directories that are not as they were: manifests have the empty ones, and those of unusual permissions."""
        old, new = self.present.directories, self.goal.directories
        for name in sorted(old.keys() | new.keys()):
            now, then = old.get(name), new.get(name)
            if now == then or not self.covers(name):
                continue
            if then is None and now == _usual(self.present):
                yield name, "remove"
            elif now is None and then == _usual(self.goal):
                yield name, "create"
            else:
                yield name, "permissions"

    def permissions(self) -> dict[str, int | None]:
        """Files whose permissions differ from those of the goal; None for the usual ones."""
        old, new = self.present.modes, self.goal.modes
        gone = {change.path for change in self.files if change.kind == "remove"}
        names = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        return {
            name: new.get(name)
            for name in sorted(names)
            if self.covers(name) and bytes_of(name) not in gone
        }

    def written(self) -> dict[str, int | None]:
        """The permissions of the files that are written."""
        names = [change.path.decode("latin-1") for change in self.files if change.kind != "remove"]
        return {name: self.goal.modes.get(name) for name in names}

    def hidden(self) -> list[str]:
        """What cannot be read now and holds files of the goal: that seems to be missing."""
        missing = [change.path for change in self.files if change.kind == "create"]
        return [
            name
            for name in self.present.left_out
            if any(is_below(path, [bytes_of(name).rstrip(b"/")]) for path in missing)
        ]

    def extras_to_write(self) -> list[str]:
        """Files of git directories that are missing or differ."""
        old, new = self.present.extras, self.goal.extras
        return [name for name in sorted(new) if self.covers(name) and old.get(name) != new[name]]

    def extras_to_remove(self) -> list[str]:
        """Files of git directories that came later."""
        places = tuple(f"{name}/" for name in self.places_outside())
        names = self.present.extras.keys() - self.goal.extras.keys()
        return [
            name
            for name in sorted(names)
            if self.covers(name) and (not _is_outside(name) or name.startswith(places))
        ]

    def git_dirs_to_remove(self) -> list[str]:
        """Git directories that came later."""
        names = set(self.present.git_dirs) - set(self.goal.git_dirs)
        return [name for name in sorted(names) if self.covers(name) and not _is_outside(name)]

    def places_outside(self) -> list[str]:
        """Git directories beyond the root that are restored."""
        return [name for name in self.goal.git_dirs if self.covers(name) and _is_outside(name)]

    def directories_to_make(self) -> list[tuple[str, int]]:
        """Directories, parents first, that may be missing or have other permissions."""
        return [item for item in sorted(self.goal.directories.items()) if self.covers(item[0])]

    def directories_to_remove(self) -> list[str]:
        """Directories that came later, children first, to be removed if empty."""
        names = self.present.directories.keys() - self.goal.directories.keys()
        return [name for name in sorted(names, reverse=True) if self.covers(name)]

    def objects_to_restore(self) -> list[str]:
        """Object directories in which something may be missing."""
        return [name for name in self.goal.objects if self.covers(name)]

    def covers(self, name: str) -> bool:
        """Whether a path is part of the restore."""
        return is_below(bytes_of(name), self.paths)


def _usual(manifest: Manifest) -> int:
    return 0o777 & ~manifest.umask


def _is_outside(name: str) -> bool:
    return name.startswith(OUTSIDE)


def is_below(path: bytes, tops: Sequence[bytes]) -> bool:
    """Whether `path` is one of `tops` or inside of one; no tops are the whole project."""
    return not tops or any(path == top or path.startswith(top + b"/") for top in tops)


def read_changes(raw: bytes, paths: Sequence[bytes]) -> list[TreeChange]:
    """The answer of `git diff-tree -z --raw`, as far as it is below `paths`."""
    words = nul_separated(raw)
    found: list[TreeChange] = []
    for head, path in zip(words[::2], words[1::2], strict=True):
        old_mode, mode, _, blob, _ = head.decode().removeprefix(":").split(" ")
        kind: ChangeKind = "overwrite"
        if mode == _NO_MODE:
            kind = "remove"
        elif old_mode == _NO_MODE:
            kind = "create"
        if is_below(path, paths):
            found.append(TreeChange(path, kind, mode, blob))
    return found
