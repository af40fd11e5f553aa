"""Reading a rollout: history, turns and totals, line by line in flat memory.

Long rollouts are read from their end: what the model sees begins at the last compaction. Tolerant: a torn line, or one of an unknown kind, costs that line at most. Foreign rollouts are read too;
what differs in their shapes is store.upcast's. The invariant: what a live client saw completed is what a
reader finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from journeyman.models.foreign import handed_over
from journeyman.protocol.history import (
    HistoryItem,
    InputText,
    KnownItem,
    Message,
    decode_history_item,
)
from journeyman.protocol.items import PlanItem, ThreadItem
from journeyman.protocol.turns import Turn, TurnError
from journeyman.protocol.usage import NOTHING_USED, ThreadTokenUsage
from journeyman.store.errors import cannot
from journeyman.store.head import preview_of, read_head, read_meta
from journeyman.store.lines import (
    Ahead,
    Compaction,
    ItemLine,
    Line,
    SessionMeta,
    TurnContext,
    decode_line,
)
from journeyman.store.restore import BlobReader, Restorer, StandIn
from journeyman.store.spans import (
    DEFAULT_REACH,
    FindRollout,
    Reach,
    Recent,
    Span,
    Walk,
    recent_spans,
)
from journeyman.store.turns import RecordedTurn
from journeyman.store.upcast import (
    agent_message_item,
    read_item,
    seconds_of,
    token_usage,
    user_message_item,
)

# What the model is told where the start of its history could not be loaded.
_LEFT_OUT = Message(
    role="developer",
    content=[InputText("The beginning of this thread is left out: it is longer than can be read.")],
)
_known_items = msgspec.json.Decoder(KnownItem)


class RecordedThread(msgspec.Struct, kw_only=True):
    """What a rollout holds: everything needed to show the thread and to go on with it.

    Attributes:
        path: the file it was read from.
        meta: the thread's first line.
        history: what the last turn's model sees, after the last compaction.
        turns: all turns with their items, empty where they were not asked for.
        turn_context: what the last turn ran with.
        usage: tokens used so far.
        name: the name the user gave it.
        preview: the beginning of the first thing the user said.
        updated_at: instant of the last line in unix seconds.
        ahead: what it is to do after its running turn.
        is_cut: whether turns, or history that no model could hold, were left out at the start.
    """

    path: Path
    meta: SessionMeta
    history: list[HistoryItem]
    turns: list[Turn]
    turn_context: TurnContext | None
    usage: ThreadTokenUsage
    name: str | None
    preview: str
    updated_at: int
    is_cut: bool = False
    ahead: Ahead | None = None

    @property
    def model(self) -> str | None:
        """What the last turn asked."""
        return self.turn_context and self.turn_context.model


def read_rollout(
    path: Path,
    *,
    find: FindRollout | None = None,
    with_turns: bool = True,
    is_running: bool = False,
    spans: list[Span] | None = None,
    reach: Reach = DEFAULT_REACH,
) -> RecordedThread:
    """Read a whole rollout.

    Args:
        path: the file.
        find: where another thread's file is, for foreign forks that refer to their parent's.
        with_turns: whether to rebuild the turns too.
        is_running: whether its writer lives; then an open turn is in progress instead of interrupted.
        spans: read only these, instead of what is chosen by the length of the thread.
        reach: how much is read of a long one.

    Raises:
        StoreError: the file cannot be read or does not begin like a rollout.
    """
    meta = read_meta(path)
    recent = recent_spans(path, find, reach) if spans is None else Recent(spans, spans)
    replay = _Replay(with_turns=with_turns and not recent.is_long)
    if recent.is_long:
        replay.preview = read_head(path).preview
    for line in lines_in(recent.history):
        replay.take(line)
    if with_turns and recent.is_long:
        turns = replay_turns(recent.turns, is_running=is_running)
    else:
        turns = _turns(replay, _restorer(recent.history), is_running=is_running)
    return RecordedThread(
        path=path,
        meta=meta,
        history=[*([_LEFT_OUT] if recent.is_cut else []), *replay.history()],
        turns=turns if with_turns else [],
        turn_context=replay.turn_context,
        usage=replay.usage(),
        name=replay.name,
        preview=replay.preview,
        updated_at=seconds_of(replay.last_timestamp) or seconds_of(meta.timestamp) or 0,
        is_cut=recent.is_long,
        ahead=replay.ahead,
    )


def recorded_lines(
    path: Path, find: FindRollout | None = None, *, stand_in: StandIn | None = None
) -> Iterator[Line]:
    """Every readable line of a thread, those of a foreign fork's parent first, with what is kept beside it.

    Args:
        path: the file.
        find: see `read_rollout`.
        stand_in: see `Restorer`.

    Raises:
        StoreError: a file cannot be read.
    """
    spans = Walk(path, find).whole()
    restorer = Restorer(BlobReader(span.path for span in spans), stand_in=stand_in)
    return map(restorer.line, lines_in(spans))


def lines_in(spans: Iterable[Span], *, holding: bytes = b"") -> Iterator[Line]:
    """The readable lines of these spans, those with certain bytes; raises `StoreError`."""
    for path, start, end in spans:
        try:
            with path.open("rb") as file:
                file.seek(start)
                left = end - start
                while left > 0 and (raw := file.readline(left)):
                    left -= len(raw)
                    line = decode_line(raw) if holding in raw else None
                    if line is not None:
                        yield line
        except OSError as error:
            raise cannot("read", path, error) from error


def replay_turns(
    spans: Sequence[Span], *, is_running: bool = False, restorer: Restorer | None = None
) -> list[Turn]:
    """The turns that these spans tell of, as whole as `restorer` makes them; raises `StoreError`."""
    replay = _Replay(with_turns=True)
    for line in lines_in(spans):
        replay.take(line)
    return _turns(replay, restorer or _restorer(spans), is_running=is_running)


def _restorer(spans: Sequence[Span]) -> Restorer:
    return Restorer(BlobReader(span.path for span in spans))


def _turns(replay: _Replay, restorer: Restorer, *, is_running: bool) -> list[Turn]:
    """The turns in order; where not all can be made whole again, the newest are."""
    newest_first = [
        turn.turn(restorer.whole, is_running=is_running) for turn in reversed(replay.turns.values())
    ]
    return newest_first[::-1]


class _Replay:
    """The state that lines build up."""

    def __init__(self, *, with_turns: bool) -> None:
        self.turns: dict[str, RecordedTurn] = {}
        self.turn_context: TurnContext | None = None
        self.ahead: Ahead | None = None
        self.name: str | None = None
        self.preview = ""
        self.last_timestamp = ""
        self._with_turns = with_turns
        self._history: list[msgspec.Raw] = []
        # How many of these were there when the model changed.
        self._handed_over = 0
        self._current: RecordedTurn | None = None
        self._derived = 0
        self._usage_info: object = None
        self._kinds: dict[str, Callable[[Line], None]] = {
            "response_item": self._take_history,
            "compacted": self._take_compaction,
            "turn_context": self._take_turn_context,
            "ahead": self._take_ahead,
            "event_msg": self._take_event,
            "item_started": self._take_item,
            "item_completed": self._take_item,
        }
        self._events: dict[str, Callable[[dict[str, Any], Line], None]] = {
            "task_started": self._start_turn,
            "task_complete": self._complete_turn,
            "turn_aborted": self._abort_turn,
            "item_completed": self._take_foreign_item,
            "user_message": self._take_message,
            "agent_message": self._take_message,
            "token_count": self._take_usage,
            "error": self._take_error,
            "thread_name_updated": self._take_name,
        }

    def take(self, line: Line) -> None:
        """Add one line; a payload that does not fit is passed over."""
        self.last_timestamp = line.timestamp or self.last_timestamp
        handler = self._kinds.get(line.type)
        if handler is None:
            return
        try:
            handler(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return

    def history(self) -> list[HistoryItem]:
        """What the model sees; read only now, since a compaction makes all before it void."""
        before, since = self._history[: self._handed_over], self._history[self._handed_over :]
        return [*handed_over(_history_items(before)), *_history_items(since)]

    def usage(self) -> ThreadTokenUsage:
        """The tokens used so far, as the last count tells."""
        return token_usage(self._usage_info) or NOTHING_USED

    def _take_history(self, line: Line) -> None:
        self._history.append(line.payload)

    def _take_compaction(self, line: Line) -> None:
        compaction = msgspec.json.decode(line.payload, type=Compaction)
        if compaction.replacement_history is not None:
            items = map(msgspec.json.encode, compaction.replacement_history)
            self._history = [msgspec.Raw(item) for item in items]
            self._handed_over = 0

    def _take_ahead(self, line: Line) -> None:
        self.ahead = msgspec.json.decode(line.payload, type=Ahead)

    def _take_turn_context(self, line: Line) -> None:
        context = msgspec.json.decode(line.payload, type=TurnContext)
        before = self.turn_context and self.turn_context.model
        if before and context.model and before != context.model:
            self._handed_over = len(self._history)
        self.turn_context = context

    def _take_event(self, line: Line) -> None:
        # Most bytes of a long rollout are items: without turns only the small events are read whole.
        event = _members(line)
        handler = self._events.get(str(event.get("type")))
        if handler is not None:
            handler(event, line)

    def _take_item(self, line: Line) -> None:
        if self._with_turns or not self.preview:
            self._keep_item(msgspec.json.decode(line.payload, type=ItemLine), line)

    def _take_foreign_item(self, event: dict[str, Any], line: Line) -> None:
        del event
        if self._with_turns or not self.preview:
            self._keep_item(
                msgspec.json.decode(line.payload, type=ItemLine), line, is_completed=True
            )

    def _keep_item(self, recorded: ItemLine, line: Line, *, is_completed: bool = False) -> None:
        item = read_item(recorded.item)
        self._preview(item)
        if not self._with_turns:
            return
        turn = self._turn(recorded.turn_id, line)
        if is_completed and isinstance(item, PlanItem):
            turn.add_plan(item, recorded)
        elif is_completed or line.type == "item_completed":
            turn.complete_item(item, recorded)
        else:
            turn.start_item(item, recorded)

    def _take_message(self, event: dict[str, Any], line: Line) -> None:
        text = event.get("message")
        if not isinstance(text, str):
            return
        self._derived += 1
        from_user = event["type"] == "user_message"
        make = user_message_item if from_user else agent_message_item
        item = make(f"item-{self._derived}", text)
        self._preview(item)
        if not self._with_turns:
            return
        turn = self._current
        if turn is None or (from_user and turn.is_over):
            turn = self._turn(f"turn-{len(self.turns) + 1}", line)
            turn.end("completed", None)
        turn.add_derived(item)

    def _preview(self, item: ThreadItem) -> None:
        self.preview = self.preview or preview_of(item) or ""

    def _start_turn(self, event: dict[str, Any], line: Line) -> None:
        turn_id = event.get("turn_id")
        if isinstance(turn_id, str):
            self._turn(turn_id, line)

    def _complete_turn(self, event: dict[str, Any], line: Line) -> None:
        turn = self._ending_turn(event)
        if turn is not None:
            error = event.get("error")
            turn.error = msgspec.convert(error, TurnError) if error else turn.error
            turn.end("completed", seconds_of(line.timestamp))

    def _abort_turn(self, event: dict[str, Any], line: Line) -> None:
        turn = self._ending_turn(event)
        if turn is not None:
            turn.end("interrupted", seconds_of(line.timestamp))

    def _ending_turn(self, event: dict[str, Any]) -> RecordedTurn | None:
        turn_id = event.get("turn_id")
        return self.turns.get(turn_id) if isinstance(turn_id, str) else self._current

    def _take_usage(self, event: dict[str, Any], line: Line) -> None:
        del line
        self._usage_info = event.get("info") or self._usage_info

    def _take_error(self, event: dict[str, Any], line: Line) -> None:
        del line
        if self._current is not None and not self._current.is_over:
            self._current.error = TurnError(
                message=str(event.get("message", "")),
                codex_error_info=event.get("codex_error_info"),
            )

    def _take_name(self, event: dict[str, Any], line: Line) -> None:
        del line
        self.name = cast("str | None", event.get("thread_name"))

    def _turn(self, turn_id: str, line: Line) -> RecordedTurn:
        """The turn of this id, which is the current one from now on."""
        turn = self.turns.get(turn_id)
        if turn is None:
            turn = self.turns[turn_id] = RecordedTurn(turn_id, seconds_of(line.timestamp))
        self._current = turn
        return turn


def _history_items(lines: Iterable[msgspec.Raw]) -> Iterator[HistoryItem]:
    return (item for raw in lines if (item := _history_item(raw)) is not None)


def _history_item(raw: msgspec.Raw) -> HistoryItem | None:
    """One item; None where the line holds no JSON object."""
    try:
        return _known_items.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return decode_history_item(msgspec.json.decode(raw, type=dict[str, Any]))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _members(line: Line) -> dict[str, Any]:
    return msgspec.json.decode(line.payload, type=dict[str, Any])
