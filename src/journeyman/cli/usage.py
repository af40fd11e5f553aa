"""`jm usage`: what requests to models used and cost, summed up from the ledger."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import click
import msgspec

from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_output
from journeyman.store.errors import StoreError
from journeyman.store.ledger import Entry, Ledger, Spent, day_of
from journeyman.visible_text import visible_line

_KEYS: dict[str, Callable[[Entry], str]] = {
    "day": lambda entry: entry.day,
    "thread": lambda entry: entry.thread,
    "model": lambda entry: f"{entry.provider}/{entry.served_model or entry.model}",
    "provider": lambda entry: entry.provider,
    "cause": lambda entry: entry.cause,
}
_AGO = re.compile(r"(\d{1,4})d")
_HEAD = ("requests", "input", "cached", "output", "cost")

_EXAMPLES = """\b
Examples:
  jm usage                       day by day, of the last 30 days
  jm usage --by model --since 2026-11-01
  jm usage --by thread --since 7d --json
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--by",
    type=click.Choice(list(_KEYS)),
    default="day",
    show_default=True,
    help="What to sum up by. Days are those of UTC.",
)
@click.option(
    "--since",
    metavar="DAY",
    default="30d",
    show_default=True,
    help="From this day on: 2026-11-25, or 7d for the last seven.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, by: str, since: str, as_json: bool) -> int:
    """Show what requests to models used and cost, at list prices in US dollars.

    What has no known price is said to be unknown, and is in no sum; what was asked and not answered costs what the
    provider says.
    """
    start = _instant(since)
    sums: dict[str, Spent] = {}
    total = Spent()
    try:
        for entry in Ledger(read_process().home).entries(start):
            key = _KEYS[by](entry)
            sums[key] = sums.get(key, Spent()).plus(entry)
            total = total.plus(entry)
    except StoreError as error:
        raise CommandError(str(error)) from error
    if as_json:
        rows = [{by: key, **_json(spent)} for key, spent in sorted(sums.items())]
        data = msgspec.json.encode({"by": by, "rows": rows, "total": _json(total)}) + b"\n"
    else:
        lines = _table(by, sums, total) if sums else [f"No requests since {day_of(start)}."]
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
    write_output(data)
    return 0


def _instant(since: str) -> float:
    """The beginning of the day that `since` names, in unix seconds."""
    if match := _AGO.fullmatch(since):
        today = datetime.fromtimestamp(time.time(), UTC).date()
        day = today - timedelta(days=max(0, int(match[1]) - 1))
    else:
        try:
            day = date.fromisoformat(since)
        except ValueError as error:
            message = f"--since {since!r} is no day: write it as 2026-11-25, or as 7d"
            raise click.UsageError(message) from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _json(spent: Spent) -> dict[str, object]:
    usage = spent.usage
    return {
        "requests": spent.requests,
        "unanswered_requests": spent.unanswered,
        "unpriced_requests": spent.unpriced,
        "input_tokens": usage.input_tokens,
        "cached_input_tokens": usage.cached_input_tokens,
        "cache_write_input_tokens": usage.cache_write_input_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_output_tokens": usage.reasoning_output_tokens,
        "total_tokens": usage.total_tokens,
        "cost_usd": _known_cost(spent),
        "seconds": round(spent.seconds, 3),
    }


def _known_cost(spent: Spent) -> float | None:
    """None where no answer had a price; else the sum of those that had."""
    has_priced = spent.requests - spent.unanswered > spent.unpriced
    return round(spent.cost_usd, 9) if has_priced else None


def _table(by: str, sums: dict[str, Spent], total: Spent) -> list[str]:
    asked = [(key, spent) for key, spent in sorted(sums.items()) if spent.requests]
    rows = [(visible_line(key), _cells(spent)) for key, spent in asked]
    rows.append(("total", _cells(total)))
    width = max(len(by), *(len(key) for key, _ in rows))
    lines = [_line(by, _HEAD, width), *(_line(key, cells, width) for key, cells in rows)]
    if total.unpriced:
        lines.append(f"No known price, and in no sum: {total.unpriced} of the requests.")
    return lines


def _cells(spent: Spent) -> tuple[str, ...]:
    usage, cost = spent.usage, _known_cost(spent)
    share = (
        math.floor(100 * usage.cached_input_tokens / usage.input_tokens)
        if usage.input_tokens
        else 0
    )
    return (
        f"{spent.requests:,}",
        f"{usage.input_tokens:,}",
        f"{share}%",
        f"{usage.output_tokens:,}",
        "unknown" if cost is None else f"${cost:,.4f}",
    )


def _line(key: str, cells: tuple[str, ...], width: int) -> str:
    requests, sent, cached, got, cost = cells
    return f"{key:<{width}}  {requests:>9}  {sent:>12}  {cached:>6}  {got:>11}  {cost:>12}"
