"""`jm undo`: brings a project's files back, after showing what would change and asking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import msgspec

from journeyman.cli.confirm import confirm
from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.project_checkpoints import with_project
from journeyman.cli.stores import rollout_store
from journeyman.cli.talk_back import TalkBack
from journeyman.cli.terminal import write_error, write_lines
from journeyman.visible_text import visible_line
from journeyman.workspace.checkpoints import history
from journeyman.workspace.checkpoints.plan import Change
from journeyman.workspace.checkpoints.project import Project
from journeyman.workspace.checkpoints.records import Checkpoint, shown

_LINES_SHOWN = 60
_VERBS = {
    "create": "bring back",
    "overwrite": "rewrite",
    "remove": "remove",
    "permissions": "chmod",
}

_EXAMPLES = """\b
Examples:
  jm undo                   undo what the last turn did to files
  jm undo --last 3          undo the last three turns
  jm undo 17                go back to checkpoint 17 of `jm checkpoints`
  jm undo 17 --path src     only what is in src
  jm undo --talk            let the thread forget the turn as well
"""


class _Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    checkpoint: int | None
    turns: int
    paths: tuple[str, ...]
    dry_run: bool
    yes: bool
    talk: bool


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("checkpoint", type=click.IntRange(min=1), required=False)
@click.option(
    "--last", "turns", type=click.IntRange(min=1), metavar="N", help="Undo the last N turns."
)
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Only this file or directory.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--talk", is_flag=True, help="Take the turns out of their threads as well.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("-C", "--cd", metavar="DIR", help="The project's directory; default: this one.")
def command(
    *,
    checkpoint: int | None,
    turns: int | None,
    cd: str | None,
    **how: Any,
) -> int:
    """Bring the project's files, and its git refs, index and stash, back to a checkpoint.

    Without CHECKPOINT: to where they were before the last turn. What is there now becomes a checkpoint
    first, so that an undo can be undone. The talk of the thread stays as it is, unless --talk is given.
    """
    if checkpoint is not None and turns is not None:
        raise click.UsageError("name a checkpoint or --last N, not both")
    if how["talk"] and how["paths"]:
        raise click.UsageError("--talk takes whole turns back, --path a part of them: name one")
    wish = _Wish(checkpoint=checkpoint, turns=turns or 1, **how)

    async def work(project: Project, where: Path) -> int:
        return await _undo(project, where, wish)

    return with_project(cd, work)


async def _undo(project: Project, where: Path, wish: _Wish) -> int:
    records = project.checkpoints()
    if wish.checkpoint is None:
        goal = history.checkpoint_before(records, wish.turns)
    else:
        goal = history.find(records, wish.checkpoint)
    paths = [_relative(path, where, project.root) for path in wish.paths]
    project.root.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        talk = (
            TalkBack(rollout_store(read_process()), records, goal, stack)
            if wish.talk and not wish.dry_run
            else None
        )
        changes = await project.compare(goal, paths)
        if changes:
            _print(_listing(changes, goal, project.root))
        else:
            _print([f"Nothing to do: the files are as they were at checkpoint {goal.id}."])
        if wish.dry_run or not (changes or talk):
            return 0
        if not wish.yes:
            confirm("Go on?", instead="add --yes to do this, or --dry-run to only look")
        if changes:
            restored = await project.restore(goal, paths)
            _print(
                [
                    f"Done: {_count(restored.changes)} as at checkpoint {goal.id}.",
                    f"To take this back: jm undo {restored.way_back.id}",
                ]
            )
        if talk is not None:
            _print(talk.take_back())
    return 0


def _relative(path: str, where: Path, root: Path) -> bytes:
    absolute = Path(os.path.realpath((where / path).parent), (where / path).name)
    if path in {".", ".."} or path.endswith("/.."):
        absolute = Path(os.path.realpath(where / path))
    if absolute == root:
        raise CommandError(f"--path {visible_line(path)} is the whole project: leave it out")
    if root not in absolute.parents:
        raise CommandError(f"--path {visible_line(path)} is not in {visible_line(str(root))}")
    return os.fsencode(absolute.relative_to(root))


def _listing(changes: Sequence[Change], goal: Checkpoint, root: Path) -> list[str]:
    """The files by name; what is inside git directories as one line, as nobody knows those by name."""
    files = [change for change in changes if not _is_inside_git(change.path)]
    lines = [f"To checkpoint {goal.id} (before: {visible_line(goal.reason[:200])})"]
    lines.append(f"in {visible_line(str(root))}:")
    lines += [
        f"  {_VERBS[change.kind]:<10}  {visible_line(shown(change.path))}"
        for change in files[:_LINES_SHOWN]
    ]
    if len(files) > _LINES_SHOWN:
        lines.append(f"  ... and {len(files) - _LINES_SHOWN} more files")
    if len(files) < len(changes):
        count = len(changes) - len(files)
        lines.append(f"  git's own   refs, index, logs or stash ({count} files in .git)")
    if goal.skipped:
        names = ", ".join(visible_line(name) for name in goal.skipped_names[:5])
        lines.append(f"Not in this checkpoint, left as it is: {names}")
    return lines


def _is_inside_git(path: bytes) -> bool:
    return b".git" in path.split(b"/")[:-1]


def _count(changes: Sequence[Change]) -> str:
    return "1 file is" if len(changes) == 1 else f"{len(changes)} files are"


def _print(lines: Sequence[str]) -> None:
    try:
        write_lines(lines)
    except OSError as error:
        write_error(f"error: cannot write: {error.strerror}\n")
