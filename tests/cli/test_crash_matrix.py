"""kill -9 of the server at every event of a rich turn: threads resume, nothing is lost, run twice or left.

The turn reasons, speaks, runs commands side by side, leaves one in the background, asks for an approval,
patches, prints more than an item holds, answers, and is then compacted. Each run dies when its client hears one certain event; at the end
one new server goes on with all the threads.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, Think, patch, run

ENOUGH_POINTS = 30
# Most of a run is waiting.
AT_ONCE = 8


def steps(log: Path, marker: str) -> list[Step]:
    """The model's part; every command leaves a word of its own in the log."""

    def count(word: str, **arguments: object) -> Any:
        return run(f"echo {word} >> {log}", call_id=word, **arguments)

    asking = {"sandbox_permissions": "require_escalated", "justification": "Please."}
    add = patch("*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch", call_id="patched")
    return [
        Step(items=[Think("hm"), Say("Looking", phase="commentary"), count("a"), count("b")]),
        Step(items=[run(f"sleep {marker} & echo c >> {log}; sleep 0.05; echo out", call_id="c")]),
        Step(items=[count("d", **asking)]),
        Step(items=[add, run(f"echo e >> {log}; yes flood | head -c 1200000", call_id="e")]),
        Step(items=[Say("done", phase="final_answer")]),
        Step(items=[Say("what happened so far")]),
    ]


class Server:
    """`jm app-server` on its streams."""

    def __init__(self, program: Program, provider: MockProvider) -> None:
        address = f'model_providers.mock.base_url="{provider.base_url}"'
        self.process = program.start("app-server", "-c", address, stdin=subprocess.PIPE)
        self._number = 0
        self.send("initialize", clientInfo={"name": "t", "version": "1"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def send(self, method: str, **params: Any) -> int:
        """Ask without waiting; the request's number."""
        self._number += 1
        self._write({"id": self._number, "method": method, "params": params})
        return self._number

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the server says; approvals are given."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = json.loads(line)
            yield message
            if "method" in message and "id" in message:
                self._write({"id": message["id"], "result": {"decision": "accept"}})

    def ask(self, method: str, **params: Any) -> Any:
        """The answer to a request."""
        number = self.send(method, **params)
        answer = next(message for message in self.messages() if message.get("id") == number)
        assert "result" in answer, answer
        return answer["result"]

    def until(self, method: str) -> dict[str, Any]:
        """The next notification of this method."""
        return next(message for message in self.messages() if message.get("method") == method)

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()


class Run:
    """One server that lives until its client hears the event `last`, or to the end of the turn."""

    def __init__(self, program: Program, name: str, last: tuple[str, int] | None) -> None:
        self.name, self.last = name, last
        self.log = program.work / f"log-{name}"
        self.marker = f"29{name}.{os.getpid()}"
        self.heard: list[dict[str, Any]] = []
        self.labels: Counter[str] = Counter()
        with MockProvider() as provider, Server(program, provider) as server:
            provider.script(*steps(self.log, self.marker))
            thread = {"sandbox": "workspace-write", "approvalPolicy": "on-request"}
            cwd = str(program.work)
            self.thread_id = server.ask("thread/start", cwd=cwd, **thread)["thread"]["id"]
            said = [{"type": "text", "text": "go"}]
            server.send("turn/start", threadId=self.thread_id, input=said)
            self._listen(server)

    def _listen(self, server: Server) -> None:
        ends = 0
        for message in server.messages():
            label = label_of(message)
            self.labels[label] += 1
            self.heard.append(message)
            if (label, self.labels[label]) == self.last:
                server.process.send_signal(signal.SIGKILL)
                return
            if message.get("method") == "turn/completed":
                ends += 1
                if ends == 2:
                    return
                server.send("thread/compact/start", threadId=self.thread_id)

    def acknowledged(self) -> dict[str, dict[str, Any]]:
        """The items that the client was told are settled."""
        return {
            message["params"]["item"]["id"]: message["params"]["item"]
            for message in self.heard
            if message.get("method") == "item/completed"
        }


def lines_of(run: Run, program: Program) -> list[str]:
    """The lines of the run's rollout."""
    [path] = program.home.glob(f"sessions/*/*/*/rollout-*{run.thread_id}.jsonl")
    return path.read_text().splitlines()


def label_of(message: dict[str, Any]) -> str:
    """What kind of event this is."""
    item = message.get("params", {}).get("item", {})
    return " ".join(filter(None, [message.get("method", "answer"), item.get("type")]))


def left_over(markers: set[str]) -> set[str]:
    """The markers that some process carries still, once the kernel had its time to end them."""
    deadline = time.monotonic() + 30
    while (found := carried(markers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def carried(markers: set[str]) -> set[str]:
    found: set[str] = set()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found |= markers & set(entry.read_bytes().decode(errors="replace").split("\0"))
        except OSError:
            continue
    return found


@pytest.mark.timeout(180)
def test_threads_go_on_after_the_server_was_killed_at_any_event(program: Program) -> None:
    whole = Run(program, "0", None)
    # The first and the last of every kind of event.
    points = sorted({(label, nth) for label, count in whole.labels.items() for nth in (1, count)})
    assert len(points) >= ENOUGH_POINTS, whole.labels
    with ThreadPoolExecutor(AT_ONCE) as pool:
        killed = [
            pool.submit(Run, program, str(number), point) for number, point in enumerate(points, 1)
        ]
        runs = [whole, *(each.result() for each in killed)]
    assert left_over({run.marker for run in runs}) == set()

    with Server(program, program.provider) as server:
        for run in runs:
            check(server, program.provider, run)
    # What was being written beside a rollout is cleared away, or it is whole.
    assert list(program.home.rglob("*.part")) == []
    assert sum('"total_bytes":1200000' in line for line in lines_of(whole, program)) == 1


def check(server: Server, provider: MockProvider, run: Run) -> None:
    """The thread of a killed run goes on, and shows what its client was told."""
    resumed = server.ask("thread/resume", threadId=run.thread_id)
    assert resumed["thread"]["id"] == run.thread_id
    provider.script(Step(items=[Say("back")]))
    server.send("turn/start", threadId=run.thread_id, input=[{"type": "text", "text": "go on"}])
    last = server.until("turn/completed")["params"]["turn"]
    assert last["status"] == "completed", (run.last, last)
    read = server.ask("thread/read", threadId=run.thread_id, includeTurns=True)["thread"]
    shown = {item["id"]: item for turn in read["turns"] for item in turn["items"]}
    for item_id, item in run.acknowledged().items():
        assert shown.get(item_id) == item, run.last
    assert all(turn["status"] != "inProgress" for turn in read["turns"]), run.last
    words = run.log.read_text().split() if run.log.exists() else []
    assert len(words) == len(set(words)), (run.last, "a command ran twice")
