from datetime import date, timedelta


def days_in_month(year, month):
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return (first_of_next - timedelta(days=1)).day


def add_months(day, count):
    """The same day some months later, or the last day of a shorter month."""
    year = day.year + (day.month - 1 + count) // 12
    month = (day.month - 1 + count) % 12
    return date(year, month, min(day.day, days_in_month(year, month)))
