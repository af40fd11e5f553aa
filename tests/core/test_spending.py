"""What a thread spends is told with its cause and its price, and stands in the ledger once a request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from journeyman.core.spending import SpendingParts
from journeyman.models.api import ModelError
from journeyman.models.prices import Price
from journeyman.protocol.spending import Spending, UsageUpdatedNotification
from journeyman.store.ledger import Ledger
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import StageMaker

RUN = answer(calls("exec_command", {"cmd": "true"}, call_id="a"))
DONE = answer(says("done"))
# The scripted model uses 10 tokens in and 2 out.
PRICE = Price(input=1_000, output=10_000)
EACH = 0.03


def told(seen: Sequence[object]) -> list[UsageUpdatedNotification]:
    return [one for one in seen if isinstance(one, UsageUpdatedNotification)]


async def test_every_request_is_told_and_written_with_its_cause(
    stage: StageMaker, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path)
    spending = SpendingParts(
        ledger=ledger, price_of=lambda _, model: {"test-model": PRICE}.get(model)
    )
    async with stage([RUN, DONE, answer(says("notes"))], [Script()], spending=spending) as play:
        thread = (await play.app.start_thread()).id
        await play.app.run_turn(thread, "go")
        turn = await play.manager.get(thread).compact()
        await play.app.wait_turn(turn.id)
        last = told(play.app.seen)[-1]
    written = list(ledger.entries())
    assert [(one.cause, one.cost_usd, one.price) for one in written] == [
        ("step", EACH, PRICE),
        ("step", EACH, PRICE),
        ("compaction", EACH, PRICE),
    ]
    assert written[0].turn == written[1].turn != written[2].turn
    assert last.turn == Spending(requests=1, cost_usd=EACH, unpriced_requests=0)
    assert last.thread == Spending(requests=3, cost_usd=3 * EACH, unpriced_requests=0)


async def test_unknown_price_is_unknown_and_a_failed_request_costs_nothing_known(
    stage: StageMaker, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path)
    answers = [DONE, [ModelError("server_error", "broken")]]
    async with stage(answers, [], spending=SpendingParts(ledger=ledger)) as play:
        thread = (await play.app.start_thread()).id
        await play.app.run_turn(thread, "go")
        await play.app.run_turn(thread, "go")
        (only,) = told(play.app.seen)
    assert only.cost_usd is None
    assert only.thread == Spending(requests=1, cost_usd=None, unpriced_requests=1)
    assert [(one.outcome, one.cost_usd) for one in ledger.entries()] == [
        ("completed", None),
        ("failed", None),
    ]
