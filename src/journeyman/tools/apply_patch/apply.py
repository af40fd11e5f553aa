"""Applies a patch on the spot, for callers that may write where they run.

The tool plans in one process and writes in the sandbox instead; what it does is `apply_whole`.
"""

from pathlib import Path

from journeyman.tools.apply_patch.parse import Patch
from journeyman.tools.apply_patch.plan import plan_patch, summarise
from journeyman.tools.apply_patch.write_changes import write_all


def apply_whole(patch: Patch, cwd: Path) -> str:
    """Apply all of a patch, or nothing of it.

    Returns:
        The text that reports success.

    Raises:
        PatchError: a hunk does not fit.
        WriteError: the disk refused.
    """
    plan = plan_patch(patch, cwd)
    write_all(plan.writes)
    return plan.summary


def apply_in_turn(patch: Patch, cwd: Path) -> str:
    """Apply hunk after hunk; those before a failure stay, as the `apply_patch` program promises.

    Returns:
        The text that reports success.

    Raises:
        PatchError: a hunk does not fit.
        WriteError: the disk refused.
    """
    for hunk in patch.hunks:
        apply_whole(Patch((hunk,)), cwd)
    return summarise(patch)
