"""File changes shown while they are written: when, how much, and that they are taken back where nothing comes of them."""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.core.call_previews import CallPreviews
from journeyman.core.journal import Journal
from journeyman.models.api import InputDelta, Retrying, StreamEvent
from journeyman.protocol import events
from journeyman.protocol.history import CustomToolCall
from journeyman.protocol.items import FileChangeItem
from journeyman.store.rollout import Rollout
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls_freeform, says
from journeyman.testing.stage import Stage, StageMaker
from journeyman.tools.apply_patch.preview import PatchPreview

PATCH = "*** Begin Patch\n*** Add File: new.txt\n+one\n+two\n*** End Patch\n"
DONE = answer(says("done"))


class StepClock:
    """Goes on by so much with every look at it."""

    def __init__(self, step: float) -> None:
        self.seconds, self._step = 0.0, step

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        self.seconds += self._step
        return self.seconds


def writes(text: str, *, call_id: str, size: int = 8) -> list[StreamEvent]:
    """A call of apply_patch, piece by piece and then whole."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    deltas = [InputDelta(call_id, "apply_patch", "input", piece) for piece in pieces]
    return [*deltas, *calls_freeform("apply_patch", text, call_id=call_id)]


def previews(it: Stage) -> list[tuple[str, Sequence[str]]]:
    """The files of each preview and the changes that really came, in order."""
    shown: list[tuple[str, Sequence[str]]] = []
    for seen in it.app.seen:
        match seen:
            case events.FileChangePatchUpdatedNotification():
                shown.append((seen.item_id, [change.diff for change in seen.changes]))
            case events.ItemStartedNotification(item=FileChangeItem() as item):
                shown.append((f"item {item.id}", [change.diff for change in item.changes]))
            case _:
                pass
    return shown


async def test_patch_is_shown_under_its_items_id_before_it_is_whole(stage: StageMaker) -> None:
    async with stage([answer(writes(PATCH, call_id="p")), DONE], [Script()]) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        first, *_, last, item = previews(it)
    assert first == ("p", [""])
    assert last == ("p", ["one\ntwo\n"])
    assert item == ("item p", ["one\ntwo\n"])


async def test_preview_is_taken_back_when_the_answer_is_void(stage: StageMaker) -> None:
    begun = writes(PATCH, call_id="p")[:-1]
    again = Retrying(attempt=1, limit=2, delay_seconds=0, reason="cut")
    async with stage([[*begun, again, *DONE]]) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert previews(it)[-1] == ("p", [])


async def test_call_that_will_get_another_id_is_not_shown(stage: StageMaker) -> None:
    twice = [answer(writes(PATCH, call_id="p")), answer(writes(PATCH, call_id="p")), DONE]
    async with stage(twice, [Script(), Script()]) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        shown = previews(it)
    assert [name for name, _ in shown[-2:]] == ["item p", "item p_2"]


def test_previews_of_a_long_patch_cost_in_proportion_to_it() -> None:
    told: list[int] = []

    def emit(seen: object) -> None:
        if isinstance(seen, events.FileChangePatchUpdatedNotification):
            told.append(sum(len(change.diff) for change in seen.changes))

    clock = StepClock(0.3)  # every second piece may be told
    previews = CallPreviews(
        Journal("t", Rollout.ephemeral(clock), emit, clock), lambda _: PatchPreview()
    )
    line = "+" + "x" * 62 + "\n"
    text = f"*** Begin Patch\n*** Add File: a\n{line * 40_000}*** End Patch\n"
    for at in range(0, len(text), 64):
        previews.add(InputDelta("p", "apply_patch", "input", text[at : at + 64]))
    previews.complete(CustomToolCall(name="apply_patch", input=text, call_id="p"))
    assert told[-1] == 63 * 40_000
    assert sum(told) < 10 * len(text)
    assert len(told) > 20
    # A call that was whole before is shown by its item, and by nothing more.
    previews.settle()
    previews.take_back()
    assert told[-1] == 63 * 40_000
