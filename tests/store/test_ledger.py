"""The ledger: lines of several writers, torn ones, and their sums."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from journeyman.protocol.usage import TokenUsage
from journeyman.store.ledger import LEDGER, Entry, Ledger, Spent

NOVEMBER, DECEMBER = 1_795_600_000.0, 1_798_000_000.0
USAGE = TokenUsage(input_tokens=10, output_tokens=2, total_tokens=12)


def entry(at: float, thread: str = "t", **more: object) -> Entry:
    return Entry(at=at, thread=thread, provider="p", model="m", usage=USAGE, **more)  # pyright: ignore[reportArgumentType] -- members of Entry


def test_ledger_keeps_a_file_a_month_for_the_user_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(NOVEMBER))
    ledger.append(entry(DECEMBER, cost_usd=0.5))
    files = sorted((tmp_path / LEDGER).iterdir())
    assert [file.name for file in files] == ["2026-11.jsonl", "2026-12.jsonl"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert list(ledger.entries()) == [entry(NOVEMBER), entry(DECEMBER, cost_usd=0.5)]
    assert list(ledger.entries(DECEMBER)) == [entry(DECEMBER, cost_usd=0.5)]


def test_ledger_loses_one_line_when_a_writer_was_killed_in_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(NOVEMBER, "a"))
    path = tmp_path / LEDGER / "2026-11.jsonl"
    path.write_bytes(path.read_bytes() + b'{"at":1795600000,"thr')
    ledger.append(entry(NOVEMBER, "b"))
    path.write_bytes(path.read_bytes() + b"\xff\n[]\n")
    ledger.append(entry(NOVEMBER, "c"))
    assert [one.thread for one in ledger.entries()] == ["a", "b", "c"]


def test_ledger_keeps_every_line_of_writers_at_once(tmp_path: Path) -> None:
    names = [f"{number}" for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Ledger(tmp_path).append, [entry(NOVEMBER, name) for name in names]))
    assert sorted(one.thread for one in Ledger(tmp_path).entries()) == sorted(names)


def test_sums_count_unknown_prices_and_unanswered_requests_apart() -> None:
    spent = Spent()
    for one in (
        entry(1, cost_usd=0.25, seconds=2.0),
        entry(2, seconds=1.0),
        Entry(at=3, thread="t", provider="p", model="m", outcome="failed"),
    ):
        spent = spent.plus(one)
    assert spent == Spent(
        requests=3,
        usage=USAGE.plus(USAGE),
        cost_usd=0.25,
        unpriced=1,
        unanswered=1,
        seconds=3.0,
    )


def test_thread_is_found_from_the_month_it_began_in(tmp_path: Path) -> None:
    ledger, began = Ledger(tmp_path), int(NOVEMBER * 1000)
    thread = f"{began:012x}"[:8] + "-" + f"{began:012x}"[8:] + "-7000-8000-000000000000"
    for at, name in ((NOVEMBER, thread), (NOVEMBER, "other"), (DECEMBER, thread)):
        ledger.append(entry(at, name))
    assert list(ledger.of_thread(thread)) == [entry(NOVEMBER, thread), entry(DECEMBER, thread)]
    assert list(ledger.of_thread("other")) == [entry(NOVEMBER, "other")]
