from __future__ import annotations

from typing import Any

import pytest

from journeyman.protocol.events import PlanStep
from journeyman.tools.api import PlanChanged, ToolError


async def test_plan_is_told_to_the_user(fake: Any) -> None:
    bench = fake()
    plan = [
        {"step": "look", "status": "completed"},
        {"step": "mend", "status": "in_progress"},
        {"step": "test", "status": "pending"},
    ]
    output = await bench.call("update_plan", plan=plan, explanation="found it")
    assert output.content == "Plan updated"
    steps = [
        PlanStep(step="look", status="completed"),
        PlanStep(step="mend", status="inProgress"),
        PlanStep(step="test", status="pending"),
    ]
    assert bench.context.events == [PlanChanged(steps, "found it")]


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (
            [{"step": "a", "status": "in_progress"}] * 2,
            "2 steps are in_progress; at most one may be",
        ),
        ([{"step": "a", "status": "done"}], 'status must be one of .* not "done"'),
        ([{"step": "a"}], r"missing required argument `plan\[0\].status`"),
        ("a", "plan must be an array"),
    ],
)
def test_plan_that_does_not_fit_is_refused(fake: Any, plan: object, text: str) -> None:
    with pytest.raises(ToolError, match=text):
        fake().prepare("update_plan", plan=plan)
