"""Asks for a yes before a command does what it cannot take back, or what only its user may decide."""

from __future__ import annotations

import click

from journeyman.cli.errors import CommandError
from journeyman.cli.terminal import forget_typed_ahead, is_tty


def confirm(question: str, *, instead: str) -> None:
    """Go on where the user says yes; what was typed before the question does not answer it.

    Raises:
        CommandError: the user says no; or nobody is there to ask, and `instead` says what to do.
    """
    if not is_tty(0):
        raise CommandError(f"there is nobody to ask: {instead}")
    forget_typed_ahead()
    if not click.confirm(question, err=True):
        raise CommandError("you said no: nothing was changed")
