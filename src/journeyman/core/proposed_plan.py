"""A message of the plan mode: what stands between the plan's tags becomes a plan item, the rest stays the message.

A tag counts only alone on its line. Pieces are passed on as they come, and what might become a tag is held back
until it is decided; the cost is linear in the text, however small its pieces. The items as they end are read from
the whole text, of which the last plan counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from journeyman.core.journal import Journal
from journeyman.protocol import events
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import AgentMessageItem, PlanItem

OPENING, CLOSING = "<proposed_plan>", "</proposed_plan>"
# With more blanks around it than this, it is no tag.
_MAX_TAG_LINE = 100
Piece = tuple[Literal["said", "begun", "planned"], str]


class PlanSplitter:
    """Parts a growing text; `begun` comes before the pieces of a plan."""

    def __init__(self) -> None:
        """Begin with what is said."""
        self._is_planning = False
        self._held = ""
        self._is_decided = False

    def add(self, text: str) -> Iterator[Piece]:
        """The pieces that more text brings."""
        start = 0
        while start < len(text):
            end = text.find("\n", start) + 1 or len(text)
            yield from self._take(text[start:end])
            start = end

    def end(self) -> Iterator[Piece]:
        """The pieces that were held back."""
        held, self._held = self._held, ""
        yield from self._line(held)

    def _take(self, piece: str) -> Iterator[Piece]:
        ends = piece.endswith("\n")
        if self._is_decided:
            self._is_decided = not ends
            yield self._piece(piece)
            return
        self._held += piece
        if ends or not self._may_be_tag():
            held, self._held = self._held, ""
            self._is_decided = not ends
            yield from self._line(held)

    def _line(self, line: str) -> Iterator[Piece]:
        if len(line) <= _MAX_TAG_LINE and line.strip() == self._tag:
            self._is_planning = not self._is_planning
            if self._is_planning:
                yield "begun", ""
        elif line:
            yield self._piece(line)

    def _piece(self, text: str) -> Piece:
        return ("planned" if self._is_planning else "said"), text

    @property
    def _tag(self) -> str:
        return CLOSING if self._is_planning else OPENING

    def _may_be_tag(self) -> bool:
        begun = self._held.lstrip()
        if len(self._held) > _MAX_TAG_LINE:
            return False
        return self._tag.startswith(begun) or begun.rstrip() == self._tag


def parted(text: str) -> tuple[str, str | None]:
    """What a whole message says, and the plan that it proposes last; None where there is none."""
    said: list[str] = []
    plan: list[str] | None = None
    splitter = PlanSplitter()
    for pieces in (splitter.add(text), splitter.end()):
        for kind, piece in pieces:
            if kind == "begun":
                plan = []
            elif kind == "planned" and plan is not None:
                plan.append(piece)
            else:
                said.append(piece)
    return "".join(said), None if plan is None else "".join(plan)


class PlannedMessage:
    """One message while it streams; nothing of it is shown before it says or proposes something."""

    def __init__(self, journal: Journal, phase: str | None) -> None:
        """Begin."""
        self._journal = journal
        self._splitter = PlanSplitter()
        self._streamed: list[str] = []
        self._blank: list[str] = []
        self._message = AgentMessageItem(id=new_id(), text="", phase=phase)
        self._plan = PlanItem(id=new_id(), text="")
        self._is_said = False
        self._is_planned = False

    def add(self, text: str) -> None:
        """Tell what more text brings."""
        self._streamed.append(text)
        self._tell(self._splitter.add(text))

    def complete(self, text: str | None = None) -> AgentMessageItem | None:
        """Complete the items by the whole text, or by what came of it; returns the message, where it says anything."""
        self._tell(self._splitter.end())
        said, plan = parted("".join(self._streamed) if text is None else text)
        if plan is not None or self._is_planned:
            self._begin_plan()
            self._end_plan(PlanItem(id=self._plan.id, text=plan or ""))
        if not (said.strip() or self._is_said):
            return None
        self._begin_message()
        message = AgentMessageItem(id=self._message.id, text=said, phase=self._message.phase)
        self._journal.complete_item(message)
        return message

    def take_back(self) -> None:
        """Complete what was begun without a text: the answer is void, and the next one says it again."""
        if self._is_planned:
            self._journal.complete_item(self._plan)
        if self._is_said:
            self._journal.complete_item(self._message)

    def _tell(self, pieces: Iterator[Piece]) -> None:
        for kind, piece in pieces:
            match kind:
                case "begun":
                    self._begin_plan()
                case "planned":
                    self._journal.notify(
                        events.PlanDeltaNotification(
                            thread_id=self._journal.thread_id,
                            turn_id=self._journal.turn_id,
                            item_id=self._plan.id,
                            delta=piece,
                        )
                    )
                case "said":
                    self._say(piece)

    def _say(self, piece: str) -> None:
        if not (self._is_said or piece.strip()):
            self._blank.append(piece)
            return
        self._begin_message()
        self._journal.notify(
            events.AgentMessageDeltaNotification(
                thread_id=self._journal.thread_id,
                turn_id=self._journal.turn_id,
                item_id=self._message.id,
                delta="".join([*self._blank, piece]),
            )
        )
        self._blank.clear()

    def _end_plan(self, plan: PlanItem) -> None:
        journal = self._journal
        journal.complete_item(plan)
        # In the reference's words as well: beside the messages it is all that it would show of the turn.
        journal.record_event(
            "item_completed",
            thread_id=journal.thread_id,
            turn_id=journal.turn_id,
            item={"type": "Plan", "id": plan.id, "text": plan.text},
        )

    def _begin_message(self) -> None:
        if not self._is_said:
            self._is_said = True
            self._journal.start_item(self._message)

    def _begin_plan(self) -> None:
        if not self._is_planned:
            self._is_planned = True
            self._journal.start_item(self._plan)
