"""Writing rollouts: whole lines or none, one writer, private files, clear errors."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from journeyman.store.errors import StoreError, ThreadBusyError, cannot
from journeyman.store.replay import read_rollout
from journeyman.store.rollout import Rollout


def test_create_writes_the_first_line_at_once_in_a_private_file(kit: Any, tmp_path: Path) -> None:
    rollout = Rollout.create(tmp_path, kit.meta(), kit.clock)
    path = tmp_path / f"sessions/2026/11/22/rollout-2026-11-22T10-00-00-{kit.thread}.jsonl"
    assert rollout.path == path
    assert path.read_bytes() == (
        b'{"timestamp":"2026-11-22T10:00:00.000Z","type":"session_meta","payload":{"id":"'
        + kit.thread.encode()
        + b'","timestamp":"2026-11-22T10:00:00.000Z","cwd":"/srv/app",'
        b'"originator":"journeyman_exec","cli_version":"0.1.0","source":"cli","session_id":"'
        + kit.thread.encode()
        + b'","thread_source":"user","model_provider":"openai","history_mode":"legacy"}}\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rollout.close()


def test_second_writer_is_refused_until_the_first_is_gone(kit: Any, recorded: Path) -> None:
    first = Rollout.open(recorded, kit.clock)
    with pytest.raises(ThreadBusyError, match=f"thread {kit.thread} already has an active writer"):
        Rollout.open(recorded, kit.clock)
    first.close()
    Rollout.open(recorded, kit.clock).close()


def test_lock_is_given_up_though_a_process_was_forked_meanwhile(kit: Any, recorded: Path) -> None:
    rollout = Rollout.open(recorded, kit.clock)
    waits, gone = os.pipe()
    child = os.fork()
    if child == 0:  # as every program is, until it is executed
        os.close(gone)
        os.read(waits, 1)
        os._exit(0)
    try:
        rollout.close()
        Rollout.open(recorded, kit.clock).close()
    finally:
        os.close(gone)
        os.waitpid(child, 0)
        os.close(waits)


def test_lock_is_given_up_by_kill_9(kit: Any, recorded: Path) -> None:
    program = (
        "import sys, signal, os\n"
        "from pathlib import Path\n"
        "from journeyman.clock import SystemClock\n"
        "from journeyman.store.rollout import Rollout\n"
        "rollout = Rollout.open(Path(sys.argv[1]), SystemClock())\n"
        "rollout.append('event_msg', {'type': 'error', 'message': 'before the kill'})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(recorded)], check=False)
    assert killed.returncode == -9
    Rollout.open(recorded, kit.clock).close()
    assert b"before the kill" in recorded.read_bytes().splitlines()[-1]


def test_open_closes_off_a_torn_line(kit: Any, recorded: Path) -> None:
    whole = recorded.read_bytes()
    recorded.write_bytes(whole + b'{"timestamp":"2026')
    rollout = Rollout.open(recorded, kit.clock)
    rollout.append("event_msg", {"type": "turn_aborted", "turn_id": "t2"})
    rollout.close()
    lines = recorded.read_bytes().splitlines()
    assert lines[-3] == b'{"timestamp":"2026'
    assert lines[-2].endswith(b'"payload":{"type":"turn_aborted","turn_id":"t2"}}')
    assert [turn.status for turn in read_rollout(recorded).turns] == ["completed", "interrupted"]


def test_ephemeral_keeps_nothing(kit: Any, tmp_path: Path) -> None:
    rollout = Rollout.ephemeral(kit.clock)
    rollout.append("event_msg", {"type": "error", "message": "x"})
    rollout.close()
    assert (rollout.path, list(tmp_path.iterdir())) == (None, [])


def test_append_after_close_is_refused(kit: Any, recorded: Path) -> None:
    rollout = Rollout.open(recorded, kit.clock)
    rollout.close()
    with pytest.raises(StoreError, match="is closed"):
        rollout.append("event_msg", {})


@contextmanager
def small_disk(recorded: Path) -> Generator[None]:
    """The recorded file can grow by 100 bytes: the limit makes the kernel write short, then refuse.

    Not a fixture: the limit holds for pytest's own output, too, which may go to a larger file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = recorded.stat().st_size + 100
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_line_that_does_not_fit_on_the_disk_leaves_no_trace(kit: Any, recorded: Path) -> None:
    before = recorded.read_bytes()
    rollout = Rollout.open(recorded, kit.clock)
    refusal = f"cannot write {recorded}: the disk is full: free some"
    with small_disk(recorded), pytest.raises(StoreError, match=refusal):
        rollout.append("response_item", kit.text_message("user", "x" * 500))
    assert recorded.read_bytes() == before
    rollout.append("x", {})
    rollout.close()
    assert recorded.read_bytes().startswith(before)


def test_home_that_is_a_file_is_told_by_path(kit: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("")
    with pytest.raises(StoreError, match=f"cannot create {home}/sessions/.*: Not a directory"):
        Rollout.create(home, kit.meta(), kit.clock)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_home_that_cannot_be_written_names_the_way_out(number: int) -> None:
    error = cannot("create", Path("/h/f"), OSError(number, os.strerror(number)))
    assert str(error).startswith("cannot create /h/f: ")
    assert "set JOURNEYMAN_HOME to a folder you can write, or run with --ephemeral" in str(error)
