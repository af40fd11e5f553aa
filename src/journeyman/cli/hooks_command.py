"""`jm hooks`: lists the hooks for work here and what of them may run; trusts the user's own, exactly as shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from journeyman.cli import exec_inputs
from journeyman.cli.confirm import confirm
from journeyman.cli.errors import CommandError
from journeyman.cli.hooks import HookSet, find_hooks
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_lines
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.config.trust import TrustStore
from journeyman.visible_text import visible_line
from journeyman.workspace.repository import find_root

_EXAMPLES = """\b
Examples:
  jm hooks             the hooks for work here, and whether they run
  jm hooks trust       show your own, ask, and trust exactly these
"""


@click.group(
    "hooks",
    epilog=_EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.pass_context
def command(ctx: click.Context) -> int:
    """Show hooks: programs that are told of events in a thread and may stop what follows.

    They stand in hooks.json of the home folder, in [hooks] of config.toml, and in .journeyman/hooks.json of a
    repository, and run only while they are what was trusted.
    """
    return 0 if ctx.invoked_subcommand else _list(None)


@command.command("list")
@click.option("-C", "--cd", metavar="DIR", help="The folder of the work; default: this one.")
def list_hooks(cd: str | None) -> int:
    """List the hooks for work here, and whether they run."""
    return _list(cd)


@command.command("trust")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def trust(*, yes: bool) -> int:
    """Show your own hooks and trust them as they are now; a repository's are for `jm trust`."""
    sets, store = _sets(None)
    own = next((found for found in sets if found.source == "user"), None)
    if own is None or not own.hooks:
        write_lines(["You have no hooks."])
        return 0
    write_lines(list(_shown(own)))
    if own.state == "trusted":
        return 0
    if not yes:
        confirm("Trust exactly these hooks?", instead="read what is above, then add --yes")
    try:
        store.trust(own.root, {"hooks": own.digest})
    except ConfigError as error:
        raise CommandError(str(error)) from error
    write_lines(["Trusted."])
    return 0


def _list(cd: str | None) -> int:
    sets, _ = _sets(cd)
    write_lines([line for found in sets for line in _shown(found)] or ["There are no hooks here."])
    return 0


def _sets(cd: str | None) -> tuple[list[HookSet], TrustStore]:
    process = read_process()
    directory = exec_inputs.working_directory(process.directory, cd)
    try:
        settings = load_settings(Sources(home=process.home)).settings
    except ConfigError as error:
        raise CommandError(str(error)) from error
    project: Path = find_root(directory, settings.project_root_markers) or directory
    return find_hooks(process.home, settings, project), TrustStore.load(process.home)


def _shown(found: HookSet) -> Iterator[str]:
    state = {
        "modified": "changed since trusted, they do not run",
        "untrusted": "not trusted, they do not run",
    }
    yield f"{visible_line(str(found.path))} ({found.source}): {state.get(found.state, 'trusted')}"
    for hook in found.hooks:
        name = hook.event[0].upper() + hook.event[1:]
        matcher = f" [{visible_line(hook.matcher)}]" if hook.matcher else ""
        yield f"  {name}{matcher}, at most {hook.timeout_seconds:g} s: {visible_line(hook.command)}"
    for problem in found.problems:
        yield f"  warning: {visible_line(problem)}"
