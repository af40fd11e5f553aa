from __future__ import annotations

from pathlib import Path

from journeyman.sandbox.scratch import Scratch


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_each_set_of_roots_has_one_private_directory(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    first, second = Path(scratch.directory(("/a",))), Path(scratch.directory(("/b",)))
    assert (scratch.directory(("/a",)), first != second) == (str(first), True)
    assert (first.stat().st_mode & 0o777, sorted(tmp_path.iterdir())) == (
        0o700,
        sorted([first, second]),
    )


def test_end_removes_own_and_abandoned_directories_only(tmp_path: Path) -> None:
    (tmp_path / "journeyman-0123456789abcdef" / "left").mkdir(parents=True)
    (tmp_path / "journeyman-notes").mkdir()
    (tmp_path / "journeyman-fedcba9876543210").symlink_to("journeyman-notes")
    mine, others = Scratch(tmp_path), Scratch(tmp_path)
    kept = Path(others.directory(())).name
    (Path(mine.directory(())) / "file").touch()
    mine.remove()
    mine.remove()
    assert _names(tmp_path) == sorted(["journeyman-fedcba9876543210", "journeyman-notes", kept])
    others.remove()
    assert _names(tmp_path) == ["journeyman-fedcba9876543210", "journeyman-notes"]


def test_directory_that_was_cleared_is_made_anew(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    Path(scratch.directory(())).rmdir()
    assert Path(scratch.directory(())).is_dir()
    scratch.remove()
