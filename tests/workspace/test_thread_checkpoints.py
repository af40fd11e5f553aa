"""What a thread hears of its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from journeyman.workspace.checkpoints.lazy import LazyCheckpoints
from journeyman.workspace.checkpoints.records import Limits
from journeyman.workspace.checkpoints.thread_checkpoints import ThreadCheckpoints


async def test_trouble_is_told_once_and_stops_nothing(place: Any, tmp_path: Path) -> None:
    no_git = msgspec.structs.replace(place.surroundings, path=str(tmp_path / "empty"))
    checkpoints = LazyCheckpoints(no_git)

    text = (
        "No checkpoint was taken, so `jm undo` cannot help here: "
        "git is not installed; install it, so that changes can be undone"
    )
    assert [await checkpoints.take(place.moment()) for _ in range(2)] == [[text], []]
    await checkpoints.close()


async def test_what_is_left_out_is_told_once(place: Any) -> None:
    place.run("head -c 2000 /dev/zero >big")
    small = msgspec.structs.replace(place.surroundings, limits=Limits(file_bytes=1 << 10))
    checkpoints = LazyCheckpoints(small)

    told = [await checkpoints.take(place.moment()) for _ in range(2)]

    text = "Checkpoints leave out big (over 0.000976562 MiB): `jm undo` cannot bring these back."
    assert told == [[text], []]
    await checkpoints.close()


async def test_what_was_prepared_beside_the_request_makes_the_call_find_a_warm_store(
    place: Any,
) -> None:
    place.run("echo x >file")
    checkpoints = ThreadCheckpoints(place.surroundings)
    checkpoints.prepare(str(place.root))
    assert await checkpoints.take(place.moment()) == []

    assert place.project().is_warm()
    assert [c.call_id for c in place.project().checkpoints()] == ["call-1"]
    await checkpoints.close()


async def test_close_leaves_nothing_running_and_a_store_that_works(place: Any) -> None:
    place.run("for n in $(seq 200); do echo $n >file$n; done")
    before = place.content()
    checkpoints = ThreadCheckpoints(place.surroundings)
    checkpoints.prepare(str(place.root))
    await checkpoints.close()

    checkpoint = await place.take()
    place.run("rm file*")
    await place.project().restore(checkpoint)
    assert place.content() == before
