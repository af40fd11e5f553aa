"""Reading what a newer or a broken other end sends."""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.protocol.events import ItemStartedNotification, TurnStartedNotification
from journeyman.protocol.items import AgentMessageItem, ThreadItem, UnknownItem
from journeyman.protocol.jsonrpc import Envelope, RpcError, decode_envelope, notification
from journeyman.protocol.methods import CLIENT_REQUESTS, NOTIFICATION_BY_NAME, REQUEST_BY_NAME
from journeyman.protocol.readers import UnknownNotification, decode_notification, decode_params
from journeyman.protocol.turns import Turn, TurnStartParams
from journeyman.protocol.unknown import encode

ALIEN = {"type": "holodeck", "id": "h1", "items": [{"deck": 3}]}
NEWER = {"type": "commandExecution", "id": "c1", "command": "ls", "cwd": "/", "status": "paused"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


@pytest.mark.parametrize("item", [ALIEN, NEWER])
def test_notification_keeps_an_item_of_unknown_shape_and_sends_it_on_unchanged(
    item: dict[str, Any],
) -> None:
    params = {"threadId": "t", "turnId": "u", "startedAtMs": 5, "item": item, "new": 1}
    read = decode_notification("item/started", raw(params))
    assert read == ItemStartedNotification(
        thread_id="t", turn_id="u", started_at_ms=5, item=UnknownItem(item)
    )
    sent = decode_envelope(msgspec.json.encode(notification("item/started", read)))
    assert json.loads(bytes(cast("msgspec.Raw", sent.params))) == {
        k: v for k, v in params.items() if k != "new"
    }


def test_turn_keeps_known_items_beside_an_unknown_one() -> None:
    known = {"type": "agentMessage", "id": "m1", "text": "hi", "phase": None}
    turn = {"id": "u", "status": "completed", "items": [known, ALIEN]}
    read = decode_notification("turn/started", raw({"threadId": "t", "turn": turn}))
    items: list[ThreadItem] = [AgentMessageItem(id="m1", text="hi"), UnknownItem(ALIEN)]
    assert read == TurnStartedNotification(
        thread_id="t", turn=Turn(id="u", status="completed", items=items)
    )
    assert json.loads(encode(read))["turn"]["items"] == [known, ALIEN]


@pytest.mark.parametrize(
    ("method", "params"),
    [("thread/teleported", {"a": 1}), ("turn/started", {"threadId": 3}), ("initialized", [])],
)
def test_notification_that_cannot_be_used_is_kept_as_it_came(method: str, params: Any) -> None:
    assert decode_notification(method, raw(params)) == UnknownNotification(method, raw(params))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (b'{"input":[]}', "turn/start: object missing required field `threadId`"),
        (b'{"threadId":1,"input":[]}', "turn/start: `threadId`: expected `str`, got `int`"),
        (
            b'{"threadId":"t","input":[],"approvalPolicy":"maybe"}',
            "turn/start: `approvalPolicy`: invalid enum value 'maybe'",
        ),
        (b'{"threadId":"\xff","input":[]}', "turn/start: not valid JSON: "),
        (b"[]", "turn/start: expected `object`, got `array`"),
    ],
)
def test_params_that_do_not_fit_are_refused_by_name(params: bytes, message: str) -> None:
    with pytest.raises(RpcError) as refused:
        decode_params("turn/start", TurnStartParams, msgspec.Raw(params))
    assert refused.value.message.startswith(message)


@given(st.sampled_from(sorted(REQUEST_BY_NAME)), JSON)
def test_any_params_are_read_or_refused(name: str, params: Any) -> None:
    shape = REQUEST_BY_NAME[name].params
    try:
        result = decode_params(name, shape, raw(params))
    except RpcError as error:
        result = error
    assert isinstance(result, shape) or str(result).startswith(f"{name}: ")


@given(st.sampled_from([*sorted(NOTIFICATION_BY_NAME), "x"]), JSON)
def test_any_notification_is_read(name: str, params: Any) -> None:
    assert decode_notification(name, raw(params)) is not None


@given(st.binary(max_size=60))
def test_any_bytes_are_an_envelope_or_refused(line: bytes) -> None:
    try:
        result = decode_envelope(line)
    except RpcError as error:
        result = error.code
    assert isinstance(result, Envelope) or result == -32700


def test_method_names_are_unique() -> None:
    assert len({method.name for method in CLIENT_REQUESTS}) == len(CLIENT_REQUESTS)
