"""The transcript as a person reads it."""

from __future__ import annotations

from typing import Any

import msgspec

from journeyman.protocol import events, items, threads
from journeyman.protocol.permissions import WorkspaceWrite
from journeyman.protocol.turns import Turn, TurnError
from journeyman.protocol.usage import ThreadTokenUsage, TokenUsage
from journeyman.transcript.live_output import LiveOutput
from journeyman.transcript.style import Style
from journeyman.transcript.transcript import Transcript

WHERE: dict[str, Any] = {"thread_id": "t", "turn_id": "u"}


def _transcript(*, colour: bool = False) -> Transcript:
    return Transcript(Style(colour), cwd="/w", version="0.1.0", reasoning_summary="auto")


def _completed(item: items.ThreadItem) -> msgspec.Struct:
    return events.ItemCompletedNotification(item=item, completed_at_ms=0, **WHERE)


def _started(item: items.ThreadItem) -> msgspec.Struct:
    return events.ItemStartedNotification(item=item, started_at_ms=0, **WHERE)


def _read(transcript: Transcript, *notifications: msgspec.Struct) -> str:
    return "\n".join(line for one in notifications for line in transcript.map(one))


def test_header_tells_every_setting_and_the_prompt_when_a_run_begins():
    thread = threads.Thread(
        id="ID", session_id="ID", cwd="/w", preview="", model_provider="mock", created_at=0,
        updated_at=0, cli_version="0.1.0", source="exec", status=threads.Idle(),
    )  # fmt: skip
    started = threads.ThreadStartResponse(
        thread=thread, cwd="/w", model="m", model_provider="mock", approval_policy="never",
        approvals_reviewer="user", reasoning_effort="low",
        sandbox=WorkspaceWrite(writable_roots=["/x"], network_access=True),
    )  # fmt: skip
    assert "\n".join([*_transcript().header(started), *_transcript().user("do it\nplease")]) == (
        "journeyman v0.1.0\n--------\nworkdir: /w\nmodel: m\nprovider: mock\napproval: never\n"
        "sandbox: workspace-write [workdir, /tmp, $TMPDIR, /x] (network access enabled)\n"
        "reasoning effort: low\nreasoning summaries: auto\nsession id: ID\n--------\n"
        "user\ndo it\nplease"
    )


def test_transcript_shows_commands_patches_and_plan_when_a_turn_runs():
    command = items.CommandExecutionItem(id="c", command="ls", cwd="/w", status="inProgress")
    patch = items.FileChangeItem(
        id="f",
        status="completed",
        changes=[
            items.FileUpdateChange(path="/w/a", kind=items.AddKind(), diff="x\ny\n"),
            items.FileUpdateChange(
                path="/w/b",
                kind=items.UpdateKind(move_path="/elsewhere/c"),
                diff="@@ -1 +1 @@\n-p\n+q\n",
            ),
        ],
    )
    steps = [
        events.PlanStep(step="look", status="completed"),
        events.PlanStep(step="mend", status="inProgress"),
        events.PlanStep(step="test", status="pending"),
    ]
    usage = TokenUsage(input_tokens=1500, cached_input_tokens=400, output_tokens=100)
    text = _read(
        _transcript(),
        _completed(items.ReasoningItem(id="r", summary=["hm"])),
        _started(command),
        events.CommandOutputDeltaNotification(item_id="c", delta="one\ntw", **WHERE),
        events.CommandOutputDeltaNotification(item_id="c", delta="o", **WHERE),
        _completed(
            msgspec.structs.replace(
                command,
                status="failed",
                exit_code=2,
                duration_ms=1234,
                aggregated_output="one\ntwo",
            )
        ),
        _completed(patch),
        events.TurnPlanUpdatedNotification(plan=steps, explanation="why", **WHERE),
        _completed(items.AgentMessageItem(id="a", text="done")),
        events.TokenUsageUpdatedNotification(
            token_usage=ThreadTokenUsage(total=usage, last=usage), **WHERE
        ),
        events.TurnCompletedNotification(thread_id="t", turn=Turn(id="u", status="completed")),
    )
    assert text == (
        "hm\nexec\nls\nin /w\none\ntwo\nexited 2 in 1.2 s\n"
        "apply patch completed\nA a\n+x\n+y\nM b -> /elsewhere/c\n@@ -1 +1 @@\n-p\n+q\n"
        "plan\nwhy\n  [x] look\n  [>] mend\n  [ ] test\njourneyman\ndone\ntokens used\n1,200"
    )


def test_transcript_colours_added_and_removed_lines_when_colour_is_on():
    change = items.FileUpdateChange(path="/a", kind=items.UpdateKind(), diff="-p\n+q\n r\n")
    patch = items.FileChangeItem(id="f", status="completed", changes=[change])
    assert _transcript(colour=True).map(_completed(patch))[1:] == [
        "\x1b[33mM /a\x1b[0m",
        "\x1b[31m-p\x1b[0m",
        "\x1b[32m+q\x1b[0m",
        " r",
    ]


def test_nothing_foreign_steers_the_terminal_when_shown():
    evil = "\x1b]0;title\x07\u202e"
    command = items.CommandExecutionItem(id="c", command=evil, cwd=evil, status="inProgress")
    change = items.FileUpdateChange(path=evil, kind=items.AddKind(), diff=evil)
    call = items.McpToolCallItem(
        id="m", server=evil, tool=evil, status="failed", arguments={},
        error=items.McpToolCallError(message=evil),
    )  # fmt: skip
    plan = [events.PlanStep(step=evil, status="pending")]
    text = _read(
        _transcript(),
        _started(command),
        events.CommandOutputDeltaNotification(item_id="c", delta=evil, **WHERE),
        _completed(msgspec.structs.replace(command, status="completed", exit_code=0)),
        _completed(items.FileChangeItem(id="f", status="completed", changes=[change])),
        _completed(call),
        _completed(items.AgentMessageItem(id="a", text=evil)),
        _completed(items.ReasoningItem(id="r", content=[evil])),
        _completed(items.ImageViewItem(id="i", path=evil)),
        _completed(items.WebSearchItem(id="w", query=evil)),
        events.TurnPlanUpdatedNotification(plan=plan, explanation=evil, **WHERE),
        events.WarningNotification(message=evil),
        events.ErrorNotification(error=TurnError(message=evil), will_retry=False, **WHERE),
    )
    assert text.count("^[]0;title^G<U+202E>") == 16
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_an_error_is_told_once_when_the_turn_fails_with_it():
    error = TurnError(message="no key")
    failed = Turn(id="u", status="failed", error=error)
    text = _read(
        _transcript(),
        events.ErrorNotification(error=error, will_retry=False, **WHERE),
        events.TurnCompletedNotification(thread_id="t", turn=failed),
    )
    assert text == "error: no key\ntokens used\n0"


def test_live_output_keeps_the_first_and_the_last_lines_when_there_are_many():
    output = LiveOutput()
    shown = output.feed("".join(f"{n}\n" for n in range(100))) + output.feed("end") + output.end()
    assert shown == [
        *(str(n) for n in range(30)),
        "[... 59 lines not shown ...]",
        *(str(n) for n in range(89, 100)),
        "end",
    ]


def test_live_output_shows_the_last_state_when_a_line_was_overwritten():
    output = LiveOutput()
    assert output.feed("10%\r50%\r100%\r\nok\r") + output.end() == ["100%", "ok"]


def test_live_output_cuts_a_line_when_it_is_very_long():
    output = LiveOutput()
    assert output.feed("x" * 800) + output.end() == ["x" * 500 + " [... 300 characters not shown]"]
