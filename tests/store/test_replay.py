"""Reading rollouts: ours, foreign ones, torn ones, forks; and mending their history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
    OpaqueItem,
    OutputText,
    decode_history_item,
    encode_history_item,
)
from journeyman.protocol.items import (
    AddKind,
    AgentMessageItem,
    CommandExecutionItem,
    FileChangeItem,
    FileUpdateChange,
    PlanItem,
    ReadAction,
    ReasoningItem,
    TextInput,
    UnknownItem,
    UpdateKind,
    UserMessageItem,
)
from journeyman.protocol.turns import Turn, TurnError
from journeyman.protocol.usage import ThreadTokenUsage, TokenUsage
from journeyman.store.errors import StoreError
from journeyman.store.fork import copy_spans, lines_of, spans_until
from journeyman.store.lines import TurnContext
from journeyman.store.repair import ABORTED, repair_history
from journeyman.store.replay import RecordedThread, read_rollout
from journeyman.store.rollout import Rollout
from journeyman.testing.invariants import check_history

GOLDEN = Path(__file__).parent / "golden"
AT = 1795341600
USER_ITEM = UserMessageItem(id="i1", content=[TextInput(text="fix it")])
FIRST = Turn(
    id="t1",
    status="completed",
    items=[USER_ITEM, AgentMessageItem(id="m1", text="Fixed.")],
    started_at=AT,
    completed_at=AT,
    duration_ms=0,
)
BROKEN_OFF = CommandExecutionItem(id="c1", command="ls", cwd="/srv/app", status="failed")
COUNTS = TokenUsage(input_tokens=9, output_tokens=1, total_tokens=10)


def user(text: str) -> Message:
    return Message(role="user", content=[InputText(text)])


def said(text: str) -> Message:
    return Message(role="assistant", content=[OutputText(text)])


def call(call_id: str) -> FunctionCall:
    return FunctionCall(name="exec_command", arguments="{}", call_id=call_id)


def output(call_id: str, text: str = ABORTED) -> FunctionCallOutput:
    return FunctionCallOutput(call_id=call_id, output=text)


@pytest.mark.parametrize("source", ["written now", "golden"])
def test_our_rollout_is_read_whole_and_what_was_broken_off_is_settled(
    kit: Any, recorded: Path, source: str
) -> None:
    path = recorded if source == "written now" else GOLDEN / "journeyman_v1.jsonl"
    origin = "cli" if source == "written now" else "exec"
    assert read_rollout(path) == RecordedThread(
        path=path,
        meta=msgspec.structs.replace(kit.meta(), source=origin),
        history=[user("fix it"), said("Fixed."), user("again"), call("c1")],
        turns=[FIRST, Turn(id="t2", status="interrupted", items=[BROKEN_OFF], started_at=AT)],
        turn_context=TurnContext(turn_id="t1", cwd="/srv/app", model="gpt-5.5", effort="low"),
        usage=ThreadTokenUsage(total=COUNTS, last=COUNTS, model_context_window=1000),
        name=None,
        preview="fix it",
        updated_at=AT,
    )


def test_running_turn_is_in_progress_while_its_writer_lives(recorded: Path) -> None:
    running = read_rollout(recorded, is_running=True).turns[-1]
    [item] = running.items
    assert (running.status, getattr(item, "status", "")) == ("inProgress", "inProgress")


def test_turns_can_be_left_out(recorded: Path) -> None:
    whole, short = read_rollout(recorded), read_rollout(recorded, with_turns=False)
    assert (short.turns, short.history, short.preview) == ([], whole.history, whole.preview)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rollout_cut_at_any_byte_loses_at_most_the_torn_line(
    data: st.DataObject, kit: Any, recorded: Path
) -> None:
    whole = recorded.read_bytes()
    first = whole.index(b"\n") + 1
    cut = data.draw(st.integers(first, len(whole)))
    torn, clean = recorded.with_name("torn.jsonl"), recorded.with_name("clean.jsonl")
    torn.write_bytes(whole[:cut])
    clean.write_bytes(whole[: whole.rindex(b"\n", 0, cut) + 1])
    # A line that only lacks its newline is whole.
    lost = whole[:cut].rindex(b"\n") + 1 != cut and whole[cut : cut + 1] != b"\n"
    if lost or whole[:cut].endswith(b"\n"):
        assert told(read_rollout(torn)) == told(read_rollout(clean))
    rollout = Rollout.open(torn, kit.clock)
    rollout.append("response_item", kit.text_message("user", "goes on"))
    rollout.close()
    history = read_rollout(torn).history
    assert history[-1] == user("goes on")
    check_history(repair_history(history))


def told(recorded: RecordedThread) -> tuple[Any, ...]:
    return recorded.history, recorded.turns, recorded.usage, recorded.preview


def test_lines_of_no_use_cost_themselves_only(recorded: Path) -> None:
    whole = recorded.read_bytes()
    noise = b'\n\xff\xfe\nnull\n[]\n{"type":"x"}\n{"type":"event_msg","payload":3}\n{"type":"item_started","payload":{}}\n{"type":"compacted","payload":{"replacement_history":[1]}}\n'
    noisy = recorded.with_name("noisy.jsonl")
    noisy.write_bytes(whole.replace(b"\n", noise))
    assert told(read_rollout(noisy)) == told(read_rollout(recorded))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "its first line is not `session_meta`"),
        (b'{"type":"event_msg","payload":{}}\n', "its first line is not `session_meta`"),
        (b'{"type":"session_meta","payload":{"id":1}}\n', "its first line: Expected `str`"),
    ],
)
def test_file_that_is_no_rollout_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=f"{path} is no rollout: {reason}"):
        read_rollout(path)
    with pytest.raises(StoreError, match="cannot read"):
        read_rollout(tmp_path)


def test_codex_rollout_is_read() -> None:
    read = read_rollout(GOLDEN / "codex_like.jsonl")
    [first, second] = read.turns
    assert first.items == [
        UserMessageItem(id="i-user", content=[TextInput(text="fix the sum")]),
        ReasoningItem(id="i-think", summary=["Look first"]),
        CommandExecutionItem(
            id="call-1",
            command="/bin/bash -lc 'cat sum.py'",
            cwd="/srv/my app",
            status="completed",
            command_actions=[ReadAction(command="cat sum.py", name="sum.py", path="sum.py")],
            process_id="12",
            source="unifiedExecStartup",
            aggregated_output="a-b\n",
            exit_code=0,
            duration_ms=1250,
        ),
        FileChangeItem(
            id="call-2",
            changes=[
                FileUpdateChange(path="/srv/app/new.py", kind=AddKind(), diff="x = 1\n"),
                FileUpdateChange(
                    path="/srv/app/sum.py", kind=UpdateKind(), diff="@@ -1 +1 @@\n-a-b\n+a+b\n"
                ),
            ],
            status="completed",
        ),
        UnknownItem({"type": "Teleport", "id": "i-new", "to": "moon"}),
        AgentMessageItem(id="i-said", text="Fixed.", phase="final_answer"),
    ]
    assert (first.status, second.status, second.items) == ("completed", "interrupted", [])
    assert read.history == [user("SUMMARY"), user("and now?")]
    assert read.usage.total == TokenUsage(
        input_tokens=100,
        cached_input_tokens=40,
        output_tokens=7,
        reasoning_output_tokens=2,
        total_tokens=107,
    )
    assert (read.preview, read.meta.history_mode) == ("fix the sum", "paginated")


def test_older_codex_rollout_gets_its_turns_from_its_messages() -> None:
    read = read_rollout(GOLDEN / "codex_old.jsonl")
    said_in_turns = [
        (turn.id, turn.status, [getattr(item, "text", None) for item in turn.items])
        for turn in read.turns
    ]
    assert said_in_turns == [
        ("turn-1", "completed", [None, "first answer"]),
        ("turn-2", "completed", [None, "second answer"]),
    ]
    assert (read.preview, len(read.history)) == ("first question", 2)


def test_codex_fork_begins_with_the_part_of_its_parent_it_names(kit: Any, tmp_path: Path) -> None:
    parent = GOLDEN / "codex_like.jsonl"
    lines = parent.read_bytes().splitlines(keepends=True)
    base = {
        "thread_id": "019a0000-0000-7000-8000-00000000000c",
        "end_ordinal_exclusive": 17,
        "end_byte_offset": sum(map(len, lines[:17])),
    }
    fork = Rollout.create(tmp_path, kit.meta(history_base=base), kit.clock)
    fork.append("response_item", kit.text_message("user", "other way"))
    fork.close()
    assert fork.path is not None
    read = read_rollout(fork.path, find=lambda thread_id, _: {base["thread_id"]: parent}[thread_id])
    assert [turn.id for turn in read.turns] == ["turn-a"]
    assert [type(item).__name__ for item in read.history] == [
        "Message",
        "Reasoning",
        "FunctionCall",
        "FunctionCallOutput",
        "Message",
        "Message",
    ]
    assert read.history[-1] == user("other way")


def test_plan_of_a_foreign_turn_stands_among_its_older_lines(kit: Any, recorded: Path) -> None:
    rollout = Rollout.open(recorded, kit.clock)
    plan = {"type": "Plan", "id": "p", "text": "- a step\n"}
    for event in (
        {"type": "task_started", "turn_id": "t9"},
        {"type": "user_message", "message": "plan it"},
        {"type": "item_completed", "thread_id": "x", "turn_id": "t9", "item": plan},
        {"type": "agent_message", "message": "Good?"},
        {"type": "task_complete", "turn_id": "t9"},
    ):
        rollout.append("event_msg", event)
    rollout.close()
    said, proposed, asked = read_rollout(recorded).turns[-1].items
    assert isinstance(said, UserMessageItem)
    assert proposed == PlanItem(id="p", text="- a step\n")
    assert isinstance(asked, AgentMessageItem)


def test_failed_turn_keeps_its_error(kit: Any, recorded: Path) -> None:
    rollout = Rollout.open(recorded, kit.clock)
    error = {"message": "no", "codexErrorInfo": "other", "additionalDetails": None}
    rollout.append("event_msg", {"type": "task_complete", "turn_id": "t2", "error": error})
    rollout.close()
    turn = read_rollout(recorded).turns[-1]
    assert (turn.status, turn.error) == (
        "failed",
        TurnError(message="no", codex_error_info="other"),
    )


def test_fork_takes_whole_turns(kit: Any, recorded: Path, tmp_path: Path) -> None:
    fork = Rollout.create(tmp_path / "fork", kit.meta(), kit.clock)
    spans = spans_until(recorded, last_turn_id="t1")
    copy_spans(spans, fork)
    fork.close()
    with pytest.raises(StoreError, match="has no turn t9"):
        spans_until(recorded, last_turn_id="t9")
    before = spans_until(recorded, before_turn_id="t2")
    assert b"".join(lines_of(spans)) == b"".join(lines_of(before))
    assert fork.path is not None
    whole, part = read_rollout(recorded), read_rollout(fork.path)
    assert (part.turns[0], part.history[:2]) == (whole.turns[0], whole.history[:2])


OPAQUE = OpaqueItem({"type": "web_search_call", "id": "w"})
REPAIRS: list[tuple[list[HistoryItem], list[HistoryItem]]] = [
    ([call("a")], [call("a"), output("a")]),
    ([call("a"), call("b"), output("a", "x")], [call("a"), call("b"), output("b"), output("a", "x")]),
    ([call("a"), user("next")], [call("a"), output("a"), user("next")]),
    ([call("a"), OPAQUE, said("s"), call("b"), user("n")],
     [call("a"), OPAQUE, said("s"), call("b"), output("a"), output("b"), user("n")]),
    ([output("z"), user("u")], [user("u")]),
    ([call("a"), output("a", "1"), output("a", "2")], [call("a"), output("a", "1")]),
    ([call("a"), user("u"), call("a"), output("a", "1")],
     [call("a"), output("a"), user("u"), call("a"), output("a", "1")]),
]  # fmt: skip


@pytest.mark.parametrize(("history", "repaired"), REPAIRS)
def test_repair_answers_every_call_and_drops_what_answers_none(
    history: list[HistoryItem], repaired: list[HistoryItem]
) -> None:
    assert repair_history(history) == repaired
    check_history(repaired)
    assert repair_history(repaired) == repaired


PIECES = st.sampled_from(
    [user("u"), said("s"), call("a"), call("b"), output("a"), output("b"), OPAQUE]
)


@given(st.lists(PIECES, max_size=12))
def test_repair_is_stable(history: list[HistoryItem]) -> None:
    repaired = repair_history(history)
    assert repair_history(repaired) == repaired
    kept = [item for item in history if not isinstance(item, FunctionCallOutput)]
    assert [item for item in repaired if not isinstance(item, FunctionCallOutput)] == kept


def test_custom_call_is_answered_in_its_own_kind() -> None:
    custom = {"type": "custom_tool_call", "name": "apply_patch", "input": "x", "call_id": "p"}
    answer = {"type": "custom_tool_call_output", "call_id": "p", "output": ABORTED}
    assert repair_history([decode_history_item(custom)])[1:] == [decode_history_item(answer)]


def test_history_before_a_change_of_the_model_is_as_any_model_reads_it(
    kit: Any, recorded: Path
) -> None:
    """Of two models of one service, as the reference's threads hold them too: nothing else tells whose it is."""
    thought: dict[str, Any] = {"type": "reasoning", "summary": [], "encrypted_content": "s"}
    summary = {"type": "compaction", "encrypted_content": "s"}
    asked = {"turn_id": "t", "model": "gpt-5.5"}
    lines: list[tuple[str, dict[str, Any]]] = [
        ("compacted", {"message": "", "replacement_history": [summary]}),
        ("response_item", thought),
        ("turn_context", asked),
        ("response_item", kit.text_message("assistant", "one")),
        ("turn_context", asked | {"model": "gpt-5.4"}),
        ("response_item", kit.text_message("assistant", "two")),
        ("response_item", thought),
        ("turn_context", asked | {"model": None}),
    ]
    before = ["compaction", "reasoning", "message"]
    for kept, kinds in ((4, before), (8, ["compaction", "message", "message", "reasoning"])):
        copy = recorded.with_name(f"rollout-{kept}.jsonl")
        copy.write_bytes(
            recorded.read_bytes()
            + b"".join(
                msgspec.json.encode({"timestamp": "", "type": kind, "payload": payload}) + b"\n"
                for kind, payload in lines[:kept]
            )
        )
        history = read_rollout(copy, with_turns=False).history
        assert [encode_history_item(item)["type"] for item in history] == kinds
