"""`jm review`: its options; the run is that of `jm exec review`."""

from __future__ import annotations

from typing import Any

import click

from journeyman.cli.exec_request import ExecFlags, Words
from journeyman.cli.options import SharedFlags, shared_options, take_shared
from journeyman.cli.review_request import ReviewFlags, check_review

_EXAMPLES = """\b
Examples:
  jm review --uncommitted
  jm review --base main
  jm review --commit HEAD --sarif >review.sarif
  jm review "look for races in the new cache"
"""


@click.command(
    epilog=_EXAMPLES,
    options_metavar="[OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("prompt", required=False)
@click.option("--uncommitted", is_flag=True, help="What is staged, unstaged and untracked.")
@click.option("--base", metavar="BRANCH", help="What the current branch changes against BRANCH.")
@click.option("--commit", metavar="SHA", help="What one commit changes.")
@click.option("--title", metavar="TEXT", help="With --commit: its title, for people.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print the findings as SARIF 2.1.0.")
@click.option(
    "-o", "--output-last-message", "output_file", metavar="FILE", help="Also write them to FILE."
)
@click.option("--color", type=click.Choice(["always", "never", "auto"]), default="auto")
@click.option("--skip-git-repo-check", is_flag=True, help="Run outside a repository as well.")
@click.option(
    "--ephemeral",
    is_flag=True,
    help="Keep nothing of the thread on disk but what its requests cost.",
)
@click.option("--ignore-user-config", is_flag=True, help="Do not read config.toml.")
@shared_options
@click.pass_context
def command(ctx: click.Context, prompt: str | None, **params: Any) -> int:
    """Review a change, and print what was found; the model reads only.

    Say what: --uncommitted, --base, --commit, or instructions (`-` reads them from stdin). The findings go to
    stdout, the run to stderr. Exit code 0 says that the review was made, not that nothing was found.
    """
    earlier = ctx.obj if isinstance(ctx.obj, SharedFlags) else SharedFlags()
    shared = earlier.then(take_shared(params))
    as_json, as_sarif = params.pop("as_json"), params.pop("as_sarif")
    if as_json and as_sarif:
        raise click.UsageError("--json and --sarif exclude one another")
    review = ReviewFlags(
        form="json" if as_json else "sarif" if as_sarif else "text",
        **{name: params.pop(name) for name in ("uncommitted", "base", "commit", "title")},
    )
    try:
        check_review(review, prompt)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    from journeyman.cli.exec_run import execute

    words = Words(action="review", prompt=prompt, review=review)
    return execute(shared, ExecFlags(**params), words)
