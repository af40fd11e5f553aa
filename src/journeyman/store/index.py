"""The index of rollouts: a cache in SQLite of what their heads tell, so that lists need not read files.

It holds nothing that the rollouts do not: whatever is wrong with it, it is made anew, and where its file
cannot be used at all the same index is built in memory. Nothing is written where nothing changed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from journeyman.protocol.threads import Thread
from journeyman.store.errors import StoreError
from journeyman.store.files import (
    RolloutFile,
    Stamp,
    began_ms,
    folders,
    parse_name,
    rollouts_in,
    stamp,
)
from journeyman.store.head import read_head
from journeyman.store.headers import thread_of
from journeyman.store.sources import source_kind
from journeyman.store.upcast import milliseconds_of

INDEX_FILE = "index.sqlite"
# A row holds its whole thread, so that no list may read them all: `by_stamp` has what is compared with the files.
# Another shape of the tables is another number: an index of any other one is made anew.
_VERSION = 2
_TABLES = """
CREATE TABLE folders (path TEXT PRIMARY KEY, mtime_ns INTEGER) WITHOUT ROWID;
CREATE TABLE rollouts (
    path TEXT PRIMARY KEY, folder TEXT, archived INTEGER, foreign_home INTEGER, id TEXT, revision TEXT,
    size INTEGER, mtime_ns INTEGER, created_ms INTEGER, cwd TEXT, source TEXT, provider TEXT,
    parent TEXT, title TEXT, shown INTEGER, superseded INTEGER DEFAULT 0, thread BLOB
);
CREATE INDEX by_creation ON rollouts (archived, created_ms, id);
CREATE INDEX by_update ON rollouts (archived, mtime_ns / 1000000, id);
CREATE INDEX by_id ON rollouts (id);
CREATE INDEX by_folder ON rollouts (folder);
CREATE INDEX by_stamp ON rollouts (archived, shown, path, size, mtime_ns, folder, foreign_home);
"""
# A folder that changed this recently may change again without another time.
_RACY_NS = 2_000_000_000
_LOCK_SECONDS = 0.2
ResultT = TypeVar("ResultT")
_threads = msgspec.json.Decoder(Thread)


class Home(NamedTuple):
    """A folder with rollouts; a foreign one is only read."""

    path: Path
    is_foreign: bool = False


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a list asks for; None means any.

    Attributes:
        archived: the archived threads instead of the others.
        sort: what the list is ordered by.
        newest_first: the direction.
        after: where the page begins, (key, id); itself belongs to it when `is_inclusive`.
        cwds, sources, providers, ids, parents: one of these.
        excluded: none of these ids.
        fits: whether a thread, by its id, its folded title and its file, is wanted.
        limit: at most this many.
    """

    archived: bool = False
    sort: Literal["created", "updated"] = "created"
    newest_first: bool = True
    after: tuple[int, str] | None = None
    is_inclusive: bool = False
    cwds: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    providers: Sequence[str] | None = None
    ids: Sequence[str] | None = None
    parents: Sequence[str] | None = None
    excluded: Sequence[str] = ()
    fits: Callable[[str, str, str], bool] | None = None
    limit: int = 25


class Row(NamedTuple):
    """One thread of the answer, with the key it is sorted by."""

    key: int
    thread: Thread


