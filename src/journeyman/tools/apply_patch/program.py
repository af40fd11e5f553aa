"""The program `apply_patch`: a patch as its one argument or on standard input.

Exit 0: applied. 1: the patch is wrong or does not fit; files before the failure stay changed.
2: called wrongly.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from journeyman.tools.apply_patch.apply import apply_in_turn
from journeyman.tools.apply_patch.parse import PatchError, parse_patch
from journeyman.tools.apply_patch.write_changes import WriteError

_USAGE = "Usage: apply_patch 'PATCH'\n       echo 'PATCH' | apply_patch\n"


def run(
    arguments: Sequence[str], cwd: Path, *, stdin: BinaryIO, stdout: TextIO, stderr: TextIO
) -> int:
    """Run the program.

    Args:
        arguments: without the program's name.
        cwd: absolute; where relative paths start.
        stdin: read only when there is no argument.
        stdout: gets the report of success.
        stderr: gets the reason of a failure.

    Returns:
        The exit code: 0, 1 or 2.
    """
    if len(arguments) > 1:
        stderr.write("Error: apply_patch accepts exactly one argument.\n")
        return 2
    data = os.fsencode(arguments[0]) if arguments else stdin.read()
    if not arguments and not data.strip():
        stderr.write(_USAGE)
        return 2
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        stderr.write(f"Error: the patch is not UTF-8 (byte {error.start}).\n")
        return 1
    try:
        patch = parse_patch(text)
        if not patch.hunks:
            stderr.write("No files were modified.\n")
            return 1
        stdout.write(apply_in_turn(patch, cwd))
    except (PatchError, WriteError) as error:
        stderr.write(f"{error}\n")
        return 1
    return 0


def main() -> int:
    """Run the program on this process's arguments, directory and streams; return the exit code."""
    return run(
        sys.argv[1:],
        Path().absolute(),
        stdin=sys.stdin.buffer,
        stdout=sys.stdout,
        stderr=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
