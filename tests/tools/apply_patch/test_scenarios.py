"""Every directory in scenarios/ runs as the tool runs a patch and as the program does."""

import io
import os
import shutil
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from journeyman.tools.apply_patch.apply import apply_whole
from journeyman.tools.apply_patch.parse import PatchError, parse_patch
from journeyman.tools.apply_patch.program import run
from journeyman.tools.apply_patch.write_changes import WriteError

SCENARIOS = sorted(path.parent for path in Path(__file__).parent.glob("scenarios/*/outcome.toml"))


def read_tree(root: Path) -> dict[str, tuple[str, bytes]]:
    """Every file below a directory: its kind (file, program, link) and its bytes or target."""
    tree: dict[str, tuple[str, bytes]] = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            tree[name] = ("link", os.fsencode(path.readlink()))
        elif path.is_file():
            kind = "program" if path.stat().st_mode & stat.S_IXUSR else "file"
            tree[name] = (kind, path.read_bytes())
    return tree


@pytest.fixture(params=SCENARIOS, ids=lambda path: path.name)
def scenario(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def outcome(scenario: Path) -> dict[str, Any]:
    return tomllib.loads((scenario / "outcome.toml").read_text())


@pytest.fixture
def cwd(scenario: Path, outcome: dict[str, Any], tmp_path: Path) -> Path:
    work = tmp_path.resolve() / "work"
    shutil.copytree(scenario / "input", work, symlinks=True)
    for name in outcome.get("directories", []):
        (work / name).mkdir()
    return work


def as_tool(text: str, cwd: Path) -> tuple[str | None, str]:
    try:
        patch = parse_patch(text)
        if not patch.hunks:
            return None, "No files were modified."
        return apply_whole(patch, cwd), ""
    except (PatchError, WriteError) as error:
        return None, str(error)


def test_tool_changes_everything_or_nothing(
    scenario: Path, outcome: dict[str, Any], cwd: Path
) -> None:
    text = (scenario / "patch.txt").read_bytes().decode()

    report, failure = as_tool(text, cwd)

    if "success" in outcome:
        assert (report, failure) == ("\n".join(outcome["success"]) + "\n", "")
        assert read_tree(cwd) == read_tree(scenario / "expected")
    else:
        assert report is None
        assert outcome["failure"].replace("{cwd}", str(cwd)) in failure + "\n"
        assert read_tree(cwd) == read_tree(scenario / "input")


@pytest.mark.parametrize("way", ["argument", "stdin"])
def test_program_keeps_what_came_before_a_failure(
    scenario: Path, outcome: dict[str, Any], cwd: Path, way: str
) -> None:
    data = (scenario / "patch.txt").read_bytes()
    arguments = [data.decode()] if way == "argument" else []
    stdin, stdout, stderr = io.BytesIO(data), io.StringIO(), io.StringIO()

    code = run(arguments, cwd, stdin=stdin, stdout=stdout, stderr=stderr)

    if "success" in outcome:
        expected = (0, "\n".join(outcome["success"]) + "\n", "")
        assert (code, stdout.getvalue(), stderr.getvalue()) == expected
    else:
        assert (code, stdout.getvalue()) == (1, "")
        assert outcome["failure"].replace("{cwd}", str(cwd)) in stderr.getvalue()
    assert read_tree(cwd) == read_tree(scenario / "expected")
