"""`jm execpolicy`: tries rules files out, without running anything."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.core.exec_policy import check_command
from journeyman.core.exec_policy.rules import RulesError
from journeyman.core.exec_policy.rules_file import load_rules

_EXAMPLES = """\b
Examples:
  jm execpolicy check git push origin main
  jm execpolicy check --rules new.rules -- rm -rf build
"""


@click.group("execpolicy", epilog=_EXAMPLES)
def command() -> None:
    """Try out the rules that decide about commands."""


@command.command("check", context_settings={"ignore_unknown_options": True})
@click.option(
    "--rules",
    "files",
    multiple=True,
    type=click.Path(),
    help="Rules file; default: the user's own.",
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
def check(files: tuple[str, ...], words: tuple[str, ...]) -> None:
    r"""Print as JSON which rules match a command, and their decision.

    \b
    Examples:
      jm execpolicy check git push origin
      jm execpolicy check --rules team.rules rm -rf build
    """
    process = read_process()
    paths = [process.directory / file for file in files] or [process.home / "rules"]
    for path in paths:
        if files and not path.exists():
            message = f"no such file, in --rules {path}: name a rules file"
            raise CommandError(message)
    try:
        found = check_command(load_rules(map(Path, paths)), words)
    except RulesError as error:
        raise CommandError(str(error)) from error
    click.echo(msgspec.json.encode(found))
