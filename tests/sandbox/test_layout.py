from __future__ import annotations

from pathlib import Path

import pytest

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.layout import Layout, layout_of, pinned_directories
from journeyman.sandbox.policy import Policy, is_protected


def _layout(tmp_path: Path, *roots: str, private_tmp: bool = False) -> Layout:
    policy = Policy(
        writable_roots=tuple(str(tmp_path / root) for root in roots),
        protected_names=(".git",),
        protected_where_present=(),
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


def test_protected_names_are_found_in_any_case_and_inside_of_directories(tmp_path: Path) -> None:
    for name in (".GIT", ".github/Workflows", "lone"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "Jenkinsfile").touch()
    (tmp_path / ".envrc").symlink_to("lone")
    policy = Policy(
        writable_roots=(str(tmp_path),),
        protected_names=(".git", ".github/workflows", ".ci/steps"),
        protected_where_present=("Jenkinsfile", ".envrc", "missing"),
        private_tmp=False,
    )
    layout = layout_of(policy, cwd=str(tmp_path), env={}, program="/bin/sh")
    names = (".GIT", ".ci", ".git", ".github/Workflows", ".github/workflows", "Jenkinsfile")
    assert layout.protected == tuple(f"{tmp_path}/{name}" for name in names)
    assert pinned_directories(layout, [f"{tmp_path}/a/b/key", "/etc/x"]) == [
        f"{tmp_path}/.github",
        f"{tmp_path}/a",
        f"{tmp_path}/a/b",
    ]


@pytest.mark.parametrize(
    ("path", "protected"),
    [
        (".git", True), (".GIT/config", True), (".github", True), (".github/workflows/a.yml", True),
        (".github/CODEOWNERS", False), ("src/.git", False), (".gitignore", False), (".journeymanignore", True),
    ],
)  # fmt: skip
def test_path_is_protected_with_what_leads_to_it_and_what_is_in_it(
    path: str, *, protected: bool
) -> None:
    assert is_protected(path) is protected
