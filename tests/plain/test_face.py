"""What a person sees and does in the line-mode face: a real server, a scripted model, a scripted user."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.plain.scripted_console import ScriptedConsole, Typed, ctrl_c, key, line, starts

from journeyman.client.client import Client
from journeyman.client.memory import memory_pair
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.models.scripted import ScriptedClient
from journeyman.plain.face import PlainFace
from journeyman.plain.inbox import Inbox
from journeyman.plain.talk import Look, Talk
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.history import FunctionCallOutput, Message, text_of
from journeyman.protocol.threads import ThreadStartParams
from journeyman.server.connection import Connection
from journeyman.testing.app_server_harness import services_for
from journeyman.testing.fake_launcher import FakeLauncher, Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import Answers, builtin_tools
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit
from journeyman.tools.builtin.request_permissions import RequestPermissionsTool
from journeyman.transcript.style import Style

HIDDEN = "make install \u202e# harmless\x1b[2J"
ESCALATES = answer(
    calls(
        "exec_command",
        {
            "cmd": HIDDEN,
            "sandbox_permissions": "require_escalated",
            "justification": "It installs.",
        },
        call_id="a",
    )
)
RUNS = answer(calls("exec_command", {"cmd": "make"}, call_id="b"))
DONE = answer(says("all done"))


class Seen:
    """How a run of the face ended, and what came of it."""

    def __init__(self, home: Path, answers: Answers, scripts: Sequence[Script]) -> None:
        self.model = ScriptedClient(answers)
        self.launcher = FakeLauncher(*scripts)
        kit = ThreadKit(
            connect=lambda _: self.model,
            launcher=self.launcher,
            clock=SystemClock(),
            tools=lambda: [*builtin_tools(), RequestPermissionsTool()],
            asks_user=True,
        )
        self.factory = PlainThreadFactory(home, kit)
        self.code = -1
        self.screen = ""
        self.prompts: list[str] = []

    async def use(self, *script: Typed) -> None:
        """Run the face to its end with this user."""
        console, inbox = ScriptedConsole(*script), Inbox()
        near, far = memory_pair()
        manager = ThreadManager(self.factory, self.factory.store)
        serving = asyncio.create_task(Connection(far, services_for(manager)).serve())
        client = Client(near, inbox.ask)
        await client.start(ClientInfo(name="plain", version="1"))
        look = Look(
            style=Style(colour=False), version="1", write=console.write, clock=SystemClock()
        )
        face = PlainFace(Talk(client, look), console, inbox)
        opening = ThreadStartParams(approval_policy="on-request")
        async with asyncio.timeout(30):
            self.code = await face.run(opening, [])
        await client.close()
        await serving
        await manager.close()
        self.screen, self.prompts = console.screen, console.prompts

    def said(self) -> list[str]:
        """What the user said, as the model's last prompt holds it."""
        history = self.model.prompts[-1].history
        messages = [item for item in history if isinstance(item, Message) and item.role == "user"]
        return [text for it in messages if not (text := text_of(it.content)).startswith("<")]


async def test_face_shows_a_turn_and_leaves_at_the_end_of_the_input(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [RUNS, DONE], [Script(output=(b"built \x1b[31mit\n",))])
    await seen.use(line("build it"), Typed(kind="ctrl-d", after="tokens used"))
    assert seen.code == 0
    assert "\nexec\n" in seen.screen
    assert "built ^[[31mit\nexited 0" in seen.screen
    assert seen.screen.count("journeyman\nall done\n") == 1


async def test_question_shows_everything_that_would_run_and_a_key_answers_it(
    tmp_path: Path,
) -> None:
    seen = Seen(tmp_path, [ESCALATES, DONE], [Script()])
    await seen.use(line("go"), key("y", after="[y] yes"), line("/quit", after="all done"))
    assert "make install <U+202E># harmless^[[2J" in seen.screen
    assert "why: It installs." in seen.screen
    assert [policy.confined for _, policy in seen.launcher.launched] == [False]


async def test_other_keys_answer_nothing_and_no_goes_on_without_it(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [ESCALATES, DONE], [])
    await seen.use(
        line("go"), key("x"), key("n", after="Press one of"), line("/quit", after="all done")
    )
    assert (seen.launcher.launched, "declined, it did not run" in seen.screen) == ([], True)


async def test_ctrl_c_at_a_question_stops_the_turn(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [ESCALATES, DONE], [])
    await seen.use(line("go"), ctrl_c(after="[y] yes"), line("/quit", after="interrupted"))
    assert (seen.launcher.launched, len(seen.model.prompts)) == ([], 1)


@pytest.mark.parametrize("between", ["\n", "; ", ";\u3000" * 2])
async def test_question_longer_than_the_screen_needs_a_word(tmp_path: Path, between: str) -> None:
    script = between.join(f"echo {number}" + " " * 80 for number in range(40))
    asks = {"cmd": script, "sandbox_permissions": "require_escalated", "justification": "Why not."}
    long = answer(calls("exec_command", asks, call_id="a"))
    seen = Seen(tmp_path, [long, DONE], [Script()])
    await seen.use(
        line("go"),
        key("y", after="[y] yes"),
        line("yes", after="Scroll up"),
        key("y"),
        line("accept"),
        line("/quit", after="all done"),
    )
    assert all(f"echo {number}" in seen.screen for number in range(40))
    assert len(seen.launcher.launched) == 1


