"""`/budget`: what may be spent and what was, and how to change it while a turn runs."""

from __future__ import annotations

import math

import msgspec

from journeyman.client.client import Client
from journeyman.protocol.spending import (
    BudgetLimits,
    BudgetReadParams,
    BudgetReadResponse,
    BudgetSetParams,
    BudgetState,
)

USAGE = "write /budget SCOPE KEY AMOUNT, with turn, thread or day; tokens, usd, seconds or steps; an amount or none"
_SCOPES = BudgetReadResponse.__struct_fields__
_KEYS = BudgetLimits.__struct_fields__


async def budget_lines(client: Client, thread_id: str, words: str) -> list[str]:
    """Change a budget where `words` say so, and show all.

    Raises:
        ValueError: they mean nothing; the text says what would.
        RpcError: the server refused.
    """
    read = BudgetReadParams(thread_id=thread_id)
    state = await client.request("journeyman/budget/read", read, BudgetReadResponse)
    if words:
        params = _change(thread_id, words.split(), state)
        state = await client.request("journeyman/budget/set", params, BudgetReadResponse)
    return [f"{scope:<7} {_line(getattr(state, scope))}" for scope in _SCOPES]


def _change(thread_id: str, words: list[str], state: BudgetReadResponse) -> BudgetSetParams:
    if len(words) != 3 or words[0] not in _SCOPES or words[1] not in _KEYS:
        raise ValueError(USAGE)
    scope, key, said = words
    amount: float | None = None
    if said != "none":
        try:
            amount = float(said) if key in {"usd", "seconds"} else int(said.replace(",", ""))
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount):
            raise ValueError(USAGE)
    now: BudgetState = getattr(state, scope)
    limits = msgspec.structs.replace(now.limits, **{key: amount})
    return msgspec.convert(
        {"threadId": thread_id, "scope": scope, "limits": msgspec.to_builtins(limits)},
        BudgetSetParams,
    )


def _line(state: BudgetState) -> str:
    parts = [
        f"{_amount(key, getattr(state.spent, key))}"
        + ("" if (limit := getattr(state.limits, key)) is None else f" of {_amount(key, limit)}")
        + f" {key}"
        for key in _KEYS
    ]
    return ", ".join(parts)


def _amount(key: str, amount: float) -> str:
    return f"{amount:,.4f}" if key == "usd" else f"{amount:,.0f}"
