"""Files for their owner alone: changed by one process at a time, and no lock outlives its block."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

from journeyman.auth.mcp_sign_ins import McpSignIns
from journeyman.auth.secret_file import SecretFile
from journeyman.private_file import locked_folder, write_private


def is_locked(folder: Path) -> bool:
    """Whether somebody holds the folder."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def test_lock_ends_with_its_block_though_a_forked_process_still_has_the_folder_open(tmp_path: Path):
    with locked_folder(tmp_path / "made"):
        folder = (tmp_path / "made").stat()
        # What a fork leaves in the child: a second descriptor of the same opening.
        forked = [os.dup(fd) for fd in range(256) if _is_of(fd, folder)]
        assert forked
        assert is_locked(tmp_path / "made")
    try:
        assert not is_locked(tmp_path / "made")
    finally:
        for fd in forked:
            os.close(fd)


def test_write_goes_on_when_a_killed_process_left_its_file_behind(tmp_path: Path):
    (tmp_path / ".kept.json.new").write_text("half of a se")
    (tmp_path / ".kept.json.new").chmod(0o644)
    with locked_folder(tmp_path):
        write_private(tmp_path / "kept.json", b"secret")

    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert files == {"kept.json": 0o600}


def test_secret_is_read_and_written_under_one_lock_so_that_no_entry_is_lost(tmp_path: Path):
    seen: list[bool] = []

    def make() -> dict[str, dict[str, str]]:
        seen.append(is_locked(tmp_path))
        return {"https://one.example": {"token": "1"}}

    SecretFile(
        tmp_path / "mcp_credentials.json", dict[str, dict[str, str]], fix="remove it"
    ).change(make)
    McpSignIns(tmp_path).save("https://two.example", {"token": "2"})

    assert seen == [True]
    assert McpSignIns(tmp_path).urls() == {"https://one.example", "https://two.example"}


def _is_of(fd: int, folder: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), folder)
    except OSError:
        return False
