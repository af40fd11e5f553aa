"""`--record` and `--replay` from the outside: a recorded run again, without its provider and its key."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.client.client import Client
from journeyman.client.spawn import spawn
from journeyman.protocol import events, threads, turns
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.items import TextInput
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, Think, run

DONE = Step(items=[Say("Final answer")])
BUSY = Step(status=503, body=b'{"error":{"message":"busy, test-key"}}')
EDIT = Step(items=[Think("hm"), run("cat note; echo more >> note; date > /dev/null")])


def _lines(path: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def _record(program: Program, *steps: Step, prompt: str = "do it") -> Path:
    """Record a run of these steps, then take the provider's key and its config away."""
    program.provider.script(*steps)
    file = program.work.parent / "run.jsonl"
    done = program.exec("-s", "workspace-write", "--record", str(file), prompt)
    assert (done.returncode, done.stdout) == (0, "Final answer\n"), done.stderr
    program.config.unlink()
    del program.env["MOCK_KEY"]
    program.provider.requests.clear()
    return file


def _replay(program: Program, file: Path, *args: str) -> tuple[int, str, list[str]]:
    done = program.exec("-s", "workspace-write", "--replay", str(file), *args)
    assert program.provider.requests == []
    told = [line for line in done.stderr.splitlines() if "replay:" in line]
    return done.returncode, done.stdout, told


def test_record_holds_every_exchange_for_the_user_alone_and_no_key(program: Program):
    program.config.write_text(
        program.config.read_text().replace("stream_max_retries = 1", "stream_max_retries = 2")
    )
    file = _record(program, BUSY, EDIT, DONE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"test-key" not in file.read_bytes()
    lines = _lines(file)
    assert [line["type"] for line in lines] == ["record", *["request", "answer"] * 3]
    assert lines[0] | {"program": ""} == {
        "type": "record",
        "version": 1,
        "program": "",
        "prompt": "do it",
        "setup": {"routing": {"small_step_tokens": 500}, "retries": {"mock": [0, 2]}},
    }
    assert [line["asked"]["kind"] for line in lines[1::2]] == [
        "responses, step after words",
        "responses, step after words",
        "responses, step after outputs",
    ]
    assert lines[1]["headers"].keys() == {"Content-Type", "Accept", "session_id", "originator"}
    assert lines[2] == {
        "type": "answer",
        "exchange": 1,
        "ended": "complete",
        "status": 503,
        "headers": {"content-type": "application/json"},
        "body": '{"error":{"message":"busy, [redacted]"}}',
    }
    assert lines[-1]["body"].startswith("event: response.created\n")


def test_replay_runs_the_thread_again_without_provider_config_and_key(program: Program):
    file = _record(program, EDIT, DONE)
    (program.work / "note").unlink()
    spent = program.run("usage", "--json").stdout
    assert _replay(program, file) == (0, "Final answer\n", [])
    assert (program.work / "note").read_text() == "more\n"
    assert program.run("usage", "--json").stdout == spent


def test_replay_asks_the_models_of_the_recorded_routing_again(program: Program):
    with MockProvider() as other:
        program.config.write_text(
            program.config.read_text()
            + f'\n[model_providers.other]\nbase_url = "{other.base_url}"\nwire_api = "messages"\n'
            'env_key = "MOCK_KEY"\n[routing]\nfallback = ["nobody/asked", "other/claude-x"]\n'
            'summaries = "other/claude-x"\nsmall_steps = "other/claude-quick"\n'
            "[model_providers.nobody]\nbase_url = 'http://127.0.0.1:9'\n"
            "stream_max_retries = 0\nrequest_max_retries = 0\n"
        )
        full = {"input_tokens": 90_000, "output_tokens": 10, "total_tokens": 90_010}
        limit = ("-c", "model_auto_compact_token_limit=80000")
        # A step, a small one by the quick model, notes by the other, and the end by it as well.
        other.script(Step(items=[run("true")], usage=full), Step(items=[Say("notes")]), DONE)
        program.provider.script(Step(items=[run("true")]), BUSY, BUSY, BUSY)
        file = program.work.parent / "routed.jsonl"
        done = program.exec("-s", "workspace-write", *limit, "--record", str(file), "do it")
        assert (done.returncode, done.stdout) == (0, "Final answer\n"), done.stderr
        asked = [line["asked"] for line in _lines(file) if line["type"] == "request"]
        order = list(dict.fromkeys(f"{one['provider']}/{one['model']}" for one in asked))
        assert order == ["mock/gpt-5.5", "other/claude-quick", "other/claude-x", "nobody/asked"]
        program.config.unlink()
        program.provider.requests.clear()
        other.requests.clear()
        assert _replay(program, file) == (0, "Final answer\n", [])
        assert other.requests == []


def test_record_decides_nothing_but_which_requests_are_made(program: Program):
    file = _record(program, EDIT, DONE)
    header, *rest = file.read_bytes().splitlines(keepends=True)
    hostile = msgspec.json.decode(header)
    hostile["setup"]["routing"] |= {'x"=1\nsandbox_mode': "danger-full-access", "fallback": []}
    hostile["setup"]["sandbox_mode"] = "danger-full-access"
    file.write_bytes(msgspec.json.encode(hostile) + b"\n" + b"".join(rest))
    done = program.exec("--replay", str(file))
    assert "sandbox: read-only" in done.stderr


def test_replay_tells_where_a_commands_output_differs_and_goes_on(program: Program):
    (program.work / "note").write_text("old\n")
    file = _record(program, EDIT, EDIT, DONE)
    (program.work / "note").write_text("new\n")
    code, out, told = _replay(program, file)
    assert (code, out, len(told)) == (0, "Final answer\n", 2)
    # Each request repeats the outputs before it; a difference is told with the first.
    assert "request 2 differs from the record at input[" in told[0]
    assert 'now "...' in told[0]
    assert "\\nnew" in told[0]
    assert "request 3 differs" in told[1]


def test_replay_fails_where_the_run_asks_something_of_another_kind(program: Program):
    file = _record(program, EDIT, DONE)
    code, out, told = _replay(program, file, "-c", 'model_providers.mock.wire_api="chat"')
    assert (code, out) == (1, "")
    assert "request 1 is of another kind" in told[0]
    assert "then 'responses, step after words', now 'chat, step after words'" in told[0]
    assert told[-1] == "warning: replay: 1 recorded requests were not made again; the run diverged"


def test_replay_reads_a_record_whose_run_was_killed(program: Program):
    file = _record(program, EDIT, DONE)
    (program.work / "note").unlink()
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]) + lines[-1][:30])
    code, out, told = _replay(program, file)
    assert (code, out) == (1, "")
    assert "the recorded run was stopped at request 2" in told[0]


