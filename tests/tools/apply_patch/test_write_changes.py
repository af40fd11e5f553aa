"""Roll-back on a disk that refuses, and the program that the sandbox runs."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from journeyman.tools.apply_patch import write_changes
from journeyman.tools.apply_patch.write_changes import (
    FileWrite,
    WriteError,
    decode_request,
    encode_request,
    write_all,
)

PROGRAM = Path(write_changes.__file__)


def read_tree(root: Path) -> dict[str, bytes | None]:
    """Every path below a directory, hidden ones too: bytes of files, None for directories."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "root"
    root.mkdir()
    (root / "a").write_bytes(b"old a")
    (root / "b").write_bytes(b"old b")
    return root


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path.resolve() / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs takes root and the right to mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_write_all_undoes_every_kind_of_write_when_a_later_one_fails(root: Path) -> None:
    (root / "a").chmod(0o755)
    before = read_tree(root)
    writes = (
        FileWrite(str(root / "a"), old=b"old a", new=b"new a"),
        FileWrite(str(root / "b"), old=b"old b", new=None),
        FileWrite(str(root / "x/y/new"), old=None, new=b"new"),
        FileWrite(str(root / "a/below-a-file"), old=None, new=b"new"),
    )

    with pytest.raises(WriteError, match=r"Failed to write file .*/a/below-a-file: File exists"):
        write_all(writes)

    assert read_tree(root) == before
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o755


@pytest.mark.parametrize("old", [b"other", None])
def test_write_all_writes_nothing_when_a_file_changed_since_the_plan(
    root: Path, old: bytes | None
) -> None:
    before = read_tree(root)
    writes = (
        FileWrite(str(root / "a"), old=b"old a", new=b"new a"),
        FileWrite(str(root / "b"), old=old, new=b"new b"),
    )

    with pytest.raises(WriteError, match="/b: it changed after the patch was checked against it"):
        write_all(writes)

    assert read_tree(root) == before


def test_write_all_writes_nothing_when_a_file_became_a_link(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"old a")
    (root / "a").unlink()
    (root / "a").symlink_to(secret)

    with pytest.raises(WriteError, match="it changed"):
        write_all((FileWrite(str(root / "a"), old=b"old a", new=b"new a"),))

    assert secret.read_bytes() == b"old a"


def test_write_all_leaves_no_trace_when_the_disk_is_full(small_disk: Path) -> None:
    (small_disk / "a").write_bytes(b"old a")
    writes = (
        FileWrite(str(small_disk / "a"), old=b"old a", new=b"new a"),
        FileWrite(str(small_disk / "d/big"), old=None, new=bytes(100_000)),
    )

    with pytest.raises(WriteError, match=r"Failed to write file .*/d/big: No space left on device"):
        write_all(writes)

    assert read_tree(small_disk) == {"a": b"old a"}


def test_write_all_leaves_no_trace_when_the_disk_is_read_only(small_disk: Path) -> None:
    (small_disk / "a").write_bytes(b"old a")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(WriteError, match=r"Failed to delete file .*/a: Read-only file system"):
        write_all((FileWrite(str(small_disk / "a"), old=b"old a", new=None),))

    assert read_tree(small_disk) == {"a": b"old a"}


def test_write_all_keeps_owner_and_mode_and_gives_new_files_the_usual_mode(root: Path) -> None:
    (root / "a").chmod(0o640)
    if os.geteuid() == 0:
        os.chown(root / "a", 12, 34)
    before = (root / "a").stat()
    umask = os.umask(0o027)
    try:
        write_all(
            (
                FileWrite(str(root / "a"), old=b"old a", new=b"new a", mode=0o640),
                FileWrite(str(root / "n"), old=None, new=b""),
            )
        )
    finally:
        os.umask(umask)

    after, new = (root / "a").stat(), (root / "n").stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert stat.S_IMODE(new.st_mode) == 0o640


def test_request_carries_every_field() -> None:
    writes = (
        FileWrite("/a:1-\udcff", old=b"1:-", new=None, mode=None, is_link=True),
        FileWrite("/b", old=None, new=b"\x00\xff\n", mode=0o4755),
        FileWrite("/c", old=b"", new=b""),
    )

    decoded = decode_request(encode_request(writes))

    assert [[getattr(w, name) for name in FileWrite.__slots__] for w in decoded] == [
        [getattr(w, name) for name in FileWrite.__slots__] for w in writes
    ]


def run_program(request: bytes) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-S", "-I", str(PROGRAM)]
    done = subprocess.run(command, input=request, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_program_writes_the_request_on_its_input(root: Path) -> None:
    request = encode_request(
        (
            FileWrite(str(root / "a"), old=b"old a", new=b"new a"),
            FileWrite(str(root / "b"), old=b"old b", new=None),
        )
    )

    assert run_program(request) == (0, b"", b"")
    assert read_tree(root) == {"a": b"new a"}
    assert run_program(request) == (
        1,
        f"Failed to write file {root}/a: it changed after the patch was checked against it\n".encode(),
        b"",
    )


@pytest.mark.parametrize("request_bytes", [b"4:ab", b"nonsense", b"2:/a"])
def test_program_refuses_a_request_that_is_cut_off(request_bytes: bytes) -> None:
    code, reason, traceback = run_program(request_bytes)

    assert (code, bool(reason), traceback) == (1, True, b"")


def test_program_loads_no_module_beside_os_and_stat() -> None:
    load = (
        "import os, stat, sys; before = set(sys.modules); names = {'__name__': 'loaded'}; "
        f"exec(open({str(PROGRAM)!r}).read(), names); "
        "print('write_all' in names, sorted(set(sys.modules) - before))"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", load], capture_output=True, check=True, text=True
    )

    assert done.stdout == "True []\n"
