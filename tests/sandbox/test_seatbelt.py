"""The macOS profile as text, and its launcher over a stand-in for `sandbox-exec`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from journeyman.sandbox.api import Command, ConfinementError
from journeyman.sandbox.launcher import system_launcher
from journeyman.sandbox.layout import Layout
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.scratch import Scratch
from journeyman.sandbox.seatbelt import seatbelt_profile
from journeyman.sandbox.seatbelt_launcher import SeatbeltLauncher

_BASE_LINES = 16
# Says what it was given, and runs the rest.
_STAND_IN = """#!/bin/sh
[ "$1" = -p ] || exit 65
case "$2" in "(version 1)"*) ;; *) exit 65 ;; esac
shift 2
while [ "$1" != -- ]; do echo "$1"; shift; done
shift
exec "$@"
"""


def test_profile_gives_roots_and_takes_back_what_is_protected_or_denied() -> None:
    layout = Layout(
        hidden=(),
        shown=(),
        writable=("/Users/u/my p(1)",),
        protected=("/Users/u/my p(1)/.git", "/Users/u/my p(1)/.github/workflows"),
    )
    profile = seatbelt_profile(
        layout, ["/Users/u/.ssh"], temporary="/private/tmp/x", network_access=False
    )
    head, lines = profile.text.splitlines()[:2], profile.text.splitlines()[_BASE_LINES:]
    assert head == ["(version 1)", "(deny default)"]
    assert lines == [
        '(allow file-write* (subpath (param "WRITABLE_0")))',
        '(allow file-write* (subpath (param "WRITABLE_1")))',
        "(allow system-socket (socket-domain AF_UNIX))",
        '(allow network-bind network-inbound network-outbound (subpath (param "SOCKETS_2")))',
        '(deny file-write* (regex #"^/Users/u/my p[(]1[)]/[.][gG][iI][tT](/.*)?$"))',
        '(deny file-write* (regex #"^/Users/u/my p[(]1[)]/[.]github/[wW][oO][rR][kK][fF][lL][oO][wW][sS](/.*)?$"))',
        '(deny file-write-unlink (literal (param "PINNED_3")))',
        '(deny file-write-unlink (literal (param "PINNED_4")))',
        '(deny file-read* file-write* (subpath (param "UNREADABLE_5")))',
    ]
    assert profile.parameters == {
        "WRITABLE_0": "/Users/u/my p(1)",
        "WRITABLE_1": "/private/tmp/x",
        "SOCKETS_2": "/private/tmp/x",
        "PINNED_3": "/Users/u/my p(1)",
        "PINNED_4": "/Users/u/my p(1)/.github",
        "UNREADABLE_5": "/Users/u/.ssh",
    }


def test_read_only_profile_writes_nothing_and_reaches_nothing() -> None:
    nothing = Layout(hidden=(), shown=(), writable=(), protected=())
    closed = seatbelt_profile(nothing, [], temporary=None, network_access=False)
    assert closed.text.splitlines()[_BASE_LINES:] == [""]
    assert "network" not in closed.text
    opened = seatbelt_profile(nothing, [], temporary=None, network_access=True)
    assert "(allow network-outbound (remote ip)" in opened.text


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb"])
def test_path_that_no_pattern_can_hold_is_refused(name: str) -> None:
    layout = Layout(
        hidden=(), shown=(), writable=(f"/Users/{name}",), protected=(f"/Users/{name}/.git",)
    )
    with pytest.raises(ConfinementError, match="cannot be protected"):
        seatbelt_profile(layout, [], temporary=None, network_access=False)


async def test_launcher_runs_the_command_under_the_profile_only(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    program = tmp_path / "sandbox-exec"
    program.write_text(_STAND_IN)
    program.chmod(0o755)
    launcher = SeatbeltLauncher(scratch=Scratch(tmp_path), program=str(program))
    script = "pwd; ulimit -f; echo $TMPDIR; exit 7"
    command = Command(
        argv=("/bin/sh", "-c", script), cwd=str(project), env={"PATH": os.defpath, "HOME": "/"}
    )
    process = await launcher.launch(command, Policy(writable_roots=(str(project),)))
    output = b""
    while data := await process.read():
        output += data
    told = output.decode().splitlines()
    temporary = told[-1]
    assert told[0] == f"-DWRITABLE_0={project}"
    assert told[-3:] == [str(project), str((1 << 30) // 512), temporary]
    assert f"-DWRITABLE_1={temporary}" in told
    assert await process.wait() == 7
    program.unlink()
    with pytest.raises(ConfinementError, match="missing"):
        await launcher.launch(command, Policy())
    launcher.close()


@pytest.mark.parametrize(
    ("platform", "fix"),
    [("win32", "Install WSL2"), ("darwin", "Run jm on Linux"), ("sunos5", "Run jm on Linux")],
)
async def test_nothing_runs_confined_where_there_is_no_sandbox(
    tmp_path: Path, platform: str, fix: str
) -> None:
    launcher = system_launcher(os.defpath, platform=platform)
    command = Command(argv=("/bin/sh", "-c", "touch ran"), cwd=str(tmp_path), env={})
    with pytest.raises(ConfinementError) as caught:
        await launcher.launch(command, Policy(writable_roots=(str(tmp_path),)))
    assert caught.value.fix.startswith(fix)
    assert not (tmp_path / "ran").exists()
    launcher.close()
