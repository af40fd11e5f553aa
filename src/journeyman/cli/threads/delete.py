"""`jm delete`: removes a thread for good."""

from __future__ import annotations

import click

from journeyman.cli.confirm import confirm
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
        if not yes:
            confirm(f"Delete {shown} for good?", instead="add --yes to delete it")

    return keep(thread, lambda shelf, thread_id: shelf.delete(thread_id), "Deleted", ask)
