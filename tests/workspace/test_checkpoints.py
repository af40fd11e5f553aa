"""What was there before a command is there again, byte for byte."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from journeyman.sandbox.held_names import HeldNames
from journeyman.workspace.checkpoints.plan import Change
from journeyman.workspace.checkpoints.records import CheckpointError, Limits

Content = dict[bytes, tuple[str, bytes]]

DESTRUCTIONS = {
    "reset": "git reset -q --hard",
    "reset-far": "git checkout -q -f other && git reset -q --hard v1",
    "checkout-dot": "git checkout -q -- . ",
    "clean": "git clean -qffdx",
    "branch": "git branch -D other && git tag -d v1",
    "stash": "git stash drop -q",
    "gc": "git branch -D other; git stash clear; git reflog expire --expire=now --all; git gc -q --prune=now",
    "rm-all": "find . -mindepth 1 -delete",
    "rm-git": "rm -rf .git nested/.git",
    "rm-root": 'cd .. && rm -rf "$OLDPWD"',
    "modes": "chmod -R u+rwx,go+rwx . && chmod 644 tool",
    "in-place": "for f in tracked untracked ignored.log nested/n; do echo x >$f; done",
    "kinds": "rm tracked link; mkdir tracked; echo x >tracked/x; echo x >link; mv build there; ln -s there build",
    "new": "git init -q deep\\ er; git init -q new; echo x >new/x; mkdir -p added/inner; echo y >added/inner/y; git clone -q . copy",
    "commit": "git add -A -- tracked staged; git commit -q -m third; git branch more; git rm -q tracked",
}


@pytest.mark.parametrize("script", DESTRUCTIONS.values(), ids=DESTRUCTIONS)
async def test_restore_brings_everything_back_after(script: str, repository: Any) -> None:
    before, objects = repository.content(), repository.objects()
    checkpoint = await repository.take()
    repository.run(script)
    changed: Content = repository.content() if repository.root.exists() else {}
    assert changed != before

    restored = await repository.project().restore(checkpoint)

    assert repository.content() == before
    assert repository.objects() == objects
    if changed:  # and undoing the undo brings the command's effect back
        await repository.project().restore(restored.way_back)
        assert repository.content() == changed


async def test_restore_opens_what_its_owner_may_not_read_and_keeps_it_first(
    repository: Any,
) -> None:
    before = repository.content()
    checkpoint = await repository.take()
    repository.run("cd 'deep er/dir'; echo x >file; chmod 000 file ../../tracked .")

    restored = await repository.project().restore(checkpoint)

    assert repository.content() == before
    await repository.project().restore(restored.way_back)
    assert repository.content()[b"deep er/dir/file"][1] == b"x\n"


async def test_directories_alone_are_something_to_restore(repository: Any) -> None:
    before = repository.content()
    checkpoint = await repository.take()
    repository.run("chmod 000 'deep er'; rmdir empty; mkdir more")

    changes = await repository.project().compare(checkpoint)
    await repository.project().restore(checkpoint)

    assert changes == [
        Change(b"deep er", "permissions"),
        Change(b"empty", "create"),
        Change(b"more", "remove"),
    ]
    assert repository.content() == before


async def test_restore_works_in_a_folder_without_git(place: Any) -> None:
    place.run("mkdir -p a/b; echo x >a/b/c; ln -s a l; mkdir e; chmod 640 a/b/c")
    before = place.content()
    checkpoint = await place.take()
    place.run("rm -r a e; git init -q; echo y >l2")

    await place.project().restore(checkpoint)

    assert place.content() == before


async def test_names_that_an_agent_holds_are_no_part_of_a_checkpoint(repository: Any) -> None:
    before = repository.content()
    names = HeldNames()
    held = [repository.root / name for name in (".vscode", ".git/commondir", ".git/modules")]
    names.hold(map(str, held))
    checkpoint = await repository.take()
    repository.run("rm tracked")

    await repository.project().restore(checkpoint)

    assert [path.exists() for path in held] == [True, True, True]
    names.release(map(str, held))
    names.remove_unused()
    assert repository.content() == before
    await repository.project().restore(checkpoint)
    assert repository.content() == before


async def test_restore_brings_back_very_many_files_and_links(place: Any) -> None:
    place.run("for n in $(seq 600); do echo $n >f$n; ln -s f$n l$n; done; touch empty")
    before = place.content()
    checkpoint = await place.take()
    place.run("find . -mindepth 1 -delete")

    await place.project().restore(checkpoint)

    assert place.content() == before


async def test_restore_changes_only_the_paths_it_is_told(repository: Any) -> None:
    checkpoint = await repository.take()
    repository.run("echo x >tracked; rm -r 'deep er' nested; echo new >nearby")

    changes = await repository.project().compare(checkpoint, [b"deep er", b"nested/n"])
    await repository.project().restore(checkpoint, [b"deep er", b"nested/n"])

    assert changes == [Change(b"deep er/dir/file", "create"), Change(b"nested/n", "create")]
    content = repository.content()
    assert content[b"deep er/dir/file"][1] == b"two\nedited\n"
    assert content[b"nested/n"][1] == b"n\n"
    assert (content[b"tracked"][1], content[b"nearby"][1]) == (b"x\n", b"new\n")
    assert b"nested/m" not in content
    assert await repository.project().compare(checkpoint, [b"deep er"]) == []


async def test_snapshot_of_an_unchanged_project_writes_a_line_of_the_log_only(
    repository: Any,
) -> None:
    first = await repository.take()
    store = {path: path.stat().st_mtime_ns for path in _stored(repository.store)}

    second = await repository.take()

    assert (second.id, second.tree, second.extra) == (first.id + 1, first.tree, first.extra)
    changed = {p for p in _stored(repository.store) if store.get(p) != p.stat().st_mtime_ns}
    assert changed == {repository.store / "log.jsonl"}


async def test_snapshot_leaves_nothing_that_looks_like_a_killed_one(repository: Any) -> None:
    # The next one would wait for the git of a killed agent to end.
    await repository.take()
    assert list((repository.store / "run").iterdir()) == []


async def test_snapshot_leaves_nothing_of_the_project_open(repository: Any) -> None:
    await repository.take()

    assert repository.open_files() == []


async def test_checkpoint_leaves_out_what_is_too_big_and_says_so(place: Any) -> None:
    place.run("echo small >small; head -c 5000 /dev/zero >big")

    checkpoint, snapshot = await place.project(Limits(file_bytes=4096)).take(place.moment())
    place.run("rm small; echo x >big")
    await place.project().restore(checkpoint)

    assert snapshot.skipped == [f"big (over {4096 / (1 << 20):g} MiB)"]
    assert (checkpoint.skipped, checkpoint.skipped_names) == (1, tuple(snapshot.skipped))
    content = place.content()
    assert (content[b"small"][1], content[b"big"][1]) == (b"small\n", b"x\n")


async def test_checkpoint_over_its_limit_takes_what_git_does_not_ignore(place: Any) -> None:
    place.run(
        "git init -q; echo build/ >.gitignore; mkdir build;"
        " head -c 3000 /dev/zero >build/o; echo i >build/small; head -c 3000 /dev/zero >work"
    )

    _, snapshot = await place.project(Limits(total_bytes=4000)).take(place.moment())

    assert snapshot.skipped == ["build/o (more than a checkpoint takes)"]


async def test_nothing_of_the_repository_runs_while_it_is_kept_or_restored(place: Any) -> None:
    trap = f"touch '{place.folder}/pwned'; cat"
    place.run(
        "git init -q; printf 'a\\r\\nb\\n' >text; printf '$Id$' >ident; echo x >x.bin;"
        " printf '* text=auto eol=lf ident filter=trap diff=trap merge=trap working-tree-encoding=UTF-16\\n'"
        " >.gitattributes; cp .gitattributes .git/info/attributes;"
        f" for k in filter.trap.clean filter.trap.smudge filter.trap.process diff.trap.textconv"
        f' diff.trap.command core.fsmonitor core.sshCommand core.pager; do git config "$k" "{trap}"; done;'
        ' git config filter.trap.required true; mkdir hooks; git config core.hooksPath "$PWD/hooks";'
        f" for h in post-checkout post-index-change pre-commit; do printf '#!/bin/sh\\n{trap}\\n'"
        " >hooks/$h; chmod +x hooks/$h; done;"
        " printf '[submodule \"s\"]\\n\\tpath = s\\n\\turl = ext::touch\\n' >.gitmodules"
    )
    (place.folder / "pwned").unlink(missing_ok=True)
    before = place.content()
    checkpoint = await place.take()
    place.run("rm -rf text ident x.bin .gitattributes .git")

    await place.project().restore(checkpoint)

    assert place.content() == before
    assert not (place.folder / "pwned").exists()


async def test_a_gitfile_that_points_elsewhere_opens_nothing(place: Any) -> None:
    place.run("git init -q ../elsewhere; echo 'gitdir: ../elsewhere/.git' >.git; echo x >x")
    before = place.content()
    checkpoint = await place.take()
    place.run("rm .git x")

    await place.project().restore(checkpoint)

    assert place.content() == before
    assert not any((place.store / "kept").iterdir())


async def test_a_linked_worktree_gets_its_own_head_and_index_back(place: Any) -> None:
    place.run(
        "git init -q -b main ../main; cd ../main; echo f >f; git add f; git commit -q -m f; rmdir ../project;"
        " git worktree add -q ../project; cd ../project; echo g >g; git add g; echo dirty >f"
    )
    before, status = place.content(), place.run("git status --porcelain --branch")
    checkpoint = await place.take()
    place.run("git checkout -q -f --detach; git rm -q -f f; rm .git; touch ../main/kept")

    await place.project().restore(checkpoint)

    assert (place.content(), place.run("git status --porcelain --branch")) == (before, status)
    assert (place.folder / "main" / "kept").exists()


async def test_submodules_are_kept_with_their_git_directories(place: Any) -> None:
    place.run(
        "git init -q ../lib; cd ../lib; echo l >l; git add l; git commit -q -m l; cd ../project;"
        " git init -q; git -c protocol.file.allow=always submodule --quiet add ../lib lib;"
        " git commit -q -m sub; echo edited >lib/l"
    )
    before = place.content()
    checkpoint = await place.take()
    place.run("git submodule deinit -q -f --all; rm -rf .git/modules lib")

    await place.project().restore(checkpoint)

    assert place.content() == before
    place.run("git -C lib fsck --full; git submodule status")


async def test_twenty_snapshots_at_once_give_twenty_checkpoints(repository: Any) -> None:
    taken = await asyncio.gather(*(repository.take(f"turn {n}") for n in range(20)))

    assert sorted(checkpoint.id for checkpoint in taken) == list(range(1, 21))
    assert len({(checkpoint.tree, checkpoint.extra) for checkpoint in taken}) == 1
    assert [c.id for c in repository.project().checkpoints()] == list(range(1, 21))


_CHILD = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from journeyman.clock import SystemClock
from journeyman.sandbox.launcher import system_launcher
from journeyman.workspace.api import Moment
from journeyman.workspace.checkpoints.project import project_around
from journeyman.workspace.checkpoints.surroundings import Surroundings

async def main(root, home, goal):
    around = Surroundings(
        launcher=system_launcher(os.defpath), home=Path(home), path=os.defpath, clock=SystemClock()
    )
    project = project_around(root, around)
    if goal == "0":
        await project.take(Moment(cwd=root, thread_id="t", turn_id="t", call_id="c", reason="r"))
    else:
        await project.restore(project.checkpoints()[int(goal) - 1])

asyncio.run(main(*sys.argv[2:]))
"""


