import io
import subprocess
import sys
from pathlib import Path

import pytest

from journeyman.tools.apply_patch.program import run

PATCH = b"*** Begin Patch\n*** Add File: n.txt\n+n\n*** End Patch\n"


@pytest.mark.parametrize(
    ("arguments", "data", "expected"),
    [
        (["a", "b"], b"", (2, "", "Error: apply_patch accepts exactly one argument.\n")),
        ([], b" \n", (2, "", "Usage: apply_patch 'PATCH'\n       echo 'PATCH' | apply_patch\n")),
        (
            [""],
            PATCH,
            (1, "", "Invalid patch: The first line of the patch must be '*** Begin Patch'\n"),
        ),
        ([], b"*** \xff", (1, "", "Error: the patch is not UTF-8 (byte 4).\n")),
        (["\udcff"], b"", (1, "", "Error: the patch is not UTF-8 (byte 0).\n")),
    ],
)
def test_program_says_what_is_wrong_with_its_call(
    tmp_path: Path, arguments: list[str], data: bytes, expected: tuple[int, str, str]
) -> None:
    stdout, stderr = io.StringIO(), io.StringIO()

    exit_code = run(arguments, tmp_path, stdin=io.BytesIO(data), stdout=stdout, stderr=stderr)

    assert (exit_code, stdout.getvalue(), stderr.getvalue()) == expected


def test_program_applies_in_its_own_directory(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "journeyman.tools.apply_patch.program"]

    done = subprocess.run(command, cwd=tmp_path, input=PATCH, capture_output=True, check=False)

    report = b"Success. Updated the following files:\nA n.txt\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, report, b"")
    assert (tmp_path / "n.txt").read_text() == "n\n"


@pytest.mark.parametrize("flag", [(), ("--codex-run-as-apply-patch",)])
def test_main_program_is_apply_patch_by_that_name_and_by_the_references_flag(
    tmp_path: Path, flag: tuple[str, ...]
) -> None:
    script = tmp_path / ("jm" if flag else "apply_patch")
    script.write_text("from journeyman.cli.entry import main; main()")
    bad = b"*** Begin Patch\n*** Add File: n\n+n\n*** Delete File: m\n*** End Patch"

    done = subprocess.run(
        [sys.executable, script, *flag, bad], cwd=tmp_path, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(f"Failed to read {tmp_path}/m: ")
    assert (tmp_path / "n").read_text() == "n\n"
