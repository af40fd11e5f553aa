"""`jm checkpoints`: lists the checkpoints of a project, oldest first."""

from __future__ import annotations

import time
from pathlib import Path

import click
import msgspec

from journeyman.cli.project_checkpoints import with_project
from journeyman.cli.terminal import write_output
from journeyman.visible_text import escape_json, visible_line
from journeyman.workspace.checkpoints.history import turns_in_effect
from journeyman.workspace.checkpoints.project import Project
from journeyman.workspace.checkpoints.records import Checkpoint

_REASON_CHARS = 70
_EXAMPLES = """\b
Examples:
  jm checkpoints                what there is; `jm undo NUMBER` goes back to one
  jm checkpoints --json | jq .  for a script
"""


@click.command(
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("-C", "--cd", metavar="DIR", help="The project's directory; default: this one.")
def command(*, as_json: bool, cd: str | None) -> int:
    """List the checkpoints of this project, oldest first.

    One is taken before each tool call that may change files. `*` marks the state before each turn that
    `jm undo` can still undo.
    """

    async def work(project: Project, _where: Path) -> list[Checkpoint]:
        return project.checkpoints()

    records = with_project(cd, work)
    if as_json:
        lines = [escape_json(msgspec.json.encode(record)).decode() for record in records]
    elif records:
        starts = {turn.first.id for turn in turns_in_effect(records)}
        lines = [_line(record, starts_turn=record.id in starts) for record in records]
    else:
        lines = ["No checkpoints here: no tool has changed anything in this project yet."]
    write_output("".join(line + "\n" for line in lines).encode())
    return 0


def _line(record: Checkpoint, *, starts_turn: bool) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.at_ms / 1000))
    reason = visible_line(record.reason)
    if len(reason) > _REASON_CHARS:
        reason = reason[: _REASON_CHARS - 3] + "..."
    left_out = f"  ({record.skipped} left out)" if record.skipped else ""
    return f"{'*' if starts_turn else ' '} {record.id:>5}  {when}  {reason}{left_out}"
