"""Bare `jm`: talks with the agent in the terminal. A command without a name of its own in the help."""

from __future__ import annotations

from typing import Any

import click

from journeyman.cli.options import APPROVAL, SharedFlags, shared_options, take_shared


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("prompt", required=False)
@shared_options
@click.pass_context
def command(ctx: click.Context, *, prompt: str | None, **params: Any) -> int:
    """Talk with the agent in this directory."""
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    shared = earlier.then(take_shared(params))
    from journeyman.cli.plain import Wish, execute

    return execute(shared, Wish(prompt=prompt, approval_policy=ctx.meta.get(APPROVAL)))
