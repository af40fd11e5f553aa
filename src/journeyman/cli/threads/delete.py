"""`jm delete`: removes a thread for good."""

from __future__ import annotations

import os

import click

from journeyman.cli.errors import CommandError
from journeyman.cli.threads.keeping import keep

_EXAMPLES = """\b
Examples:
  jm delete 0199                           asks first
  jm delete 0199 --yes                     does not ask
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("thread", metavar="ID|NAME")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def command(*, thread: str, yes: bool) -> int:
    """Remove a thread, archived or not, for good, after asking."""

    def ask(shown: str) -> None:
        if yes:
            return
        if not os.isatty(0):
            raise CommandError("there is nobody to ask: add --yes to delete it")
        if not click.confirm(f"Delete {shown} for good?", err=True):
            raise click.Abort

    return keep(thread, lambda shelf, thread_id: shelf.delete(thread_id), "Deleted", ask)