class ThreadIndex:
    """The index of some homes, kept in one file."""

    def __init__(self, file: Path, homes: Sequence[Home]) -> None:
        """Where the index is kept; it need not exist."""
        self._file = file
        self._homes = homes

    def ask(self, question: Question) -> list[Row]:
        """The threads asked for, as the files are now."""
        return self._with(lambda database: self._ask(database, question))

    def rebuild(self) -> int:
        """Forget everything and read the files again; returns the number of rollouts known then."""
        self._forget()
        return self._with(self._count)

    def _count(self, database: sqlite3.Connection) -> int:
        for archived in (False, True):
            self._sync(database, archived=archived, stamps=True)
        [count] = database.execute("SELECT count(*) FROM rollouts WHERE shown").fetchone()
        return count

    def _ask(self, database: sqlite3.Connection, question: Question) -> list[Row]:
        by_update = question.sort == "updated"
        self._sync(database, archived=question.archived, stamps=by_update)
        statement, values = _select(question)
        if question.fits is not None:
            database.create_function("fits", 3, question.fits)
        return [
            _row(*columns, by_update=by_update) for columns in database.execute(statement, values)
        ]

    def _with(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        """Work on the index's file; on one made anew where it is damaged, else in memory."""
        with suppress(sqlite3.Error, msgspec.DecodeError, OSError):
            return self._attempt(self._make_file(), work)
        with suppress(sqlite3.Error, msgspec.DecodeError, OSError):
            # A file that is only locked is somebody's good index.
            if not self._is_locked():
                self._forget()
                return self._attempt(self._make_file(), work)
        return self._attempt(":memory:", work)

    def _make_file(self) -> str:
        # What is said to an agent is for its user's eyes alone.
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        return str(self._file)

    @staticmethod
    def _attempt(file: str, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        database = sqlite3.connect(file, timeout=_LOCK_SECONDS, isolation_level=None)
        try:
            # What a power cut tears is found damaged and made anew.
            database.execute("PRAGMA synchronous=OFF")
            [version] = database.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                _make_tables(database)
            return work(database)
        finally:
            database.close()

    def _is_locked(self) -> bool:
        try:
            self._attempt(str(self._file), lambda database: database.execute("BEGIN IMMEDIATE"))
        except sqlite3.Error as error:
            return error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        return False

    def _forget(self) -> None:
        for suffix in ("", "-journal"):
            Path(f"{self._file}{suffix}").unlink(missing_ok=True)

    def _sync(self, database: sqlite3.Connection, *, archived: bool, stamps: bool) -> None:
        """Bring the rows up to the files; with `stamps`, the instants of their last change too."""
        changes = _Changes(database, archived=archived)
        for home in self._homes:
            for folder in folders(home.path, archived=archived):
                changes.take_folder(folder, is_foreign=home.is_foreign)
        changes.drop_gone_folders()
        changes.refresh(all_rows=stamps)
        changes.commit()


class _Changes:
    """What differs between the rows and the files, gathered first and written at once, or not at all."""

    def __init__(self, database: sqlite3.Connection, *, archived: bool) -> None:
        self._database = database
        self._archived = archived
        self._known: dict[str, int] = dict(database.execute("SELECT path, mtime_ns FROM folders"))
        self._seen: set[str] = set()
        self._statements: list[tuple[str, tuple[object, ...]]] = []
        self._are_files_others = False

    def take_folder(self, folder: str, *, is_foreign: bool) -> None:
        """Compare one folder with its rows, unless it is as it was."""
        self._seen.add(folder)
        try:
            mtime_ns = Path(folder).stat().st_mtime_ns
        except OSError:
            return
        if self._known.get(folder) == mtime_ns:
            return
        select = "SELECT path FROM rollouts WHERE folder = ?"
        rows = {path for (path,) in self._database.execute(select, (folder,))}
        files = {named.path: named for named in rollouts_in(folder)}
        for path in rows - files.keys():
            self._delete(path)
        for path in files.keys() - rows:
            self._insert(files[path], folder, is_foreign=is_foreign)
        if time.time_ns() - mtime_ns > _RACY_NS:
            self._do("INSERT OR REPLACE INTO folders VALUES (?, ?)", folder, mtime_ns)

    def drop_gone_folders(self) -> None:
        """Forget the rows of folders that are no more."""
        select = "SELECT DISTINCT folder FROM rollouts WHERE archived = ?"
        for (folder,) in self._database.execute(select, (self._archived,)):
            if folder not in self._seen:
                self._do("DELETE FROM rollouts WHERE folder = ?", folder)
                self._are_files_others = True
                self._do("DELETE FROM folders WHERE path = ?", folder)

    def refresh(self, *, all_rows: bool) -> None:
        """Look again at the files whose user has said nothing yet, or at all of them."""
        select = "SELECT path, size, mtime_ns, shown, folder, foreign_home FROM rollouts WHERE archived = ?"
        if not all_rows:
            select += " AND shown = 0"
        rows = self._database.execute(select, (self._archived,)).fetchall()
        for path, size, mtime_ns, shown, folder, is_foreign in rows:
            now = stamp(path)
            if now is None:
                self._delete(path)
            elif now == (size, mtime_ns):
                continue
            elif shown and now.size >= size:
                change = "UPDATE rollouts SET size = ?, mtime_ns = ? WHERE path = ?"
                self._do(change, now.size, now.mtime_ns, path)
            else:
                named = parse_name(path)
                if named is not None:
                    self._insert(named, folder, is_foreign=bool(is_foreign))

    def commit(self) -> None:
        """Write what was gathered."""
        if not self._statements:
            return
        self._database.execute("BEGIN IMMEDIATE")
        for statement, values in self._statements:
            self._database.execute(statement, values)
        if self._are_files_others:
            self._database.execute(
                "UPDATE rollouts AS r SET superseded = NOT superseded WHERE superseded != EXISTS ("
                "SELECT 1 FROM rollouts AS o WHERE o.id = r.id AND (o.foreign_home < r.foreign_home OR "
                "o.foreign_home = r.foreign_home AND o.archived = r.archived AND o.revision > r.revision))"
            )
        self._database.execute("COMMIT")

    def _insert(self, named: RolloutFile, folder: str, *, is_foreign: bool) -> None:
        now = stamp(named.path)
        if now is not None:
            self._are_files_others = True
            values = _values(named, now, folder, archived=self._archived, is_foreign=is_foreign)
            marks = ", ".join("?" * len(values))
            self._do(f"INSERT OR REPLACE INTO rollouts VALUES ({marks})", *values)  # noqa: S608 -- only question marks

    def _delete(self, path: str) -> None:
        self._are_files_others = True
        self._do("DELETE FROM rollouts WHERE path = ?", path)

    def _do(self, statement: str, *values: object) -> None:
        self._statements.append((statement, values))


def _make_tables(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        database.execute(f'DROP TABLE "{name}"')
    for statement in _TABLES.split(";"):
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {_VERSION}")
    database.execute("COMMIT")


def _values(
    named: RolloutFile, now: Stamp, folder: str, *, archived: bool, is_foreign: bool
) -> tuple[object, ...]:
    """The row of one file; one that is no rollout has no thread and is never shown."""
    start = (named.path, folder, archived, is_foreign, named.thread_id, named.revision, *now)
    try:
        head = read_head(Path(named.path))
    except StoreError:
        return (*start, began_ms(named), "", "", "", None, "", False, False, None)
    thread = thread_of(head)
    return (
        *start,
        milliseconds_of(head.meta.timestamp) or began_ms(named),
        thread.cwd,
        source_kind(head.meta.source),
        thread.model_provider,
        thread.forked_from_id,
        thread.preview.casefold(),
        head.has_input or not head.is_whole,
        False,
        msgspec.json.encode(thread),
    )


def _select(question: Question) -> tuple[str, list[object]]:
    by_update = question.sort == "updated"
    key = "mtime_ns / 1000000" if by_update else "created_ms"
    wanted: list[tuple[str, Sequence[object]]] = [
        ("archived = ? AND shown AND NOT superseded", (question.archived,))
    ]
    if question.after is not None:
        sign = ("<" if question.newest_first else ">") + ("=" if question.is_inclusive else "")
        wanted.append((f"({key}, id) {sign} (?, ?)", question.after))
    for column, values in (
        ("cwd", question.cwds),
        ("source", question.sources),
        ("provider", question.providers),
        ("id", question.ids),
        ("parent", question.parents),
    ):
        if values is not None:
            wanted.append((f"{column} IN ({', '.join('?' * len(values))})", values))
    if question.excluded:
        wanted.append((f"id NOT IN ({', '.join('?' * len(question.excluded))})", question.excluded))
    if question.fits is not None:
        wanted.append(("fits(id, title, path)", ()))
    conditions = " AND ".join(condition for condition, _ in wanted)
    direction = "DESC" if question.newest_first else "ASC"
    statement = (
        f"SELECT {key}, path, thread FROM rollouts WHERE {conditions} "  # noqa: S608 -- no value is in the text
        f"ORDER BY {key} {direction}, id {direction} LIMIT ?"
    )
    return statement, [*(value for _, values in wanted for value in values), question.limit]


def _row(key: int, path: str, thread: bytes, *, by_update: bool) -> Row:
    now = None if by_update else stamp(path)
    updated_ms = key if by_update or now is None else now.mtime_ns // 1_000_000
    return Row(key, msgspec.structs.replace(_threads.decode(thread), updated_at=updated_ms // 1000))