def test_replay_plays_failures_and_retries_again_without_waiting(program: Program):
    cut = Step(items=[Say("Final")], cut_after=4)
    file = _record(program, cut, DONE)
    assert _lines(file)[2]["ended"] == "broken"
    assert _replay(program, file) == (0, "Final answer\n", [])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file or directory: choose another file"),
        (b"hello\n", "is no record of a run: name a file that --record has written"),
        (b'{"type":"record","version":9,"program":"jm 7"}\n', "replay it with that program"),
        (b'{"type":"record","version":1,"program":"x"}\n{"type":\n', "line 2 is no line"),
    ],
)
def test_replay_says_what_is_wrong_with_a_file(program: Program, content: bytes | None, says: str):
    file = program.work / "x"
    if content is not None:
        file.write_bytes(content)
    done = program.exec("--replay", "x", "hello")
    assert (done.returncode, says in done.stderr) == (1, True), done.stderr


def test_record_never_writes_over_a_file(program: Program):
    (program.work / "kept").write_text("precious")
    done = program.exec("--record", "kept", "hello")
    assert done.returncode == 1
    assert "kept exists: choose a new file for the record, or remove that one" in done.stderr
    assert (program.work / "kept").read_text() == "precious"


async def _two_threads_in_turns(program: Program, *flags: str) -> list[str]:
    """What two threads of one server answer, asked by turns."""
    argv = [sys.executable, "-m", "journeyman", "app-server", *flags]
    client = Client(await spawn(argv, cwd=str(program.work), env=program.env))
    await client.start(ClientInfo(name="t", version="1"))
    params = threads.ThreadStartParams(cwd=str(program.work))
    ids = [(await client.thread_start(params)).thread.id for _ in range(2)]
    answers: list[str] = []
    for thread_id in (*ids, *ids):
        text = f"for {ids.index(thread_id)}"
        asked = turns.TurnStartParams(thread_id=thread_id, input=[TextInput(text=text)])
        await client.turn_start(asked)
        async for seen in client.notifications():
            if isinstance(seen, events.WarningNotification):
                answers.append(seen.message)
            if isinstance(seen, events.TurnCompletedNotification):
                answers += [getattr(item, "text", "") for item in seen.turn.items]
                break
    await client.close()
    return answers


async def test_app_server_replays_each_thread_with_its_own_answers(program: Program):
    said = ["one", "two", "one again", "two again"]
    program.provider.script(*(Step(items=[Say(text)]) for text in said))
    file = str(program.work.parent / "threads.jsonl")
    assert await _two_threads_in_turns(program, "--record", file) == said
    del program.env["MOCK_KEY"]
    assert await _two_threads_in_turns(program, "--replay", file) == said
    assert len(program.provider.requests) == 4
