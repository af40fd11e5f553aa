"""`jm archive`: puts a thread away."""

from __future__ import annotations

import click

from journeyman.cli.threads.keeping import keep

_EXAMPLES = """\b
Examples:
  jm archive 0199                          the beginning of an id is enough
  jm archive "my thread"                   by its name
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("thread", metavar="ID|NAME")
def command(*, thread: str) -> int:
    """Put a thread away: it is no longer listed or resumed until `jm unarchive` brings it back.

    The beginning of an id is enough where no other thread begins so.
    """
    return keep(thread, lambda shelf, thread_id: shelf.archive(thread_id), "Archived")