async def test_what_is_typed_during_a_turn_goes_to_it(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [RUNS, DONE], [Script(output=(b"one\n",), runs_on=True)])
    await seen.use(line("go"), starts(after="one"), line("and be quick"), ctrl_c(), line("/quit"))
    assert "to the running turn> " in seen.prompts
    # The model never got it: it stands in the next line again.
    assert seen.prompts[-1] == "> and be quick"


async def test_copy_and_new_thread_run_with_the_settings_of_the_talk(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [DONE, DONE, DONE], [])
    await seen.use(
        line("/sandbox danger-full-access"),
        line("/approvals never"),
        line("one", after="next turn on: never"),
        line("/effort high", after="all done"),
        line("/fork"),
        line("two", after="session id"),
        line("/new"),
        line("three"),
        line("/status"),
        line("/quit"),
    )
    shown = seen.screen.rpartition("workdir:")[2]
    assert "approval: never\nsandbox: danger-full-access\nreasoning effort: high\n" in shown
    assert [prompt.settings.reasoning_effort for prompt in seen.model.prompts][1:] == ["high"] * 2


async def test_half_a_line_is_kept_when_a_question_comes_first(tmp_path: Path) -> None:
    slow = answer(calls("exec_command", {"cmd": "sleep 9", "yield_time_ms": 250}, call_id="s"))
    seen = Seen(tmp_path, [slow, ESCALATES, DONE], [Script(runs_on=True), Script()])
    await seen.use(
        line("go"),
        starts(after="sleep 9"),
        key("n", after="[y] yes"),
        line("more", after="declined"),
        line("/quit", after="all done"),
    )
    assert "to the running turn> half a line" in seen.prompts


async def test_ctrl_c_interrupts_the_turn_and_the_next_one_runs(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [RUNS, DONE], [Script(output=(b"one\n",), runs_on=True)])
    await seen.use(
        line("go"), ctrl_c(after="one"), line("again", after="interrupted"), line("/quit")
    )
    assert (seen.code, seen.said()) == (0, ["go", "again"])


async def test_commands_change_the_next_turn_and_wrong_ones_say_what_is_right(
    tmp_path: Path,
) -> None:
    seen = Seen(tmp_path, [DONE], [])
    await seen.use(
        line("/sandbox everything"),
        line("/nothing"),
        line("/sandbox read-only"),
        line("/model other"),
        line("/status"),
        line("go"),
        line("/usage", after="all done"),
        line("/quit"),
    )
    assert "choose one of read-only, workspace-write, danger-full-access" in seen.screen
    assert "There is no /nothing; /help lists the commands." in seen.screen
    assert "from the next turn on: model other" in seen.screen
    assert "input                10" in seen.screen
    assert seen.model.prompts[0].settings.model == "other"


async def test_plan_is_shown_as_one_and_the_mode_lasts_until_it_is_ended(tmp_path: Path) -> None:
    plan = answer(says("Look:\n<proposed_plan>\n- one step\n</proposed_plan>\n"))
    seen = Seen(tmp_path, [plan, RUNS, DONE, RUNS, DONE], [Script(), Script()])
    await seen.use(
        line("/plan what would you do?"),
        line("go", after="one step"),
        line("/sandbox danger-full-access", after="all done"),
        line("/plan go", after="next turn on: danger-full-access"),
        line("/quit"),
    )
    assert "journeyman\nLook:\nplan\n- one step\n[/plan go carries it out; " in seen.screen
    assert seen.said()[-1] == "Carry out the plan."
    assert seen.screen.count("From the next turn on: plan mode.") == 1
    assert [policy.confined for _, policy in seen.launcher.launched] == [True, False]


async def test_own_command_runs_and_the_model_sees_it(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [DONE], [Script(output=(b"mine\n",))])
    await seen.use(line("!ls -l"), line("what is that?", after="exited 0"), line("/quit"))
    assert "mine\nexited 0" in seen.screen
    assert any("mine" in str(item) for item in seen.model.prompts[0].history)


async def test_history_is_compacted_and_the_thread_named(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [DONE, answer(says("the summary")), DONE], [])
    await seen.use(
        line("go"),
        line("/compact", after="all done"),
        line("/name my work"),
        line("again"),
        line("/quit"),
    )
    assert "The thread is called my work." in seen.screen
    assert "the summary" in str(seen.model.prompts[-1].history)


async def test_review_is_shown_and_its_target_told_to_the_reviewer(tmp_path: Path) -> None:
    found = '{"findings": [], "overall_explanation": "All is well."}'
    seen = Seen(tmp_path, [answer(says(found))], [])
    await seen.use(line("/review look at the locks"), line("/quit", after="tokens used"))
    assert "All is well." in seen.screen
    assert "look at the locks" in str(seen.model.prompts[0].history)