def _kill_child_at(place: Any, goal: int, marker: str) -> None:
    """Run a snapshot (goal 0) or a restore in another process until `marker` is in the store, then kill it."""
    source = str(Path(sys.modules["journeyman"].__file__ or "").parents[1])
    home = place.folder / "home"
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, source, str(place.root), str(home), str(goal)]
    )
    while child.poll() is None and not any(home.glob(f"checkpoints/*/{marker}")):
        pass
    child.kill()
    child.wait()


@pytest.mark.parametrize(
    "marker",
    ["lock", "run/changed", "run/others", "run/take", "index.lock", "run/tree", "run/extra"],
)
async def test_a_snapshot_that_was_killed_leaves_a_store_that_works(
    marker: str, repository: Any
) -> None:
    repository.run("for n in $(seq 300); do echo $n >file$n; done")
    before = repository.content()
    _kill_child_at(repository, 0, marker)

    checkpoint = await repository.take()
    repository.run("find . -mindepth 1 -delete")
    await repository.project().restore(checkpoint)

    assert repository.content() == before


@pytest.mark.parametrize(
    "marker", ["run/difference", "run/wanted", "run/before", "index.lock", "run/after"]
)
async def test_a_restore_that_was_killed_can_be_done_again_and_taken_back(
    marker: str, repository: Any
) -> None:
    repository.run("for n in $(seq 300); do echo $n >file$n; done")
    before = repository.content()
    checkpoint = await repository.take()
    repository.run("git checkout -q -f other; rm -rf nested file1*; echo x >file2; mkdir extra")
    changed = repository.content()
    _kill_child_at(repository, checkpoint.id, marker)

    await repository.project().restore(checkpoint)
    assert repository.content() == before

    first_way_back = next(c for c in repository.project().checkpoints() if c.kind == "undo")
    await repository.project().restore(first_way_back)
    assert repository.content() == changed


