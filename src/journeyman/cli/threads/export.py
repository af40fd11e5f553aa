"""`jm export`: writes a recorded thread to a file that can be shown to others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

import click
import msgspec

from journeyman.auth.errors import AuthError
from journeyman.cli.credentials import all_kept, user_settings
from journeyman.cli.errors import CommandError
from journeyman.cli.process import Process, read_process
from journeyman.cli.stores import rollout_store
from journeyman.cli.terminal import write_output
from journeyman.cli.thread_names import find_thread
from journeyman.cli.threads.blocks import Exporter
from journeyman.cli.threads.formats import markdown, page, rollout_lines
from journeyman.cli.threads.long_outputs import LongOutputs, as_html, as_json, as_text
from journeyman.config.errors import ConfigError
from journeyman.redaction import redact
from journeyman.sandbox.environment import is_secret
from journeyman.store.adopt import first_line
from journeyman.store.errors import StoreError
from journeyman.store.head import read_head
from journeyman.store.headers import thread_of
from journeyman.store.lines import decode_line
from journeyman.store.pages import ThreadPages
from journeyman.store.replay import recorded_lines
from journeyman.store.restore import Restorer
from journeyman.store.threads import RolloutStore

Format = Literal["md", "html", "jsonl"]
_SUFFIXES: dict[str, Format] = {".md": "md", ".html": "html", ".htm": "html", ".jsonl": "jsonl"}

_EXAMPLES = """\b
Examples:
  jm export 0199                           as Markdown; the beginning of an id is enough
  jm export "my thread" -o thread.html     one page that needs nothing else
  jm export 0199 --format jsonl | jq .     every recorded line, secrets masked
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("thread", metavar="ID|NAME")
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["md", "html", "jsonl"]),
    help="Default: as FILE ends, else md.",
)
@click.option(
    "-o", "--output", metavar="FILE", help="Write there instead of to the standard output."
)
@click.option(
    "--whole",
    is_flag=True,
    help="With all that is kept of long outputs, instead of their beginning and end.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
def command(
    *, thread: str, wanted: Format | None, output: str | None, whole: bool, force: bool
) -> int:
    """Write a thread as Markdown, as one HTML page, or as its recorded lines.

    Keys that this process knows, and whatever looks like one, are masked; control characters are shown as
    marks. Read it before you publish it all the same.
    """
    process = read_process()
    store = rollout_store(process)
    form = wanted or _SUFFIXES.get(Path(output or "").suffix.lower(), "md")
    try:
        path = store.path_of(find_thread(store, thread, cwd=None))
        pieces = _pieces(store, path, form, _secrets(process), whole=whole)
        if output is None:
            for piece in pieces:
                write_output(piece.encode("utf-8", "backslashreplace"))
        else:
            _write(process.directory / output, pieces, force=force)
    except StoreError as error:
        raise CommandError(str(error)) from error
    except BrokenPipeError:
        return 0
    except OSError as error:
        raise CommandError(f"cannot write {output or 'the output'}: {error.strerror}") from error
    return 0


def _pieces(
    store: RolloutStore, path: Path, form: Format, secrets: list[str], *, whole: bool
) -> Iterator[str]:
    outputs = LongOutputs(secrets)
    stand_in = outputs.stand_in if whole else None
    if form == "jsonl":
        first = decode_line(first_line(path))
        recorded = recorded_lines(path, store.base_of, stand_in=stand_in)
        rest = (line for line in recorded if line.type != "session_meta")
        lines = chain([first] if first else [], rest)
        pieces = rollout_lines(lines, lambda text: redact(text, secrets))
        return outputs.filled_in(pieces, as_json)
    head = thread_of(read_head(path))
    thread = msgspec.structs.replace(head, name=store.names.all().get(head.id))
    pages = ThreadPages(
        path,
        store.base_of,
        restoring=lambda blobs: Restorer(blobs, budget_bytes=None, stand_in=stand_in),
    )
    turns = (entry.turn for entry in pages.turns(newest_first=False))
    make, written = (markdown, as_text) if form == "md" else (page, as_html)
    return outputs.filled_in(make(thread, turns, Exporter(secrets)), written)


def _secrets(process: Process) -> list[str]:
    """The secret values of this process, the longest first, so that one in another is masked whole."""
    values = [value for name, value in process.environment.items() if is_secret(name)]
    try:
        kept = [one.key for one in all_kept(process, user_settings(process))]
    except (AuthError, ConfigError) as error:
        raise CommandError(f"cannot tell which keys to mask: {error}") from error
    return sorted([*values, *kept], key=len, reverse=True)


def _write(path: Path, pieces: Iterable[str], *, force: bool) -> None:
    """A file of its own that takes the name only when it is whole; what it says is for its user's eyes."""
    if path.exists() and not force:
        raise CommandError(f"{path} exists: name another file, or add --force")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                file.write(piece.encode("utf-8", "backslashreplace"))
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
