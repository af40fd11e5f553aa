"""Which commands the git grant is for: plain git, and nothing that could be more."""

from __future__ import annotations

import pytest

from journeyman.core.exec_policy import writes_with_git


def _is_plain(text: str) -> bool:
    return writes_with_git(("/bin/bash", "-c", text))


@pytest.mark.parametrize(
    "text",
    [
        "git add -A && git commit -m 'it works; $(really)'",
        "echo z >> src/a.txt; git commit -qam x && git --no-pager log --oneline -1",
        "git stash -q && git status --short && git stash pop -q && echo DONE",
        "git -c user.name='A B' -c user.email=a@example.org commit -m x",
        "cd src && git add . 2>/dev/null",
        "/usr/bin/git switch -c topic",
        "git branch topic | cat",
    ],
)
def test_plain_git_is_granted(text: str):
    assert _is_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "git status",
        "git push",
        "git config core.hooksPath x",
        "git -c core.hooksPath=x commit -m x",
        "git -c alias.commit='!sh' commit",
        "git -C elsewhere commit -m x",
        "git --git-dir=x commit -m x",
        "git --exec-path=. commit -m x",
        "git commit --help",
        "git add x; make test",
        'git commit -m "$(make)"',
        "GIT_DIR=x git commit -m x",
        "echo a > b; GIT_DIR=x git commit -m x",
        "echo a > b; git commit -m x <(make)",
        "env GIT_DIR=x git commit -m x",
        "export GIT_CONFIG_COUNT=0; git commit -m x",
        "./git commit -m x",
        "sh -c 'git commit -m x'",
        "git commit -m x &",
        "git() { make; }; git commit -m x",
        "alias git=make; git commit",
        "echo x > .git/config; git add a",
        "echo x > sub/.GIT/hooks/pre-commit; git add a",
        "git branch -D topic; git add a",
        "git stash drop",
        "git switch --discard-changes main",
        "eval git commit -m x",
    ],
)
def test_more_than_plain_git_is_not_granted(text: str):
    assert not _is_plain(text)
