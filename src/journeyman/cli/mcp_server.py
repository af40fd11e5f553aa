"""`jm mcp-server`: its options; serving is in mcp_server_run."""

from __future__ import annotations

from typing import Any

import click

from journeyman.cli.options import SharedFlags, shared_options, take_shared

_EXAMPLES = """\b
Examples:
  jm mcp-server                                       one client, on stdin and stdout
  jm mcp-server --listen http://127.0.0.1:8791        at /mcp, for clients with the token in app-server.token
  claude mcp add journeyman -- jm mcp-server          for another agent
"""


@click.command(
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--listen", default="stdio://", metavar="URL", help="stdio:// or http://HOST:PORT.")
@shared_options
@click.pass_context
def command(ctx: click.Context, *, listen: str, **params: Any) -> int:
    """Offer the agent to other programs over MCP: tools to run and to continue a thread.

    What a thread needs the user's word for is asked by elicitation; a client that cannot be asked declines.
    """
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    shared = earlier.then(take_shared(params))
    from journeyman.cli.mcp_server_run import serve

    return serve(shared, listen)