async def test_a_torn_line_of_the_log_costs_that_line_only(place: Any) -> None:
    first = await place.take()
    with (place.store / "log.jsonl").open("ab") as log:
        log.write(b'{"id":2,"at_ms":17')

    third = await place.take()

    assert [c.id for c in place.project().checkpoints()] == [first.id, third.id]


async def test_tidy_forgets_old_checkpoints_and_keeps_the_others_whole(repository: Any) -> None:
    limits = Limits(keep_count=3)
    for number in range(6):
        repository.run(f"echo {number} >tracked; head -c 100000 /dev/urandom >noise")
        await repository.take(f"turn {number}")
    size = _size(repository.store / "git" / "objects")
    before = repository.content()

    await repository.project(limits).tidy()

    kept = repository.project().checkpoints()
    assert [checkpoint.id for checkpoint in kept] == [4, 5, 6]
    assert _size(repository.store / "git" / "objects") < size * 0.7
    repository.run("rm -rf .git tracked")
    await repository.project().restore(kept[-1])
    assert repository.content() == before
    await repository.project().restore(kept[0])
    assert repository.content()[b"tracked"][1] == b"3\n"


async def test_a_plain_folder_that_holds_the_home_is_refused(place: Any) -> None:
    place.root = place.folder
    with pytest.raises(CheckpointError, match="holds much more than a project"):
        await place.take()


def _stored(store: Path) -> list[Path]:
    """The files that last; those of `run` are for one snapshot only."""
    return [path for path in store.rglob("*") if path.is_file() and path.parent.name != "run"]


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*"))
