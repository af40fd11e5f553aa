"""`jm sandbox`: runs a command for a person, confined as a turn's commands are.

Exit codes are the command's own, and as of a shell: 126 it cannot be executed, 127 there is none; 125 when
it did not run for another reason.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any, NamedTuple

import click
import msgspec

from journeyman.cli import exec_inputs
from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import Process, read_process
from journeyman.cli.terminal import write_error
from journeyman.cli.thread_settings import command_env, command_rules
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources
from journeyman.config.policies import network_rules, sandbox_policy
from journeyman.config.project import load_in_project
from journeyman.config.settings import Settings
from journeyman.core.exec_policy import writes_with_git
from journeyman.protocol.permissions import WorkspaceWrite
from journeyman.sandbox.api import CONFINEMENT_EXIT_CODE, Command, ConfinementError
from journeyman.sandbox.deny_read import agent_secrets
from journeyman.sandbox.foreground import on_a_terminal
from journeyman.sandbox.launcher import SandboxLauncher, system_launcher
from journeyman.sandbox.policy import NetworkRules, Policy, policy_of
from journeyman.visible_text import visible, visible_line
from journeyman.workspace.neutral_git import neutral

_CANNOT_EXECUTE, _NOT_FOUND = 126, 127
_TERMINAL = "/dev/tty"

_EXAMPLES = """\b
Examples:
  jm sandbox -- git status
  jm sandbox -s workspace-write -- make test
  jm sandbox -s workspace-write --add-dir ../lib -C app -- npm run build
  jm sandbox --deny-read '**/.env' -- bash
  jm sandbox --allow-net pypi.org --allow-net '*.pythonhosted.org' -- pip download flask
"""


class _Asked(NamedTuple):
    """What the command line says beside the flags that all commands share."""

    words: tuple[str, ...]
    denied: tuple[str, ...]
    hosts: tuple[str, ...]


@click.command(
    "sandbox",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    options_metavar="[OPTIONS]",
    context_settings={
        "allow_interspersed_args": False,
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.option(
    "-c",
    "--config",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a configuration key, such as sandbox_limits.memory_bytes.",
)
@click.option(
    "-s",
    "--sandbox",
    type=click.Choice(["read-only", "workspace-write", "danger-full-access"]),
    metavar="MODE",
    help="read-only, workspace-write or danger-full-access; default: what a turn here would have.",
)
@click.option("-C", "--cd", metavar="DIR", help="Working directory of the command.")
@click.option(
    "--add-dir", "add_dirs", multiple=True, metavar="DIR", help="Also writable in workspace-write."
)
@click.option(
    "--deny-read",
    "denied",
    multiple=True,
    metavar="PATH",
    help="A path or glob pattern that cannot be read, with all below it.",
)
@click.option(
    "--allow-net",
    "hosts",
    multiple=True,
    metavar="DOMAIN",
    help="A host that can be reached, beside those of the configuration; '*.DOMAIN' for all below it.",
)
@click.argument("words", nargs=-1, required=True, metavar="-- CMD [ARG]...", type=click.UNPROCESSED)
@click.pass_context
def command(
    ctx: click.Context,
    words: tuple[str, ...],
    denied: tuple[str, ...],
    hosts: tuple[str, ...],
    **params: Any,
) -> int:
    """Run a command as the agent would, in its sandbox, on this terminal.

    It gets the policy, the environment and the limits of a turn in this directory: read-only unless the
    project is trusted or a mode is given. The exit code is the command's own; 126 when it cannot be
    executed, 127 when it is not found, 125 when it did not run for another reason.
    """
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    shared = earlier.then(SharedFlags(**params))
    try:
        process = read_process()
        confined = _prepare(process, shared, _Asked(words, denied, hosts))
        launcher = system_launcher(
            process.environment.get("PATH", ""), deny_read=agent_secrets(str(process.home))
        )
        return asyncio.run(_run(launcher, *confined))
    except (CommandError, ConfigError, ConfinementError) as error:
        write_error(f"error: {visible(str(error))}\n")
        return CONFINEMENT_EXIT_CODE
    except OSError as error:
        where = visible_line(words[0])
        write_error(f"error: {error.strerror}, in {where}: name a program that can be run\n")
        missing = isinstance(error, FileNotFoundError)
        return _NOT_FOUND if missing else _CANNOT_EXECUTE


def _prepare(process: Process, shared: SharedFlags, asked: _Asked) -> tuple[Command, Policy]:
    directory = exec_inputs.working_directory(process.directory, shared.cd)
    roots = exec_inputs.extra_roots(process.directory, shared.add_dirs)
    sources = Sources(
        home=process.home,
        config_profile=shared.config_profile,
        overrides=shared.overrides,
        strict=shared.strict_config,
    )
    project = load_in_project(sources, directory)
    configured = project.loaded.settings
    mode = "danger-full-access" if shared.bypass else shared.sandbox
    wire = sandbox_policy(configured, mode, roots, trusted=project.trusted)
    if roots and not isinstance(wire, WorkspaceWrite):
        raise CommandError("no effect, of --add-dir: add --sandbox workspace-write")
    policy = policy_of(
        wire,
        str(directory),
        _with_hosts(configured, asked.hosts),
        command_rules(process, configured),
    )
    if not policy.confined and (asked.denied or asked.hosts):
        flag = "--deny-read" if asked.denied else "--allow-net"
        raise CommandError(f"no effect, of {flag}: use another mode than danger-full-access")
    if policy.network_access and asked.hosts:
        raise CommandError("no effect, of --allow-net: the configuration allows every host")
    unreadable = (*policy.deny_read, *(str(directory / path) for path in asked.denied))
    if policy.confined and on_a_terminal():
        # Its own one, on its standard streams; nothing inside needs to find it by another name.
        unreadable = (*unreadable, _TERMINAL)
    policy = msgspec.structs.replace(policy, deny_read=unreadable)
    env = command_env(process, configured)
    command = Command(argv=asked.words, cwd=str(directory), env=env)
    if configured.git.allow_commit and policy.writable_roots and writes_with_git(asked.words):
        return neutral(command), msgspec.structs.replace(policy, git_of=str(directory))
    return command, policy


def _with_hosts(configured: Settings, hosts: tuple[str, ...]) -> NetworkRules | None:
    if not hosts:
        return network_rules(configured)
    table = configured.network
    allow = [*(table.allow or ()), *hosts]
    table = msgspec.structs.replace(table, allow=allow)
    return network_rules(msgspec.structs.replace(configured, network=table))


async def _run(launcher: SandboxLauncher, command: Command, policy: Policy) -> int:
    task = asyncio.ensure_future(launcher.run(command, policy))
    stopped: list[int] = []

    def stop(number: int) -> None:
        stopped.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not stopped:
            raise
        return 128 + stopped[0]
    finally:
        launcher.close()
