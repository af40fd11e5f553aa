"""Plan mode: a proposed plan is an item of its own, and nothing that could write runs, whoever asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.core.plan_mode import refusal
from journeyman.core.proposed_plan import CLOSING, OPENING, Piece, PlanSplitter, parted
from journeyman.models.api import ItemBegun, ItemDone, Retrying, StreamEvent, TextDelta
from journeyman.protocol import events
from journeyman.protocol.collaboration import CollaborationMode, ModeKind, ModeSettings
from journeyman.protocol.history import Message, OutputText, Reasoning
from journeyman.protocol.items import AgentMessageItem, PlanItem, TextInput
from journeyman.protocol.permissions import SandboxMode
from journeyman.protocol.thread_settings import ThreadSettingsUpdatedNotification
from journeyman.protocol.threads import ThreadStartParams
from journeyman.protocol.turns import TurnStartParams
from journeyman.store.replay import recorded_lines
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, calls_freeform, says
from journeyman.testing.stage import Stage, StageMaker
from journeyman.tools.api import ApprovalNeed, McpCallNeed

PROPOSES = f"Hm.\n{OPENING}\n# Goal\n- a step\n{CLOSING}\nGood?"


async def run_turn(it: Stage, thread_id: str, mode: ModeKind | None) -> None:
    wanted = mode and CollaborationMode(mode=mode, settings=ModeSettings(model="test-model"))
    params = TurnStartParams(
        thread_id=thread_id, input=[TextInput(text="go")], collaboration_mode=wanted
    )
    await it.app.wait_turn((await it.app.client.turn_start(params)).turn.id)


def told(it: Stage) -> list[tuple[str, Any]]:
    """What was shown of messages and plans, in order; neighbouring deltas joined."""
    shown: list[tuple[str, Any]] = []
    for seen in it.app.seen:
        match seen:
            case events.ItemStartedNotification(item=AgentMessageItem() | PlanItem() as item):
                shown.append(("begins", type(item)))
            case events.ItemCompletedNotification(item=AgentMessageItem() | PlanItem() as item):
                shown.append((type(item).__name__, item.text))
            case events.PlanDeltaNotification() | events.AgentMessageDeltaNotification():
                kind, begun = type(seen).__name__, ""
                if shown and shown[-1][0] == kind:
                    begun = shown.pop()[1]
                shown.append((kind, begun + seen.delta))
            case _:
                pass
    return shown


async def test_plan_of_a_broken_answer_is_taken_back(stage: StageMaker) -> None:
    begun = [ItemBegun("m", "message"), TextDelta("m", f"Hm.\n{OPENING}\n# Ha")]
    again = Retrying(attempt=1, limit=2, delay_seconds=0, reason="cut")
    async with stage([[*begun, again, *answer(says(PROPOSES))]]) as it:
        await run_turn(it, (await it.app.start_thread()).id, "plan")
        ended = [text for kind, text in told(it) if kind in {"AgentMessageItem", "PlanItem"}]
        assert ended == ["", "", "# Goal\n- a step\n", "Hm.\nGood?"]


MORE = Message(role="assistant", content=[OutputText("more")])


@pytest.mark.parametrize(
    ("other", "left"),
    [
        ([ItemBegun("m", "message"), TextDelta("m", "more"), ItemDone(MORE, "m")], ["more"]),
        ([ItemDone(Reasoning(summary=[]), "m")], []),
    ],
)
async def test_plan_ends_also_where_something_else_has_its_name(
    stage: StageMaker, other: list[StreamEvent], left: list[str]
) -> None:
    begun = [ItemBegun("m", "message"), TextDelta("m", f"{OPENING}\n# Half\n")]
    async with stage([answer([*begun, *other])]) as it:
        await run_turn(it, (await it.app.start_thread()).id, "plan")
        ended = [text for kind, text in told(it) if kind in {"AgentMessageItem", "PlanItem"}]
        assert ended == ["# Half\n", *left]


async def test_plan_between_its_tags_is_an_item_of_its_own(stage: StageMaker) -> None:
    async with stage([answer(says(PROPOSES)), answer(says(PROPOSES))]) as it:
        thread = await it.app.start_thread()
        await run_turn(it, thread.id, "plan")
        assert told(it) == [
            ("begins", AgentMessageItem),
            ("AgentMessageDeltaNotification", "Hm.\n"),
            ("begins", PlanItem),
            ("PlanDeltaNotification", "# Goal\n- a step\n"),
            ("AgentMessageDeltaNotification", "Good?"),
            ("PlanItem", "# Goal\n- a step\n"),
            ("AgentMessageItem", "Hm.\nGood?"),
        ]
        [change] = [s for s in it.app.seen if isinstance(s, ThreadSettingsUpdatedNotification)]
        assert change.thread_settings.collaboration_mode.mode == "plan"
        # Said in the reference's words as well, so that it shows the plan when it resumes the thread.
        lines = [bytes(line.payload) for line in recorded_lines(Path(thread.path or ""))]
        assert sum(b'"item":{"type":"Plan","id":' in line for line in lines) == 1
        await run_turn(it, thread.id, "default")
        assert told(it)[-1] == ("AgentMessageItem", PROPOSES)
    # What the model was told before stays as it was, byte for byte.
    first, second = (prompt.history for prompt in it.model.prompts)
    assert list(second[: len(first)]) == list(first)


async def test_message_that_only_proposes_is_no_message(stage: StageMaker) -> None:
    only = f"{OPENING}\nall of it\n{CLOSING}\n"
    async with stage([answer(says(only))]) as it:
        await run_turn(it, (await it.app.start_thread()).id, "plan")
        assert [kind for kind, _ in told(it)] == ["begins", "PlanDeltaNotification", "PlanItem"]


@pytest.mark.parametrize("sandbox", ["workspace-write", "danger-full-access"])
async def test_nothing_that_could_write_runs_while_it_plans(
    stage: StageMaker, tmp_path: Path, sandbox: SandboxMode
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "mine.rules").write_text('prefix_rule(pattern=["deploy"], decision="allow")\n')
    patch = "*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch\n"
    escalated = {"cmd": "make", "sandbox_permissions": "require_escalated", "justification": "!"}
    writes = [
        calls_freeform("apply_patch", patch, call_id="patch"),
        calls("exec_command", {"cmd": f"apply_patch <<'E'\n{patch}E\n"}, call_id="heredoc"),
        calls("exec_command", escalated, call_id="escalated"),
    ]
    runs = [calls("exec_command", {"cmd": cmd}, call_id=cmd) for cmd in ("deploy it", "ls")]
    answers = [answer(*writes, *runs), answer(says("so far")), answer(*runs), answer(says("did"))]
    async with stage(answers, [Script()] * 4, decision="accept", rules=rules) as it:
        params = ThreadStartParams(sandbox=sandbox, approval_policy="on-request")
        thread = await it.app.start_thread(params)
        await run_turn(it, thread.id, "plan")
        assert [(p.confined, p.writable_roots) for _, p in it.launcher.launched] == [
            (True, ()),
            (True, ()),
        ]
        assert it.questions == []
        refused = {name for name, text in it.outputs().items() if "plan mode" in text}
        assert refused == {"heredoc", "escalated"}
        assert [one for one in it.completed() if one[1] == "declined"] == [
            ("fileChange", "declined"),
            ("fileChange", "declined"),
            ("commandExecution", "declined"),
        ]
        await run_turn(it, thread.id, "default")
        assert it.launcher.launched[2][1].confined is False


async def test_command_that_runs_since_before_takes_no_input_while_it_plans(
    stage: StageMaker,
) -> None:
    begin = calls("exec_command", {"cmd": "cat", "yield_time_ms": 250}, call_id="run")
    looks = [
        calls("write_stdin", {"session_id": 1, "chars": chars, "yield_time_ms": 250}, call_id=name)
        for name, chars in (("types", "rm all\n"), ("looks", ""))
    ]
    answers = [answer(begin), answer(says("runs")), answer(*looks), answer(says("so"))]
    async with stage(answers, [Script(output=(b"ready\n",), runs_on=True, echo=True)]) as it:
        thread = await it.app.start_thread()
        await run_turn(it, thread.id, "default")
        await run_turn(it, thread.id, "plan")
        assert it.launcher.processes[0].written == []
        outputs = it.outputs()
    assert "plan mode" in outputs["types"]
    assert "plan mode" not in outputs["looks"]


@pytest.mark.parametrize(("is_read_only", "is_refused"), [(True, False), (False, True)])
def test_tool_of_a_server_runs_while_it_plans_where_it_only_reads(
    *, is_read_only: bool, is_refused: bool
) -> None:
    call = McpCallNeed(
        server="s",
        tool="t",
        description="",
        arguments={},
        is_read_only=is_read_only,
        mode="approve",
    )
    reason = refusal(ApprovalNeed(mcp_call=call), mutates=False)
    assert (reason is not None) == is_refused


@given(
    st.lists(st.sampled_from([OPENING, CLOSING, "\n", " ", "<", "text", "\t", ">"]), max_size=30),
    st.data(),
)
def test_pieces_of_any_size_part_as_the_whole_does(words: list[str], data: st.DataObject) -> None:
    text = "".join(words)
    splitter, said, plans, at = PlanSplitter(), "", list[str](), 0
    pieces = list[Piece]()
    while at < len(text):
        size = data.draw(st.integers(1, 5))
        pieces += splitter.add(text[at : at + size])
        at += size
    for kind, piece in [*pieces, *splitter.end()]:
        if kind == "begun":
            plans.append("")
        elif kind == "planned":
            plans[-1] += piece
        else:
            said += piece
    assert (said, plans[-1] if plans else None) == parted(text)
    assert sum(map(len, plans)) + len(said) <= len(text)
