"""`jm unarchive`: brings an archived thread back."""

from __future__ import annotations

import click

from journeyman.cli.threads.keeping import keep

_EXAMPLES = """\b
Examples:
  jm threads --archived                    what there is
  jm unarchive 0199                        bring one back
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("thread", metavar="ID|NAME")
def command(*, thread: str) -> int:
    """Bring an archived thread back among the others."""
    return keep(thread, lambda shelf, thread_id: shelf.unarchive(thread_id), "Brought back")
