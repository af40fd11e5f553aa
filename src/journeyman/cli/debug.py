"""`jm debug`: looks at single parts of the product from outside, for bug reports."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from journeyman.cli.dialects import DIALECT_NAMES, dialect_named
from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags, shared_options, take_shared
from journeyman.cli.process import read_process
from journeyman.models.answer_frames import MAX_ANSWER_BYTES
from journeyman.models.api import ModelSettings, Prompt
from journeyman.models.providers import Provider
from journeyman.models.recorded import decode_recorded
from journeyman.visible_text import escape_json

# No one is asked; a decoder only wants to know whose opaque data it keeps.
_RECORDED = Provider(id="recorded", name="Recorded")
_PROMPT = Prompt(
    instructions="", history=(), tools=(), settings=ModelSettings(model=""), cache_key=""
)


_EXAMPLES = """\b
Examples:
  jm debug prompt "fix the tests" | jq .
  jm debug decode --dialect chat answer.sse
"""


@click.group("debug", epilog=_EXAMPLES)
def command() -> None:
    """Look at single parts of the product, for bug reports."""


@command.command("decode")
@click.option(
    "--dialect",
    required=True,
    type=click.Choice(DIALECT_NAMES),
    help="The dialect of the answer, as in `wire_api`.",
)
@click.option(
    "--status",
    default=200,
    show_default=True,
    type=click.IntRange(100, 999),
    help="The HTTP status that the answer came with.",
)
@click.argument("file", type=click.Path())
def decode(dialect: str, status: int, file: str) -> None:
    r"""Print as JSON what a recorded answer of a model means.

    FILE holds the answer's body as it came, a stream of events or JSON.

    \b
    Examples:
      jm debug decode --dialect messages answer.sse
      jm debug decode --dialect chat --status 429 refusal.json
    """
    path = read_process().directory / file
    try:
        with path.open("rb") as opened:
            # One more than is ever read of an answer, which shows that it is too long.
            body = opened.read(MAX_ANSWER_BYTES + 1)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}; name a file that holds an answer's body"
        raise CommandError(message) from error
    decoder = dialect_named(dialect).decoder(_RECORDED, _PROMPT, ())
    click.echo(escape_json(msgspec.json.encode(decode_recorded(decoder, body, status=status))))


@command.command("prompt")
@click.argument("prompt", required=False)
@shared_options
@click.option("--output-schema", metavar="FILE", help="As for `jm exec`.")
@click.pass_context
def prompt_command(
    ctx: click.Context, *, prompt: str | None, output_schema: str | None, **params: Any
) -> int:
    r"""Print the first request that `jm exec PROMPT` would send from here; nothing is sent.

    It is JSON of the provider's dialect, without a key; its address goes to stderr. Trusted hooks and
    configured MCP servers take part as they do in a run.

    \b
    Examples:
      jm debug prompt "explain this repository"
      jm debug prompt -m anthropic/claude-sonnet-4-5 hello | jq .tools
    """
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    from journeyman.cli.debug_prompt import show_request

    return show_request(earlier.then(take_shared(params)), prompt, output_schema)
