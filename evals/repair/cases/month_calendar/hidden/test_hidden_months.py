import calendar
from datetime import date

from billing.months import add_months, days_in_month


def test_against_calendar():
    for month in range(1, 13):
        for day in (1, 28, 29, 30, 31):
            if day > calendar.monthrange(2024, month)[1]:
                continue
            for count in range(-30, 31):
                index = 2024 * 12 + month - 1 + count
                year, number = index // 12, index % 12 + 1
                last = calendar.monthrange(year, number)[1]
                assert days_in_month(year, number) == last
                assert add_months(date(2024, month, day), count) == date(year, number, min(day, last))
