"""The reference program and ours open each other's rollouts."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.protocol.items import (
    AgentMessageItem,
    CommandExecutionItem,
    ImageInput,
    UserMessageItem,
)
from journeyman.store.adopt import path_to_resume
from journeyman.store.files import blobs_of
from journeyman.store.lines import Ahead
from journeyman.store.replay import read_rollout
from journeyman.store.revert import revert
from journeyman.store.rollout import Rollout
from journeyman.store.threads import RolloutStore
from journeyman.testing.invariants import check_history
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Say, Step, Think, run

CACHE = Path(__file__).parents[2] / ".cache"
PROGRAMS = sorted((CACHE / "bench").glob("node_modules/@openai/codex-*/vendor/*/bin/codex"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PROGRAMS, reason="`make bench` installs the reference program"),
]

CONFIG = """
model = "gpt-5.5"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "{base_url}"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""


class Reference:
    """The reference program with a home of its own and a scripted provider."""

    def __init__(self, folder: Path, provider: MockProvider) -> None:
        self.home, self.work, self.provider = folder / "home", folder / "work", provider
        self.home.mkdir()
        self.work.mkdir()
        (self.home / "config.toml").write_text(CONFIG.format(base_url=provider.base_url))

    def exec(self, *arguments: str) -> list[dict[str, Any]]:
        command = [str(PROGRAMS[0]), "exec", "--skip-git-repo-check", "--json", *arguments]
        done = subprocess.run(
            command,
            cwd=self.work,
            env={"PATH": os.defpath, "HOME": str(self.home), "CODEX_HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def noise(side: int) -> bytes:
    """A picture of so many pixels a side, as PNG."""
    seed = random.Random(1)
    rows = b"".join(b"\0" + seed.randbytes(3 * side) for _ in range(side))
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.fixture
def reference() -> Iterator[Reference]:
    # Not under /tmp: the reference refuses a home there.
    folder = Path(tempfile.mkdtemp(prefix="store-", dir=CACHE))
    with MockProvider() as provider:
        yield Reference(folder, provider)
    shutil.rmtree(folder)


def test_reference_resumes_our_rollout(kit: Any, reference: Reference) -> None:
    path = kit.write(reference.home, provider="mock")
    rollout = Rollout.open(path, kit.clock)
    # Lines of kinds that are our own: what is ahead, and one that no program knows yet.
    rollout.append("ahead", msgspec.to_builtins(Ahead(thread_id=kit.thread)))
    rollout.append("of_a_later_version", {"type": "new", "members": [1]})
    rollout.append("event_msg", {"type": "task_complete", "turn_id": "t2", "error": None})
    rollout.close()
    before = path.read_bytes()
    reference.provider.script(Step(items=[Say("resumed")]))
    seen = reference.exec("resume", kit.thread, "NEW QUESTION")
    assert [event["item"]["text"] for event in seen if event["type"] == "item.completed"] == [
        "resumed"
    ]
    body = json.dumps(reference.provider.requests[0].json["input"])
    order = [body.index(text) for text in ("fix it", "Fixed.", "again", "NEW QUESTION")]
    assert order == sorted(order)
    assert path.read_bytes().startswith(before)
    read = read_rollout(path)
    assert [turn.status for turn in read.turns] == ["completed"] * 3
    last = [item for item in read.turns[-1].items if isinstance(item, AgentMessageItem)]
    assert [item.text for item in last] == ["resumed"]


def test_reference_resumes_a_rollout_with_blobs_and_sees_its_picture(
    kit: Any, reference: Reference
) -> None:
    path = kit.write(reference.home, provider="mock")
    # The reference looks into pictures, so that it has to be one; noise stays large.
    picture = "data:image/png;base64," + base64.b64encode(noise(160)).decode()
    content = [{"type": "input_image", "image_url": picture}]
    rollout = Rollout.open(path, kit.clock)
    rollout.append("response_item", {"type": "message", "role": "user", "content": content})
    shown = UserMessageItem(id="i9", content=[ImageInput(url=picture)])
    kit.append_turn(rollout, "t3", [shown])
    rollout.close()
    assert blobs_of(path).is_dir()
    reference.provider.script(Step(items=[Say("resumed")]))
    reference.exec("resume", kit.thread, "NEW QUESTION")
    sent = reference.provider.requests[0].json["input"]
    assert picture in json.dumps(sent)
    assert shown in read_rollout(path).turns[2].items


def test_reference_resumes_a_rollout_that_holds_what_another_provider_wants_back(
    reference: Reference,
) -> None:
    steps = [Step(items=[Think("hm"), run("echo hi")]), Step(items=[Say("THIRD")])]
    reference.provider.script(*steps, Step(items=[Say("resumed")]))
    wire = 'model_providers.mock.wire_api="messages"'
    ours = subprocess.run(
        [sys.executable, "-m", "journeyman", "exec", "--skip-git-repo-check", "-c", wire, "FIRST"],
        cwd=reference.work,
        env={
            "PATH": os.defpath,
            "HOME": str(reference.home),
            "JOURNEYMAN_HOME": str(reference.home),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ours.returncode == 0, ours.stderr
    [path] = reference.home.glob("sessions/**/rollout-*.jsonl")
    assert '"signature":"sealed-1_0"' in path.read_text()
    seen = reference.exec("resume", path.stem[-36:], "SECOND")
    assert [event["item"]["text"] for event in seen if event["type"] == "item.completed"] == [
        "resumed"
    ]
    body = json.dumps(reference.provider.requests[-1].json["input"])
    order = [body.index(text) for text in ("FIRST", "echo hi", "THIRD", "SECOND")]
    assert order == sorted(order)
    assert "sealed" not in body


def test_we_read_list_and_go_on_with_a_rollout_of_the_reference(reference: Reference) -> None:
    steps = [Step(items=[Think("hm"), run("sleep 0.3; echo hi")]), Step(items=[Say("done")])]
    reference.provider.script(*steps)
    thread_id = reference.exec("do it")[0]["thread_id"]
    store = RolloutStore(reference.home)
    read = store.read(thread_id)
    [turn] = read.turns
    [user, _, command, said] = turn.items
    assert (turn.status, read.preview, read.meta.id) == ("completed", "do it", thread_id)
    assert isinstance(user, UserMessageItem)
    assert isinstance(command, CommandExecutionItem)
    assert "echo hi" in command.command
    assert "hi" in (command.aggregated_output or "")
    assert said == AgentMessageItem(id=said.id, text="done")
    check_history(read.history)
    assert store.latest(str(reference.work)) == read.path


def test_reference_leaves_out_the_turns_that_we_took_back(kit: Any, reference: Reference) -> None:
    path = kit.write(reference.home, provider="mock")
    rollout = Rollout.open(path, kit.clock)
    rollout.append("event_msg", {"type": "user_message", "message": "again"})
    rollout.append("event_msg", {"type": "task_complete", "turn_id": "t2", "error": None})
    revert(rollout, "t2")
    rollout.close()
    reference.provider.script(Step(items=[Say("resumed")]))
    reference.exec("resume", kit.thread, "NEW QUESTION")
    body = json.dumps(reference.provider.requests[0].json["input"])
    assert [text in body for text in ("fix it", "Fixed.", "again", "NEW QUESTION")] == [
        True,
        True,
        False,
        True,
    ]
    assert [turn.status for turn in read_rollout(path).turns] == ["completed", "completed"]


def test_reference_goes_on_with_our_copy_of_its_own_thread(reference: Reference) -> None:
    reference.provider.script(Step(items=[Say("first answer")]), Step(items=[Say("second answer")]))
    thread_id = reference.exec("first question")[0]["thread_id"]
    store = RolloutStore(reference.home.with_name("own"), [reference.home])
    own = path_to_resume(store, thread_id)
    moved = reference.home / own.relative_to(store.home)
    own.replace(moved)
    reference.exec("resume", thread_id, "second question")
    body = json.dumps(reference.provider.requests[-1].json["input"])
    order = [body.index(text) for text in ("first question", "first answer", "second question")]
    assert order == sorted(order)
