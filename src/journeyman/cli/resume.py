"""`jm resume`: goes on with a recorded thread in the terminal."""

from __future__ import annotations

from typing import Any

import click

from journeyman.cli.options import APPROVAL, SharedFlags, shared_options, take_shared

_EXAMPLES = """\b
Examples:
  jm resume                       the newest thread of this directory
  jm resume --all                 the newest of any directory
  jm resume ID                    one by its id or name
  jm resume ID "now add a test"   and say this first
"""


@click.command(
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("thread", required=False, metavar="[ID|NAME]")
@click.argument("prompt", required=False)
@shared_options
@click.option("--last", is_flag=True, help="The newest thread; the first word is then the prompt.")
@click.option("--all", "all_directories", is_flag=True, help="The newest of any directory.")
@click.pass_context
def command(
    ctx: click.Context, *, thread: str | None, prompt: str | None, last: bool, **params: Any
) -> int:
    """Go on with a recorded thread, where it left off."""
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    shared = earlier.then(take_shared(params))
    if last and prompt is not None:
        raise click.UsageError("with --last there is no ID: quote the prompt to make it one word")
    from journeyman.cli.plain import Wish, execute

    if last:
        thread, prompt = None, thread
    approval = ctx.meta.get(APPROVAL)
    wish = Wish(action="resume", thread=thread, prompt=prompt, approval_policy=approval, **params)
    return execute(shared, wish)