async def test_threads_are_listed_and_resumed_with_their_last_turn(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [DONE, answer(says("second"))], [])
    await seen.use(
        line("first words"),
        line("/new"),
        line("/resume"),
        line("/resume 9"),
        line("/resume 1"),
        line("/quit"),
    )
    assert re.search(r"^  1  [0-9-]+ [0-9:]+  first words$", seen.screen, re.MULTILINE)
    assert "/resume: there is no 9 in the list; /resume alone shows it" in seen.screen
    assert (
        seen.screen.rpartition("session id")[2].count("user\nfirst words\njourneyman\nall done")
        == 1
    )


async def test_budget_is_shown_changed_and_kept(tmp_path: Path) -> None:
    seen = Seen(tmp_path, [RUNS, DONE], [Script()])
    await seen.use(
        line("/budget turn steps many"),
        line("/budget turn usd nan"),
        line("/budget turn steps 1"),
        line("go", after="of 1 steps"),
        line("/quit", after="used up"),
    )
    assert seen.screen.count("write /budget SCOPE KEY AMOUNT") == 2
    assert "turn    0 tokens, 0.0000 usd, 0 seconds, 0 of 1 steps" in seen.screen
    assert "the budget of this turn is used up: 1 of 1 steps" in seen.screen
    assert len(seen.model.prompts) == 1


async def test_model_asks_and_the_user_answers_by_number_or_in_own_words(tmp_path: Path) -> None:
    options = [
        {"label": "SQLite", "description": "one file"},
        {"label": "none", "description": "x"},
    ]
    asks = {
        "questions": [
            {
                "id": "db",
                "header": "Store",
                "question": "Which \x1b[2Jdatabase?",
                "options": options,
            },
            {"id": "name", "header": "Name", "question": "What is it called?"},
        ]
    }
    seen = Seen(tmp_path, [answer(calls("request_user_input", asks, call_id="q")), DONE], [])
    await seen.use(
        line("go"),
        line("1", after="leaves it to the model"),
        line(" Ledger", after="Name: What is it called?"),
        line("/quit", after="all done"),
    )
    assert "Store: Which ^[[2Jdatabase?\n  [1] SQLite: one file" in seen.screen
    [output] = [it for it in seen.model.prompts[-1].history if isinstance(it, FunctionCallOutput)]
    assert (
        output.output == '{"answers":{"db":{"answers":["SQLite"]},"name":{"answers":["Ledger"]}}}'
    )


async def test_ctrl_c_at_a_question_of_the_model_leaves_it_to_the_model(tmp_path: Path) -> None:
    asks = {"questions": [{"id": "a", "header": "A", "question": "Which?"}]}
    seen = Seen(tmp_path, [answer(calls("request_user_input", asks, call_id="q")), DONE], [])
    await seen.use(line("go"), ctrl_c(after="leaves it"), line("/quit", after="all done"))
    [output] = [it for it in seen.model.prompts[-1].history if isinstance(it, FunctionCallOutput)]
    assert str(output.output).startswith("Nobody answered")


def asks_for(folder: Path) -> Answers:
    wanted = {"file_system": {"write": [str(folder)]}, "network": {"enabled": True}}
    given = {"permissions": wanted, "reason": "It \u202eneeds it."}
    return [answer(calls("request_permissions", given, call_id="p")), RUNS, DONE]


async def test_permissions_are_asked_for_by_key_and_shown_in_the_status(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[2Jb"
    folder.mkdir()
    seen = Seen(tmp_path, asks_for(folder), [Script()])
    await seen.use(
        line("go"),
        key("a", after="[a] yes, as long as this thread is loaded"),
        line("/status", after="all done"),
        line("/revoke", after="granted for this thread"),
        line("/quit", after="Nothing is granted"),
    )
    shown = f"{tmp_path}/a^[[2Jb"
    assert (
        "Allow commands more than the sandbox does?\n  use the network, all of it\n"
        f"  write to {shown} and all below it\n  why: It <U+202E>needs it.\n"
    ) in seen.screen
    assert f"granted for this thread: {shown}, the network\n" in seen.screen
    [(_, policy)] = seen.launcher.launched
    assert (policy.writable_roots, policy.network_access) == (("/work", str(folder)), True)


@pytest.mark.parametrize(("typed", "ran"), [(key("n"), 1), (key("c"), 0), (ctrl_c(), 0)])
async def test_refused_permissions_open_nothing_and_two_of_the_answers_stop_the_turn(
    tmp_path: Path, typed: Typed, ran: int
) -> None:
    seen = Seen(tmp_path, asks_for(tmp_path), [Script()])
    typed = Typed(kind=typed.kind, text=typed.text, after="[n] no")
    await seen.use(line("go"), typed, line("/quit", after="all done" if ran else "interrupted"))
    assert [policy.writable_roots for _, policy in seen.launcher.launched] == [("/work",)] * ran
