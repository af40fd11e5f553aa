"""`jm threads`: lists recorded threads, ours and those of the reference program."""

from __future__ import annotations

import time
from pathlib import Path

import click
import msgspec

from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.stores import rollout_store
from journeyman.cli.terminal import write_output
from journeyman.protocol.threads import Thread, ThreadListParams, ThreadListResponse
from journeyman.store.errors import StoreError
from journeyman.store.threads import RolloutStore
from journeyman.visible_text import folded, visible_line

_KINDS = ["cli", "vscode", "custom", "exec", "appServer", "unknown"]
_TITLE_CHARS = 70

_EXAMPLES = """\b
Examples:
  jm threads                     the threads of this directory, the last changed first
  jm threads --all --search fix  of all directories, in which somebody said fix
  jm threads --archived --json   one JSON object a line
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--search",
    "term",
    metavar="TEXT",
    help="Only those with TEXT in their name or in what was said.",
)
@click.option(
    "--all", "everywhere", is_flag=True, help="Those of all directories, not only of this one."
)
@click.option("--archived", is_flag=True, help="The archived ones instead of the others.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 100),
    default=25,
    show_default=True,
    help="At most this many.",
)
@click.option("--cursor", metavar="CURSOR", help="Go on where an earlier list ended.")
def command(
    *,
    term: str | None,
    everywhere: bool,
    archived: bool,
    as_json: bool,
    limit: int,
    cursor: str | None,
) -> int:
    """List recorded threads, the last changed first.

    Threads of Codex are listed too, as `codex`; who resumes one goes on in a copy.
    """
    process = read_process()
    store = rollout_store(process)
    params = ThreadListParams(
        cursor=cursor,
        limit=limit,
        cwd=None if everywhere else str(process.directory),
        archived=archived,
        search_term=term,
        source_kinds=_KINDS,
        sort_key="updated_at",
    )
    try:
        listed = store.list(params, in_text=True)
    except StoreError as error:
        raise CommandError(
            f"{visible_line(str(error))}: take one that `jm threads` has shown"
        ) from error
    if as_json:
        lines = [msgspec.json.encode(thread).decode() for thread in listed.data]
    else:
        lines = _table(store, listed, everywhere=everywhere)
    write_output("".join(line + "\n" for line in lines).encode("utf-8", "backslashreplace"))
    return 0


def _table(store: RolloutStore, listed: ThreadListResponse, *, everywhere: bool) -> list[str]:
    if not listed.data:
        return [
            "No threads here. " + ("" if everywhere else "With --all: those of other directories.")
        ]
    lines = [_line(store, thread, everywhere=everywhere) for thread in listed.data]
    if listed.next_cursor:
        lines.append(f"More: add --cursor '{listed.next_cursor}'")
    return lines


def _line(store: RolloutStore, thread: Thread, *, everywhere: bool) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(thread.updated_at))
    is_foreign = thread.path is not None and store.is_foreign(Path(thread.path))
    source = thread.source if isinstance(thread.source, str) else "other"
    title = visible_line(folded(thread.name or thread.preview)) or "(no text)"
    if len(title) > _TITLE_CHARS:
        title = title[: _TITLE_CHARS - 3] + "..."
    where = f"  {visible_line(thread.cwd)}" if everywhere else ""
    return f"{thread.id}  {when}  {'codex' if is_foreign else source:<9}  {title}{where}"
