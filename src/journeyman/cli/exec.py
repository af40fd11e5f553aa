"""`jm exec`: its options and words, nothing else; the run itself is in exec_run.

The words are PROMPT, or `resume [ID] [PROMPT]`, or `fork ID [PROMPT]`, or `review [PROMPT]`; options may stand before and after them.
"""

from __future__ import annotations

from typing import Any

import click

from journeyman.cli.exec_request import ExecFlags, Words, read_words
from journeyman.cli.options import SharedFlags, shared_options, take_shared
from journeyman.cli.review_request import ReviewFlags

_AFTER_DASHES = "words_after_dashes"

_EXAMPLES = """\b
Examples:
  jm exec "explain this repository"
  git diff | jm exec "review this change"
  jm exec --image a.png,b.png -- "what differs?"
  jm exec --json --output-schema answer.json "name the entry points"
  jm exec resume --last "go on"
  jm exec review --base main
"""


class ExecCommand(click.Command):
    """Understands what click has no words for: `--image A B -- PROMPT`, and words after `--` as a prompt."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """Parse, with every word between --image and `--` taken as an image."""
        before, dashes, after = _split_at_dashes(args)
        ctx.meta[_AFTER_DASHES] = len(after)
        if dashes:
            before = _repeat_image_option(before)
        return super().parse_args(ctx, [*before, *dashes, *after])


def _split_at_dashes(args: list[str]) -> tuple[list[str], list[str], list[str]]:
    if "--" not in args:
        return args, [], []
    at = args.index("--")
    return args[:at], ["--"], args[at + 1 :]


def _repeat_image_option(args: list[str]) -> list[str]:
    repeated: list[str] = []
    words_since_option = 0
    in_images = False
    for arg in args:
        if arg.startswith("-") and arg != "-":
            in_images = arg in {"-i", "--image"} or arg.startswith("--image=")
            words_since_option = 1 if arg.startswith("--image=") else 0
        elif in_images:
            words_since_option += 1
            if words_since_option > 1:
                repeated.append("--image")
        repeated.append(arg)
    return repeated


@click.command(
    cls=ExecCommand,
    epilog=_EXAMPLES,
    options_metavar="[OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument(
    "words",
    nargs=-1,
    metavar="[PROMPT | resume [ID] [PROMPT] | fork ID [PROMPT] | review [PROMPT]]",
)
@shared_options
@click.option("--last", is_flag=True, help="With resume: the newest thread of this directory.")
@click.option("--all", "all_directories", is_flag=True, help="With --last: of any directory.")
@click.option(
    "--json", "--experimental-json", "json", is_flag=True, help="Print events as JSON lines."
)
@click.option(
    "--costs", is_flag=True, help="With --json: a line also of every request and what it cost."
)
@click.option(
    "-o",
    "--output-last-message",
    "output_file",
    metavar="FILE",
    help="Also write the final message to FILE.",
)
@click.option(
    "--output-schema", metavar="FILE", help="JSON Schema that the final message has to follow."
)
@click.option("--color", type=click.Choice(["always", "never", "auto"]), default="auto")
@click.option("--skip-git-repo-check", is_flag=True, help="Run outside a repository as well.")
@click.option(
    "--approve-for-me",
    is_flag=True,
    help="Let a reviewer model decide what would be asked; commands may write in the directory.",
)
@click.option(
    "--trust",
    is_flag=True,
    help="Trust this project from now on: let commands write in it, and use its config as it is now.",
)
@click.option("--ignore-rules", is_flag=True, help="Do not read rules files.")
@click.option(
    "--ephemeral",
    is_flag=True,
    help="Keep nothing of the thread on disk but what its requests cost.",
)
@click.option("--ignore-user-config", is_flag=True, help="Do not read config.toml.")
@click.option("--thread-source", metavar="SOURCE", help="Recorded as the origin of a new thread.")
@click.option("--uncommitted", is_flag=True, help="With review: what is not committed yet.")
@click.option("--base", metavar="BRANCH", help="With review: what changed against BRANCH.")
@click.option("--commit", metavar="SHA", help="With review: what one commit changes.")
@click.option("--title", metavar="TEXT", help="With review --commit: its title, for people.")
@click.option("--sarif", is_flag=True, help="With review: print the findings as SARIF 2.1.0.")
@click.option(
    "--cyber-access-program",
    type=click.Choice(["standard", "daybreak_blue", "daybreak_red"]),
    hidden=True,
)
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...], **params: Any) -> int:
    """Run one prompt without questions, and print the answer.

    The prompt is the argument, or stdin when there is none or it is `-`; input piped in beside an argument
    is added to it. The answer goes to stdout, everything else to stderr.
    """
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    shared = earlier.then(take_shared(params))
    # Which of an access programme's models answer is for its own vendor's service to know.
    del params["cyber_access_program"]
    review = ReviewFlags(
        form="sarif" if params.pop("sarif") else "text",
        **{name: params.pop(name) for name in ("uncommitted", "base", "commit", "title")},
    )
    flags = ExecFlags(**params)
    if flags.costs and not flags.json:
        raise click.UsageError("--costs goes with --json: without it the transcript tells the cost")
    read = _understand(words, flags, review, after_dashes=ctx.meta[_AFTER_DASHES])
    from journeyman.cli.exec_run import execute

    return execute(shared, flags, read)


def _understand(
    words: tuple[str, ...], flags: ExecFlags, review: ReviewFlags, *, after_dashes: int
) -> Words:
    try:
        return read_words(words, flags, review, all_literal=len(words) == after_dashes)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
