"""What no command may read by default, found on a disk."""

from __future__ import annotations

import os
from pathlib import Path

from journeyman.sandbox.deny_read import default_deny_read, unreadable_paths
from journeyman.sandbox.secret_files import IN_HOME


def test_every_secret_of_a_home_directory_is_found_and_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "[a-z]*"
    for name in (*IN_HOME, ".config/other", "code/.npmrc", ".gitconfig"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    found = {path for path in unreadable_paths(default_deny_read([str(home)])) if "[a-z]" in path}
    assert found == {str(home / name) for name in IN_HOME}


def test_settings_are_denied_while_they_hold_a_secret(tmp_path: Path) -> None:
    plain, secret = tmp_path / "plain", tmp_path / "secret"
    for home, text in (
        (plain, "registry=https://example.org/\ninit-author-name=x\nuser = true\n"),
        (secret, ""),
    ):
        (home / ".config/pip").mkdir(parents=True)
        (home / ".npmrc").write_text(text or "//example.org/:_authToken=x\n")
        (home / ".config/pip/pip.conf").write_text(
            text or "index-url = https://me:x@example.org/\n"
        )
        (home / ".curlrc").write_text(text or "-u me:x\n")
    (plain / ".m2").mkdir()
    os.mkfifo(plain / ".m2/settings.xml")
    found = unreadable_paths(default_deny_read([str(plain), str(secret)]))
    names = (".config/pip/pip.conf", ".curlrc", ".npmrc")
    in_homes = [path for path in found if path.startswith(str(tmp_path))]
    assert in_homes == [f"{secret}/{name}" for name in names]


def test_a_home_directory_without_secrets_is_asked_for_none(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("no directory")
    patterns = default_deny_read([str(tmp_path), str(tmp_path / "missing")])
    assert [pattern for pattern in patterns if pattern.startswith(f"{tmp_path}/.")] == []
    assert unreadable_paths(p for p in patterns if p.startswith(str(tmp_path))) == ()
