from datetime import date

from billing.plan import Plan


def test_monthly():
    plan = Plan(date(2023, 11, 30), "monthly")
    assert plan.due_dates(4) == [
        date(2023, 11, 30),
        date(2023, 12, 30),
        date(2024, 1, 30),
        date(2024, 2, 29),
    ]


def test_quarterly():
    assert Plan(date(2024, 1, 15), "quarterly").next_after(date(2024, 2, 1)) == date(2024, 4, 15)


def test_yearly():
    assert Plan(date(2024, 2, 29), "yearly").due_dates(2)[1] == date(2025, 2, 28)
