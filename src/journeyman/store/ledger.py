"""The ledger: one line for every request to a model, in `ledger/YYYY-MM.jsonl` of the home folder, months in UTC.

Owns the lines and their sums. Several processes append at once, each line with one write; a torn line costs that
line alone. It holds figures and names, never what was said.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from journeyman.models.prices import Price
from journeyman.protocol.usage import TokenUsage
from journeyman.store.errors import cannot
from journeyman.store.reservations import Reservations

LEDGER = "ledger"
Outcome = Literal["completed", "failed", "cancelled"]


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request, `at` the end of it in unix seconds; or of the cause `rest` none, but time alone.

    `seconds` is the turn's time since its last request, so that those of a turn add up to its time; `cost_usd`
    is None where the price is not known or no whole answer came.
    """

    at: float
    thread: str
    turn: str = ""
    cause: str = "step"
    provider: str
    model: str
    served_model: str | None = None
    outcome: Outcome = "completed"
    requests: int = 1
    usage: TokenUsage = TokenUsage()
    seconds: float = 0.0
    price: Price | None = None
    cost_usd: float | None = None

    @property
    def day(self) -> str:
        """The day in UTC, `2026-11-25`."""
        return day_of(self.at)


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What requests add up to; `unpriced` counts those whole answers whose price is not known."""

    requests: int = 0
    usage: TokenUsage = TokenUsage()
    cost_usd: float = 0.0
    unpriced: int = 0
    unanswered: int = 0
    seconds: float = 0.0

    def plus(self, entry: Entry) -> Spent:
        """With one more entry."""
        is_answer = entry.outcome == "completed" and entry.requests > 0
        return Spent(
            requests=self.requests + entry.requests,
            usage=self.usage.plus(entry.usage),
            cost_usd=math.fsum((self.cost_usd, entry.cost_usd or 0.0)),
            unpriced=self.unpriced + (is_answer and entry.cost_usd is None),
            unanswered=self.unanswered + (entry.outcome != "completed"),
            seconds=self.seconds + entry.seconds,
        )

    def joined(self, other: Spent) -> Spent:
        """The sum of both."""
        return Spent(
            requests=self.requests + other.requests,
            usage=self.usage.plus(other.usage),
            cost_usd=math.fsum((self.cost_usd, other.cost_usd)),
            unpriced=self.unpriced + other.unpriced,
            unanswered=self.unanswered + other.unanswered,
            seconds=self.seconds + other.seconds,
        )


_decoder = msgspec.json.Decoder(Entry)


def day_of(at: float) -> str:
    """The day of an instant, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))


class Ledger:
    """The ledger of one home folder."""

    def __init__(self, home: Path) -> None:
        """Nothing is read or made yet."""
        self._folder = home / LEDGER

    def append(self, entry: Entry) -> None:
        """Write one line; raises `StoreError`."""
        path = self._path(entry.at)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, _begin(fd) + msgspec.json.encode(entry) + b"\n")
            finally:
                os.close(fd)
        except OSError as error:
            raise cannot("write", path, error) from error

    def entries(self, since: float = 0.0) -> Iterator[Entry]:
        """The entries from an instant on, in the order of their lines; what cannot be read is left out.

        Raises:
            StoreError: a file is there that cannot be read.
        """
        for path in self._files(since):
            for entry in LedgerReader(path).news():
                if entry.at >= since:
                    yield entry

    def of_thread(self, thread_id: str) -> Iterator[Entry]:
        """The entries of one thread, without looking closely at the others; raises as `entries`."""
        for path in self._files(_began(thread_id)):
            for entry in LedgerReader(path).news(thread_id.encode()):
                if entry.thread == thread_id:
                    yield entry

    def day(self) -> LedgerDay:
        """Sums up one day, again and again, each time reading only what is new."""
        return LedgerDay(self._path)

    def reservations(self) -> Reservations:
        """What is on its way to be written here, by any process."""
        return Reservations(self._folder / "on-its-way")

    def _files(self, since: float) -> list[Path]:
        first = self._path(since).name
        try:
            return sorted(path for path in self._folder.glob("*.jsonl") if path.name >= first)
        except OSError as error:
            raise cannot("read", self._folder, error) from error

    def _path(self, at: float) -> Path:
        return self._folder / time.strftime("%Y-%m.jsonl", time.gmtime(at))


class LedgerReader:
    """Reads one file, each time what was written since the last; other processes go on writing."""

    def __init__(self, path: Path) -> None:
        """Begin at the file's beginning; it may not be there yet."""
        self.path = path
        self._offset = 0

    def news(self, only: bytes = b"") -> list[Entry]:
        """The whole lines that were not read yet, of them those with `only` in them; raises `StoreError`."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise cannot("read", self.path, error) from error
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        lines = data[:whole].split(b"\n")
        return [entry for line in lines if only in line and (entry := _read(line))]


class LedgerDay:
    """What all threads of a home folder spent on the day that it is; other processes go on spending."""

    def __init__(self, path_at: Callable[[float], Path]) -> None:
        """`path_at` names the file of an instant."""
        self._path_at = path_at
        self._day = ""
        self._spent = Spent()
        self._reader = LedgerReader(Path())

    def spent(self, now: float) -> Spent:
        """The sum until now; raises `StoreError`."""
        if day_of(now) != self._day:
            self._day, self._spent = day_of(now), Spent()
            self._reader = LedgerReader(self._path_at(now))
        for entry in self._reader.news():
            if entry.day == self._day:
                self._spent = self._spent.plus(entry)
        return self._spent


def _began(thread_id: str) -> float:
    """The instant that a UUIDv7 tells, a day earlier for clocks that differ; 0 where it tells none."""
    try:
        began = int(thread_id.replace("-", "")[:12], 16) / 1000 - 86_400
    except ValueError:
        return 0.0
    # Later than any clock shows: it is no such id.
    return began if 0 < began < 1 << 34 else 0.0


def _begin(fd: int) -> bytes:
    """What closes off the line that a killed writer left torn."""
    size = os.fstat(fd).st_size
    return b"\n" if size and os.pread(fd, 1, size - 1) != b"\n" else b""


def _read(line: bytes) -> Entry | None:
    try:
        return _decoder.decode(line) if line else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
