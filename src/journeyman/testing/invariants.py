"""What must hold in every run, asserted on the notifications a client saw and on the rollout that was kept.

The rules are those of the design: an item starts once and completes once, deltas come between, a turn's end
is its last word, every tool call is answered before the next step, and the rollout tells the same story.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn

from journeyman.protocol import events
from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    Message,
    Reasoning,
    ToolCallItem,
    ToolOutputItem,
)
from journeyman.protocol.items import ThreadItem
from journeyman.protocol.readers import UnknownNotification
from journeyman.protocol.threads import Active
from journeyman.protocol.turns import Turn

Delta = (
    events.AgentMessageDeltaNotification
    | events.PlanDeltaNotification
    | events.ReasoningSummaryTextDeltaNotification
    | events.ReasoningSummaryPartAddedNotification
    | events.CommandOutputDeltaNotification
)


class InvariantError(AssertionError):
    """A run broke a rule; the text says which and where."""


def check_stream(notifications: Iterable[events.Notification | UnknownNotification]) -> None:
    """Assert the rules of order on what one client saw of one or more threads, from their start.

    Raises:
        InvariantError: the first rule broken.
    """
    stream = _Stream()
    for notification in notifications:
        stream.take(notification)


def check_history(history: Sequence[HistoryItem]) -> None:
    """Assert that every tool call has its output before the next step, and no output lacks its call.

    Raises:
        InvariantError: the first call or output that does not fit.
    """
    open_calls: dict[tuple[bool, str], int] = {}
    is_answering = False
    for index, item in enumerate(history):
        if isinstance(item, ToolOutputItem):
            is_answering = True
            key = (isinstance(item, FunctionCallOutput), item.call_id)
            if open_calls.pop(key, None) is None:
                _broken(f"history[{index}] answers {item.call_id!r}, which no open call has")
            continue
        if not isinstance(item, Message | Reasoning | ToolCallItem):
            continue
        is_from_model = not isinstance(item, Message) or item.role == "assistant"
        if open_calls and (is_answering or not is_from_model):
            _broken(f"history[{index}] comes before the outputs of {_ids(open_calls)}")
        is_answering = False
        if isinstance(item, ToolCallItem):
            key = (isinstance(item, FunctionCall), item.call_id)
            if key in open_calls:
                _broken(f"history[{index}] repeats the open call {item.call_id!r}")
            open_calls[key] = index
    if open_calls:
        _broken(f"the calls {_ids(open_calls)} have no output")


def check_replay(
    notifications: Iterable[events.Notification | UnknownNotification], turns: Sequence[Turn]
) -> None:
    """Assert that the recorded turns hold exactly the items, in their order, that the client saw.

    Args:
        notifications: what a client saw of one thread; turns it did not see are not compared.
        turns: the thread's turns as read from its rollout.

    Raises:
        InvariantError: a turn is missing, or its items or its status differ.
    """
    live: dict[str, dict[str, ThreadItem]] = {}
    ended: dict[str, Turn] = {}
    for seen in notifications:
        if isinstance(seen, events.ItemStartedNotification | events.ItemCompletedNotification):
            live.setdefault(seen.turn_id, {})[seen.item.id] = seen.item
        elif isinstance(seen, events.TurnCompletedNotification):
            ended[seen.turn.id] = seen.turn
    recorded = {turn.id: turn for turn in turns}
    for turn_id, turn in ended.items():
        if turn_id not in recorded:
            _broken(f"turn {turn_id} is not in the rollout")
        if recorded[turn_id].status != turn.status:
            _broken(
                f"turn {turn_id} is {turn.status} live, {recorded[turn_id].status} in the rollout"
            )
        if recorded[turn_id].items != list(live.get(turn_id, {}).values()):
            _broken(
                f"the items of turn {turn_id} differ:\n  live   {list(live.get(turn_id, {}).values())}"
                f"\n  rollout {recorded[turn_id].items}"
            )


class _Stream:
    """What is open while a stream of notifications is read."""

    def __init__(self) -> None:
        self._open_items: dict[str, tuple[str, str]] = {}
        self._seen_items: set[str] = set()
        self._active_turns: dict[str, str] = {}
        self._ended_turns: set[str] = set()
        self._active_threads: set[str] = set()

    def take(self, seen: events.Notification | UnknownNotification) -> None:
        match seen:
            case events.ThreadStatusChangedNotification():
                self._change_status(seen)
            case events.TurnStartedNotification():
                self._start_turn(seen)
            case events.TurnCompletedNotification():
                self._complete_turn(seen)
            case events.ItemStartedNotification():
                self._start_item(seen)
            case events.ItemCompletedNotification():
                self._complete_item(seen)
            case (
                events.AgentMessageDeltaNotification()
                | events.PlanDeltaNotification()
                | events.ReasoningSummaryTextDeltaNotification()
                | events.ReasoningSummaryPartAddedNotification()
                | events.CommandOutputDeltaNotification()
            ):
                self._take_delta(seen)
            case events.TurnDiffUpdatedNotification() | events.TurnPlanUpdatedNotification():
                self._expect_active(seen.thread_id, seen.turn_id, type(seen).__name__)
            case _:
                pass

    def _change_status(self, seen: events.ThreadStatusChangedNotification) -> None:
        if isinstance(seen.status, Active):
            self._active_threads.add(seen.thread_id)
        else:
            self._active_threads.discard(seen.thread_id)

    def _start_turn(self, seen: events.TurnStartedNotification) -> None:
        if seen.thread_id in self._active_turns:
            _broken(f"turn {seen.turn.id} starts while another runs")
        if seen.turn.id in self._ended_turns:
            _broken(f"turn {seen.turn.id} starts twice")
        if seen.thread_id not in self._active_threads:
            _broken(f"turn {seen.turn.id} starts while the thread is not active")
        self._active_turns[seen.thread_id] = seen.turn.id

    def _complete_turn(self, seen: events.TurnCompletedNotification) -> None:
        turn_id = seen.turn.id
        self._expect_active(seen.thread_id, turn_id, "turn/completed")
        if seen.turn.status == "inProgress":
            _broken(f"turn {turn_id} completes as inProgress")
        if (seen.turn.error is not None) != (seen.turn.status == "failed"):
            _broken(f"turn {turn_id} is {seen.turn.status} with error {seen.turn.error}")
        unsettled = [item_id for item_id, place in self._open_items.items() if place[1] == turn_id]
        if unsettled:
            _broken(f"turn {turn_id} completes before its items {unsettled}")
        if seen.thread_id in self._active_threads:
            _broken(f"turn {turn_id} completes before the thread is idle")
        del self._active_turns[seen.thread_id]
        self._ended_turns.add(turn_id)

    def _start_item(self, seen: events.ItemStartedNotification) -> None:
        self._expect_active(seen.thread_id, seen.turn_id, f"item {seen.item.id}")
        if not seen.item.id or seen.item.id in self._seen_items:
            _broken(f"item id {seen.item.id!r} starts twice")
        self._seen_items.add(seen.item.id)
        self._open_items[seen.item.id] = (seen.thread_id, seen.turn_id)

    def _complete_item(self, seen: events.ItemCompletedNotification) -> None:
        place = self._open_items.pop(seen.item.id, None)
        if place is None:
            _broken(f"item {seen.item.id} completes without being open")
        if place != (seen.thread_id, seen.turn_id):
            _broken(f"item {seen.item.id} completes in another turn than it started in")
        if getattr(seen.item, "status", None) == "inProgress":
            _broken(f"item {seen.item.id} completes as inProgress")

    def _take_delta(self, seen: Delta) -> None:
        if self._open_items.get(seen.item_id) != (seen.thread_id, seen.turn_id):
            _broken(f"a delta comes while item {seen.item_id} is not open")

    def _expect_active(self, thread_id: str, turn_id: str, what: str) -> None:
        if self._active_turns.get(thread_id) != turn_id:
            _broken(f"{what} comes while turn {turn_id} does not run")


def _ids(open_calls: dict[tuple[bool, str], int]) -> list[str]:
    return [call_id for _, call_id in open_calls]


def _broken(text: str) -> NoReturn:
    raise InvariantError(text)
