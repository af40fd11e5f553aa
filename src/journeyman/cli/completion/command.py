"""`jm completion`: prints the script that teaches a shell the commands and options."""

from __future__ import annotations

import click

from journeyman.cli.completion.scripts import PROGRAMS, SHELLS
from journeyman.cli.completion.tree import read_tree
from journeyman.cli.terminal import write_output

_EXAMPLES = """\b
Examples:
  jm completion bash > ~/.local/share/bash-completion/completions/jm
  jm completion zsh > ~/.zfunc/_jm          (a folder of your fpath)
  jm completion fish > ~/.config/fish/completions/jm.fish
  jm completion powershell >> $PROFILE
"""


@click.command(
    "completion",
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("shell", type=click.Choice(sorted(SHELLS)), default="bash")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    tree = read_tree(ctx.find_root().command, PROGRAMS[0])
    write_output(SHELLS[shell](tree).encode())
