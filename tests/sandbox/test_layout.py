from __future__ import annotations

from pathlib import Path

import pytest

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.layout import Layout, layout_of
from journeyman.sandbox.policy import Policy


def _layout(tmp_path: Path, *roots: str, private_tmp: bool = False) -> Layout:
    policy = Policy(
        writable_roots=tuple(str(tmp_path / root) for root in roots),
        protected_names=(".git",),
        private_tmp=private_tmp,
    )
    return layout_of(policy, cwd=str(tmp_path), env={"PATH": "/bin"}, program="/bin/sh")


def test_roots_come_resolved_parents_first_and_missing_ones_not(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to("a")
    assert _layout(tmp_path, "a/b", "link", "missing") == Layout(
        hidden=(),
        shown=(),
        writable=(f"{tmp_path}/a", f"{tmp_path}/a/b"),
        protected=(f"{tmp_path}/a/.git", f"{tmp_path}/a/b/.git"),
    )


def test_nested_root_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "out").symlink_to("/etc")
    with pytest.raises(ConfinementError, match="leads through a link"):
        _layout(tmp_path, "a", "a/out")


def test_whole_file_system_is_no_root() -> None:
    with pytest.raises(ConfinementError, match="whole file system"):
        layout_of(Policy(writable_roots=("/",)), cwd="/", env={}, program="/bin/sh")


def test_git_directory_behind_a_link_in_a_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / ".git").write_text("gitdir: link\n")
    with pytest.raises(ConfinementError, match="git directory"):
        _layout(tmp_path, ".")


def test_git_file_that_is_no_pointer_is_only_protected_itself(tmp_path: Path) -> None:
    (tmp_path / ".git").write_bytes(b"\xff\x00")
    assert _layout(tmp_path, ".").protected == (f"{tmp_path}/.git",)


def test_working_directory_below_a_hidden_one_stays_visible(reachable: Path) -> None:
    hidden = str(reachable.parent)
    layout = layout_of(
        Policy(), cwd=str(reachable), env={"PATH": f"{hidden}/bin:/bin"}, program="/bin/sh"
    )
    assert layout.shown[-1:] == (str(reachable),)
    assert hidden not in layout.shown
