from billing.months import add_months

PERIODS = {"monthly": 1, "quarterly": 3, "yearly": 12}


class Plan:
    def __init__(self, start, period):
        self.start = start
        self.step = PERIODS[period]

    def due_dates(self, count):
        return [add_months(self.start, self.step * n) for n in range(count)]

    def next_after(self, day):
        number = 0
        while add_months(self.start, self.step * number) <= day:
            number += 1
        return add_months(self.start, self.step * number)
