"""`jm fork`: goes on in a copy of a recorded thread, in the terminal."""

from __future__ import annotations

from typing import Any

import click

from journeyman.cli.options import APPROVAL, SharedFlags, shared_options, take_shared

_EXAMPLES = """\b
Examples:
  jm fork ID                         by id or name
  jm fork ID "try it with a cache"   and say this first
"""


@click.command(
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("thread", metavar="ID|NAME")
@click.argument("prompt", required=False)
@shared_options
@click.pass_context
def command(ctx: click.Context, *, thread: str, prompt: str | None, **params: Any) -> int:
    """Go on in a copy of a recorded thread; the original stays as it is."""
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    shared = earlier.then(take_shared(params))
    from journeyman.cli.plain import Wish, execute

    approval = ctx.meta.get(APPROVAL)
    wish = Wish(action="fork", thread=thread, prompt=prompt, approval_policy=approval)
    return execute(shared, wish)
