"""The program `journeyman` (short `jm`): finds the command, and turns every failure into a line and an exit code.

Commands are imported when they are called, so that `--help` stays quick. Exit codes: 0 done, 1 it could
not be done, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import shlex
import sys
from typing import Any

import click

from journeyman import __version__
from journeyman.cli.errors import CommandError
from journeyman.cli.options import APPROVAL, shared_options, take_shared
from journeyman.cli.terminal import (
    drain_stdin,
    has_input,
    hold_standard_streams,
    is_text,
    is_tty,
    write_error,
)
from journeyman.visible_text import visible

# name -> (module, what it does); the module has the command as `command`.
_COMMANDS = {
    "app-server": ("journeyman.cli.app_server", "Serve the protocol to editors, apps and SDKs."),
    "archive": ("journeyman.cli.threads.archive", "Put a recorded thread away."),
    "checkpoints": ("journeyman.cli.checkpoints", "List what `jm undo` can go back to."),
    "completion": ("journeyman.cli.completion.command", "Print a completion script for a shell."),
    "config": ("journeyman.cli.config_command", "Show and change the configuration."),
    "debug": ("journeyman.cli.debug", "Look at single parts of the product, for bug reports."),
    "delete": ("journeyman.cli.threads.delete", "Remove a recorded thread for good."),
    "doctor": ("journeyman.cli.doctor.command", "Check installation, configuration and sandbox."),
    "exec": ("journeyman.cli.exec", "Run one prompt without questions and print the answer."),
    "execpolicy": ("journeyman.cli.execpolicy", "Try out the rules that decide about commands."),
    "export": ("journeyman.cli.threads.export", "Write a recorded thread to a file to show."),
    "features": ("journeyman.cli.features", "List features and whether they are on."),
    "hooks": ("journeyman.cli.hooks_command", "List hooks, and trust your own."),
    "login": ("journeyman.cli.login", "Keep an API key for later runs."),
    "logout": ("journeyman.cli.logout", "Forget the API key."),
    "mcp-server": ("journeyman.cli.mcp_server", "Offer the agent to other programs over MCP."),
    "mcp": ("journeyman.cli.mcp", "Add, list and remove MCP servers, and sign in."),
    "models": ("journeyman.cli.models_command", "List models, and try out what works at a server."),
    "fork": ("journeyman.cli.fork", "Go on in a copy of a recorded thread, in the terminal."),
    "resume": ("journeyman.cli.resume", "Go on with a recorded thread, in the terminal."),
    "review": ("journeyman.cli.review", "Review a change and print what was found."),
    "sandbox": ("journeyman.cli.sandbox", "Run a command as the agent would, in its sandbox."),
    "threads": ("journeyman.cli.threads.listing", "List recorded threads."),
    "trust": ("journeyman.cli.trust", "Show and trust what a repository brings for the agent."),
    "unarchive": ("journeyman.cli.threads.unarchive", "Bring an archived thread back."),
    "usage": ("journeyman.cli.usage", "Show what requests to models used and cost."),
    "undo": ("journeyman.cli.undo", "Bring files back to where they were before a turn."),
}
_ALIASES = {"e": "exec"}
# What bare `jm` does; it has no name in the help.
_TALK = "journeyman.cli.talk"

_EXAMPLES = """\b
Examples:
  jm                                        talk with the agent in this directory
  jm "what does this repository do?"        and say this first
  jm exec -m offline/repair -s workspace-write "make the tests pass"
  jm exec -m gpt-5.5 "explain this repository"
  jm exec --json "list the open questions" | jq .
  jm exec resume --last "and now the second one"
"""


def _load(module: str) -> click.Command:
    return importlib.import_module(module).command


class LazyGroup(click.Group):
    """Knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """The names, sorted."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """Import the command's module."""
        found = _COMMANDS.get(_ALIASES.get(cmd_name, cmd_name))
        return _load(found[0]) if found else None

    def resolve_command(  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; words that are none are a prompt for bare `jm`."""
        if len(args) == 1 and " " in args[0].strip():
            return None, _load(_TALK), args
        if args[0] not in _COMMANDS and args[0] not in _ALIASES and not args[0].startswith("-"):
            raise click.UsageError(_no_such_command(args), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _no_such_command(args: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(args[0], _COMMANDS, 1)
    if near:
        return f"No such command {args[0]!r}. Did you mean {near[0]!r}?"
    return f"No such command {args[0]!r}. As a prompt: jm exec {shlex.join(args)}"


@click.group(
    cls=LazyGroup,
    epilog=_EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="journeyman %(version)s")
@shared_options
@click.option(
    "-a",
    "--ask-for-approval",
    "approval",
    type=click.Choice(["untrusted", "on-request", "never"]),
    help="When to ask before a command runs; for bare jm, resume and fork.",
)
@click.option("--plain", is_flag=True, help="The face that works line by line, which bare jm is.")
@click.pass_context
def app(ctx: click.Context, *, approval: str | None, plain: bool, **params: Any) -> object:
    """A coding agent that works in your repository, in a sandbox, with any model.

    Without a command: talk with it in this directory.
    """
    ctx.obj = take_shared(params)
    ctx.meta[APPROVAL] = approval
    if ctx.invoked_subcommand is not None:
        return None
    if not plain and not has_input() and not (is_tty(0) and is_tty(1)):
        click.echo(ctx.get_help())
        return 0
    return ctx.invoke(_load(_TALK), prompt=None)


def main() -> None:
    """Run the program with the process's arguments, and exit."""
    sys.exit(_run(sys.argv[1:]))


def _check_encoding(args: list[str]) -> None:
    for arg in args:
        if not is_text(arg):
            shown = os.fsencode(arg).decode(errors="backslashreplace")
            raise CommandError(f"an argument is not UTF-8 text, in {shown!r}: write it in UTF-8")


def _failure(error: OSError) -> str:
    if error.filename:
        place = visible(os.fsdecode(error.filename))
        return f"{error.strerror}, in {place}: see that it can be read and written"
    return f"cannot write the output: {error.strerror}, on stdout: free some space"


def _run(args: list[str]) -> int:
    # Start-up makes no garbage; looking for it costs a tenth of the time until the first request.
    gc.disable()
    hold_standard_streams()
    try:
        _check_encoding(args)
        code = app.main(args=args, prog_name="jm", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        write_error(visible(shown.getvalue()))
        drain_stdin()
        return error.exit_code
    except CommandError as error:
        write_error(f"error: {visible(str(error))}\n")
        drain_stdin()
        return 1
    except OSError as error:
        write_error(f"error: {_failure(error)}\n")
        return 1
    except (KeyboardInterrupt, click.Abort):
        return 130
    return code if isinstance(code, int) else 0
