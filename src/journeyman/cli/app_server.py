"""`jm app-server`: its options, and its ways of telling the protocol to other programs; serving is in app_server_run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags

_EXAMPLES = """\b
Examples:
  jm app-server                                  one client, on stdin and stdout
  jm app-server --listen unix:///tmp/jm.sock     clients of this user
  jm app-server --listen ws://127.0.0.1:8790     clients with the token in app-server.token
"""


@click.group(
    "app-server",
    epilog=_EXAMPLES,
    invoke_without_command=True,
    options_metavar="[OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--listen",
    default="stdio://",
    metavar="URL",
    help="stdio://, unix://PATH (unix:// is app-server.sock in the home folder) or ws://HOST:PORT.",
)
@click.option("--stdio", is_flag=True, help="The same as --listen stdio://.")
@click.option(
    "--ws-auth",
    type=click.Choice(["capability-token"]),
    help="How a WebSocket client shows that it may connect: by the token, which is the only way.",
)
@click.option(
    "--ws-token-file",
    metavar="FILE",
    help="Where the token of the WebSocket is; default: app-server.token in the home folder.",
)
@click.option(
    "-c",
    "--config",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a configuration key for every thread.",
)
@click.option("--strict-config", is_flag=True, help="Refuse unknown configuration keys.")
@click.option("--record", metavar="FILE", help="Write every exchange with models to a new FILE.")
@click.option("--replay", metavar="FILE", help="Answer from such a FILE instead of a model.")
@click.pass_context
def command(ctx: click.Context, *, listen: str, stdio: bool, **params: Any) -> int:
    """Serve the agent to other programs: editors, apps and the SDKs, over one protocol.

    Messages are JSON-RPC, one JSON object a line on stdio and named sockets, one text frame each on a
    WebSocket. The server ends with its stdin, or when it is told to.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from journeyman.cli.app_server_run import ServerFlags, serve

    earlier = _local(ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags())
    flags = ServerFlags(
        listen="stdio://" if stdio else listen,
        token_file=params["ws_token_file"],
        overrides=(*_as_overrides(earlier), *params["overrides"]),
        config_profile=earlier.config_profile,
        directory=earlier.cd,
        add_dirs=earlier.add_dirs,
        trust_all_hooks=earlier.bypass_hook_trust,
        strict=earlier.strict_config or params["strict_config"],
        record=params["record"] or earlier.record,
        replay=params["replay"] or earlier.replay,
    )
    return serve(flags)


@command.command("generate-json-schema")
@click.option("--out", "folder", required=True, metavar="DIR", help="Where the files go.")
@click.option("--experimental", is_flag=True, help="With what may still change.")
def generate_json_schema(folder: str, *, experimental: bool) -> int:
    """Write the protocol as JSON Schema: a file a type, and one for each way of messages."""
    from journeyman.protocol.schema_files import json_schema_files

    return _write(folder, json_schema_files(experimental=experimental))


@command.command("generate-ts")
@click.option("--out", "folder", required=True, metavar="DIR", help="Where the files go.")
@click.option("--experimental", is_flag=True, help="With what may still change.")
def generate_typescript(folder: str, *, experimental: bool) -> int:
    """Write the protocol as TypeScript: a file a type, and an index of all."""
    from journeyman.protocol.schema_files import typescript_files

    return _write(folder, typescript_files(experimental=experimental))


def _write(folder: str, files: Mapping[str, str]) -> int:
    from journeyman.protocol.schema_files import write_files

    try:
        write_files(Path(folder), files)
    except OSError as error:
        text = f"cannot write {error.filename or folder}: {error.strerror}, in --out: choose another folder"
        raise CommandError(text) from error
    return 0


def _local(shared: SharedFlags) -> SharedFlags:
    """With `--oss` made into a model; raises `CommandError` where there is none."""
    if not shared.wants_local_model:
        return shared
    from journeyman.cli.local_models import use_local_model
    from journeyman.cli.process import read_process
    from journeyman.config.errors import ConfigError
    from journeyman.config.load import Sources

    home, profile = read_process().home, shared.config_profile
    sources = Sources(home=home, config_profile=profile, overrides=shared.overrides)
    try:
        return use_local_model(shared, sources)
    except ConfigError as error:
        raise CommandError(str(error)) from error


def _as_overrides(shared: SharedFlags) -> list[str]:
    """What stood before the command's name, as configuration of every thread."""
    said = {"model": shared.model, "sandbox_mode": shared.sandbox}
    if shared.bypass:
        said |= {"sandbox_mode": "danger-full-access", "approval_policy": "never"}
    given = [f"{key}={json.dumps(value)}" for key, value in said.items() if value is not None]
    return [*shared.overrides, *given]
